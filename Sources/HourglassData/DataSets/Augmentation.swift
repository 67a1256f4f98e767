import Foundation
import HourglassBase

/// More training images, made of those there are.
public struct Augmentation: Sendable, Hashable {
  /// What is done to an image.
  public enum Transformation: String, Sendable, CaseIterable {
    /// Columns in reverse order.
    case flipLeftRight = "flip-left-right"
    /// Rows in reverse order.
    case flipUpDown = "flip-up-down"
    /// Turned about its centre by `angle`.
    case rotate
  }

  var share: Double
  var transformations: [Transformation]
  package var angle: Double

  /// - Parameters:
  ///   - share: how many images are added, as a share of those there are, from 0 to 1.
  ///   - transformations: each added image gets one of these, drawn at random.
  ///   - angle: degrees by which `rotate` turns; counter-clockwise as the image is seen, so -30 turns clockwise.
  /// - Throws: `HourglassError` (usage) for a share beyond 0 to 1, no transformation, or an angle that is not finite.
  public init(
    share: Double, transformations: [Transformation], angle: Double = -30
  ) throws(HourglassError) {
    guard (0...1).contains(share), !transformations.isEmpty, angle.isFinite else {
      throw HourglassError(
        .usage,
        "Images cannot be extended by the share \(share) with \(transformations.count) transformations and the angle \(angle); "
          + "give a share from 0 to 1, at least one transformation and a finite angle.")
    }
    self.init(trustedShare: share, transformations: transformations, angle: angle)
  }

  /// Of numbers that are within their limits.
  init(trustedShare share: Double, transformations: [Transformation], angle: Double) {
    self.share = share
    self.transformations = transformations
    self.angle = angle
  }

  /// The samples, followed by `share * count` (rounded) more: different ones of them drawn at random, each changed
  /// by one of the transformations drawn at random. The draws depend on the seed alone.
  ///
  /// `rotate` keeps the size. A pixel whose centre lies at (x, y) from the image's centre takes the value of the
  /// place that the rotation brings there, mixed from the four pixels around it in proportion to their nearness
  /// (bilinear) and rounded to the nearest byte; beyond the edges everything is 0. It is computed in whole numbers
  /// (sine and cosine in 65,536ths), so every machine gives the same bytes.
  ///
  /// - Parameter samples: images of bytes, `[channels, height, width]`.
  /// - Throws: `HourglassError` (usage) for samples of another kind.
  public func extended(_ samples: SampleArray, seed: UInt64) throws -> SampleArray {
    guard case .byte(let scale) = samples.element, samples.form.isImage else {
      throw HourglassError(
        .usage,
        "augment is for images of bytes, but the samples are "
          + "\(samples.element == .float ? "32-bit floats" : "bytes") of shape \(samples.shape); leave it out"
      )
    }
    var random = RandomNumbers(seed: seed, purpose: .augmentation)
    let added = Int(saturating: (Double(samples.count) * share).rounded())
    try MemoryBudget.process.admit(
      MemoryBudget.product([samples.count + added] + samples.shape.dimensions),
      for: "Extending the data to \(grouped(samples.count + added)) samples", remedy: "add a smaller share")
    let chosen = random.permutation(samples.count).prefix(added)
    let drawn = chosen.map { _ in transformations[random.index(below: transformations.count)] }
    let size = samples.shape.count
    let rotation = Rotation(degrees: angle)
    return SampleArray(trustedByteCount: samples.count + added, shape: samples.shape, scale: scale) {
      memory in
      guard let source = samples.baseAddress, samples.count > 0 else { return }
      memory.copyMemory(from: UnsafeRawBufferPointer(start: source, count: samples.count * size))
      let planes = samples.shape[0]
      let (height, width) = (samples.shape[1], samples.shape[2])
      for (index, (original, transformation)) in zip(chosen, drawn).enumerated() {
        for plane in 0..<planes {
          let place = plane * height * width
          let from = UnsafeRawBufferPointer(
            start: source + Int(original) * size + place, count: height * width)
          let start = (samples.count + index) * size + place
          let to = UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + height * width])
          Self.apply(transformation, rotation, from, to, height: height, width: width)
        }
      }
    }
  }

  private static func apply(
    _ transformation: Transformation, _ rotation: Rotation, _ from: UnsafeRawBufferPointer,
    _ to: UnsafeMutableRawBufferPointer, height: Int, width: Int
  ) {
    for y in 0..<height {
      for x in 0..<width {
        to[y * width + x] =
          switch transformation {
          case .flipLeftRight: from[y * width + (width - 1 - x)]
          case .flipUpDown: from[(height - 1 - y) * width + x]
          case .rotate: rotation.value(of: from, height: height, width: width, x: x, y: y)
          }
      }
    }
  }
}

/// Turns one plane of an image about its centre.
private struct Rotation {
  /// In 65,536ths.
  private let sine: Int
  private let cosine: Int

  init(degrees: Double) {
    let angle = degrees.truncatingRemainder(dividingBy: 360) * .pi / 180
    sine = Int((sin(angle) * 65_536).rounded())
    cosine = Int((cos(angle) * 65_536).rounded())
  }

  func value(of plane: UnsafeRawBufferPointer, height: Int, width: Int, x: Int, y: Int) -> UInt8 {
    // Twice the distance from the centre, which may lie between two pixels; y points down.
    let (across, down) = (2 * x - (width - 1), 2 * y - (height - 1))
    // In 131,072ths of a pixel.
    let column = (width - 1) << 16 + across * cosine - down * sine
    let row = (height - 1) << 16 + across * sine + down * cosine
    let (left, top) = (column >> 17, row >> 17)
    let (past, below) = (column & 0x1ffff, row & 0x1ffff)
    func pixel(_ row: Int, _ column: Int) -> Int {
      row >= 0 && row < height && column >= 0 && column < width ? Int(plane[row * width + column]) : 0
    }
    let upper = pixel(top, left) * (0x20000 - past) + pixel(top, left + 1) * past
    let lower = pixel(top + 1, left) * (0x20000 - past) + pixel(top + 1, left + 1) * past
    let sum = upper * (0x20000 - below) + lower * below
    return UInt8((sum + 1 << 33) >> 34)
  }
}
