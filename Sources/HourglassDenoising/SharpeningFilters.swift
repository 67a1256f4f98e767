import HourglassBase
import HourglassEngine
import HourglassPictures

/// The two ways to sharpen that people know, at the settings that come nearest to an original by PSNR: the most that they can
/// do, since in earnest nobody has the original.
struct SharpeningFilter: Sendable {
  /// What a filter makes of a blurred picture, and its settings.
  struct Best: Sendable {
    var picture: Picture
    /// By the names that they have in metrics.
    var settings: [String: Double]
  }

  private let blurred: Picture
  private let original: Picture
  private let team: WorkerTeam
  /// The blurred picture's values, 0 to 255.
  private let values: [Float]

  /// - Throws: `HourglassError` (usage) when the sizes of the pictures differ.
  init(_ blurred: Picture, original: Picture, threads: Int? = nil) throws {
    try PictureQuality.check(blurred, original)
    self.blurred = blurred
    self.original = original
    team = try WorkerTeam.shared(threads: threads)
    values = blurred.bytes.map { Float($0) }
  }

  /// Adds what a Gaussian blur takes away, at the best of its deviations from 0.3 to 3 pixels; the amount for each is that of the
  /// least squared error.
  func unsharpMask() -> Best {
    var best: (sharpened: Trial, deviation: Double, amount: Double)?
    for step in stride(from: 3, through: 30, by: 1) {
      let deviation = Double(step) / 10
      let smooth = GaussianSmoothing(deviation: deviation, edge: .outermostPixel)(values, blurred, team)
      let details = zip(values, smooth).map { $0 - $1 }
      var (product, square) = (0.0, 0.0)
      for index in details.indices {
        product += Double(details[index]) * (Double(original.bytes[index]) - Double(values[index]))
        square += Double(details[index]) * Double(details[index])
      }
      let amount = square > 0 ? max(product / square, 0) : 0
      let trial = self.trial(zip(values, details).map { $0 + Float(amount) * $1 })
      if best.map({ trial.psnr > $0.sharpened.psnr }) ?? true { best = (trial, deviation, amount) }
    }
    guard let best else { preconditionFailure("there are no deviations to choose from") }
    return Best(
      picture: best.sharpened.picture,
      settings: ["unsharp_deviation": best.deviation, "unsharp_amount": best.amount])
  }

  /// Goes on until so many iterations in a row were no better.
  private static let patience = 10
  private static let mostIterations = 1000

  /// Richardson-Lucy deconvolution (Richardson 1972, Lucy 1974) after the best number of iterations, 1,000 at most.
  ///
  /// - Parameter deviation: of the blur, which it has to know, in pixels.
  func richardsonLucy(deviation: Double) -> Best {
    let blur = GaussianSmoothing(deviation: deviation, edge: .outermostPixel)
    // A product never leaves zero, and nothing is divided by it.
    let seen = values.map { max($0, 0.01) }
    var estimate = seen
    var (best, iterations) = (trial(estimate), 0)
    for iteration in 1...Self.mostIterations {
      guard iteration - iterations <= Self.patience else { break }
      let ratios = zip(seen, blur(estimate, blurred, team)).map { $0 / max($1, 1e-6) }
      estimate = zip(estimate, blur(ratios, blurred, team)).map { $0 * $1 }
      let trial = self.trial(estimate)
      if trial.psnr > best.psnr { (best, iterations) = (trial, iteration) }
    }
    return Best(
      picture: best.picture,
      settings: ["richardson_lucy_deviation": deviation, "richardson_lucy_iterations": Double(iterations)])
  }

  private struct Trial {
    var picture: Picture
    var psnr: Double
  }

  private func trial(_ values: [Float]) -> Trial {
    let picture = Picture(
      width: blurred.width, height: blurred.height, channels: blurred.channels,
      trusted: values.map { UInt8(max(0, min(255, $0)).rounded()) })
    return Trial(picture: picture, psnr: PictureQuality.psnr(picture, original))
  }
}
