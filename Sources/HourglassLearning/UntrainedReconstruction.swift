import HourglassBase
import HourglassDrawing
import HourglassModels
import HourglassPictures

/// What an autoencoder that has learnt nothing makes of an image: 784-100-784, fully connected without biases,
/// weights uniform in -1..<1, ReLU after both layers, in double precision. Noise, as one should expect: it is the
/// starting point that training improves on.
package struct UntrainedReconstruction: Sendable {
  /// Pixels along a side of the image.
  static let side = 28
  /// Numbers of the code.
  static let codeSize = 100

  /// The image, row by row: `side * side` numbers from 0 to 1.
  let base: [Double]
  /// What comes out: as many numbers, from 0 without a limit.
  package let reconstruction: [Double]

  /// - Parameters:
  ///   - base: `side * side` numbers from 0 to 1, row by row.
  ///   - seed: the same seed gives the same weights.
  package init(base: [Double], seed: UInt64) {
    precondition(base.count == Self.side * Self.side, "an image of \(Self.side)x\(Self.side) pixels")
    let encoder = Self.randomLayer(rows: Self.codeSize, columns: base.count, seed: seed, stream: 0)
    let decoder = Self.randomLayer(rows: base.count, columns: Self.codeSize, seed: seed, stream: 1)
    self.base = base
    reconstruction = decoder(encoder(base).outputs).outputs
  }

  private static func randomLayer(rows: Int, columns: Int, seed: UInt64, stream: UInt32) -> WorkedLayer {
    var random = RandomNumbers(seed: seed, purpose: .initialization, stream: stream)
    return WorkedLayer(
      weights: (0..<rows).map { _ in (0..<columns).map { _ in 2 * random.uniform() - 1 } })
  }

  /// Weights of both layers: 156,800.
  package var weightCount: Int { 2 * base.count * Self.codeSize }

  /// The largest number of the reconstruction, which the figure shows as white.
  package var largestOutput: Double { reconstruction.max() ?? 0 }

  /// Between the image and the reconstruction as it is, not as it is drawn.
  package var meanSquaredError: Double {
    zip(base, reconstruction).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(base.count)
  }

  /// The image beside its reconstruction, enlarged. The reconstruction has no upper limit, so its largest number is
  /// drawn white, and the head above it says which that is.
  package func figure() throws -> Picture {
    let shape: Shape = [1, Self.side, Self.side]
    let scale = largestOutput > 0 ? 1 / largestOutput : 1
    let pictures = try [base.map(Float.init), reconstruction.map { Float($0 * scale) }].map {
      try Picture(samples: $0, shape: shape)
    }
    let heads = ["base, white = 1", "reconstruction, white = \(Self.short(largestOutput))"]
    return try ContactSheet(rows: [pictures], heads: heads, enlargement: 12, gap: 16).composed()
  }

  /// Writes the figure as a PNG or JPEG file, as its name ends, whole or not at all.
  package func writeFigure(to path: String) throws {
    try figure().write(to: path)
  }

  /// A number with one decimal.
  private static func short(_ number: Double) -> String {
    let tenths = (number * 10).rounded() / 10
    return "\(tenths)"
  }
}
