import HourglassBase
import HourglassEngine
import HourglassPictures

/// The two filters that people know, to measure a model against.
public enum NoiseFilter: Sendable, Hashable {
  /// Each value becomes the median of a square of this side around it, 3 to 31 and odd, in its channel.
  case median(Int)
  /// A Gaussian blur of this deviation in pixels, 0.1 to 20, cut off at four deviations.
  case gaussian(Double)

  /// Beyond the edges both see the picture mirrored, its last line repeated.
  ///
  /// - Parameter threads: workers; all cores when nil. The result does not depend on it.
  /// - Throws: `HourglassError` (usage) for settings out of range.
  public func callAsFunction(_ picture: Picture, threads: Int? = nil) throws -> Picture {
    try self(picture, WorkerTeam.shared(threads: threads))
  }

  package func callAsFunction(_ picture: Picture, _ team: WorkerTeam) throws -> Picture {
    let filterRows: (Picture, Range<Int>, UnsafeMutableBufferPointer<UInt8>) -> Void
    switch self {
    case .median(let side):
      guard 3...31 ~= side, side % 2 == 1 else {
        throw HourglassError(.usage, "The median filter's side is \(side), but must be odd, from 3 to 31.")
      }
      filterRows = { Self.median($0, $1, radius: side / 2, $2) }
    case .gaussian(let deviation):
      guard 0.1...20 ~= deviation else {
        throw HourglassError(
          .usage, "The Gaussian filter's deviation is \(deviation), but must be from 0.1 to 20.")
      }
      let smoothing = GaussianSmoothing(deviation: deviation)
      filterRows = { picture, rows, target in
        picture.bytes.withUnsafeBufferPointer { bytes in
          smoothing.smooth(picture, rows, value: { Float(bytes[$0]) }) {
            target[$0] = UInt8(min($1 + 0.5, 255))
          }
        }
      }
    }
    var result = picture
    result.withUnsafeMutableBytes { bytes in
      // Each run of lines has places of its own.
      nonisolated(unsafe) let target = bytes
      team.forEachRun(of: picture.height, size: 32) { rows, _ in filterRows(picture, rows, target) }
    }
    return result
  }

  /// The line or column that stands for one perhaps beyond the edge.
  static func mirrored(_ index: Int, _ extent: Int) -> Int {
    let place = ((index % (2 * extent)) + 2 * extent) % (2 * extent)
    return place < extent ? place : 2 * extent - 1 - place
  }

  // MARK: Median

  /// A histogram moves along each line and is kept up to date (Huang, Yang & Tang 1979).
  private static func median(
    _ picture: Picture, _ rows: Range<Int>, radius: Int, _ target: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (channels, width) = (picture.channels, picture.width)
    let length = width * channels
    let half = (2 * radius + 1) * (2 * radius + 1) / 2
    var histogram = [Int](repeating: 0, count: 256)
    picture.bytes.withUnsafeBufferPointer { bytes in
      histogram.withUnsafeMutableBufferPointer { histogram in
        for row in rows {
          let lines = (row - radius...row + radius).map { mirrored($0, picture.height) * length }
          for channel in 0..<channels {
            histogram.update(repeating: 0)
            var median = 0
            // Values below the median.
            var below = 0
            func count(_ column: Int, _ change: Int) {
              let place = mirrored(column, width) * channels + channel
              for line in lines {
                let value = Int(bytes[line + place])
                histogram[value] += change
                if value < median { below += change }
              }
            }
            for column in -radius...radius { count(column, 1) }
            for column in 0..<width {
              if column > 0 {
                count(column - radius - 1, -1)
                count(column + radius, 1)
              }
              while below > half {
                median -= 1
                below -= histogram[median]
              }
              while below + histogram[median] <= half {
                below += histogram[median]
                median += 1
              }
              target[row * length + column * channels + channel] = UInt8(median)
            }
          }
        }
      }
    }
  }
}

// MARK: - The best setting

extension NoiseFilter {
  /// What a filter makes of a noisy picture at the setting that comes nearest to the original, by PSNR: the most that
  /// it can do, since in earnest nobody has the original.
  package struct Best: Sendable {
    package var filter: NoiseFilter
    var picture: Picture
    package var quality: PictureQuality
  }

  /// The best median filter of sides 3 to 9 and the best Gaussian of deviations 0.3 to 4 in steps of a tenth.
  ///
  /// - Throws: `HourglassError` (usage) when the sizes of the pictures differ.
  package static func best(
    for noisy: Picture, original: Picture, threads: Int? = nil
  ) throws -> (median: Best, gaussian: Best) {
    try PictureQuality.check(noisy, original)
    let team = try WorkerTeam.shared(threads: threads)
    // PSNR rises with the strength of a filter up to one place, and then falls.
    func climb(_ filters: [NoiseFilter]) throws -> Best {
      var best: (filter: NoiseFilter, picture: Picture, psnr: Double)?
      for filter in filters {
        let picture = try filter(noisy, team)
        let psnr = PictureQuality.psnr(picture, original)
        if let best, psnr < best.psnr { break }
        best = (filter, picture, psnr)
      }
      guard let best else { preconditionFailure("there are no filters to choose from") }
      return Best(
        filter: best.filter, picture: best.picture,
        quality: try PictureQuality(of: best.picture, comparedWith: original, threads: threads))
    }
    return (
      try climb([3, 5, 7, 9].map { .median($0) }), try climb((3...40).map { .gaussian(Double($0) / 10) })
    )
  }
}
