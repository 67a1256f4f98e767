import HourglassBase
import HourglassEngine
import HourglassPictures
import HourglassPlatform

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
      let weights = Self.weights(deviation)
      filterRows = { Self.gaussian($0, $1, weights: weights, $2) }
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
  private static func mirrored(_ index: Int, _ extent: Int) -> Int {
    let place = ((index % (2 * extent)) + 2 * extent) % (2 * extent)
    return place < extent ? place : 2 * extent - 1 - place
  }

  // MARK: Gaussian

  /// Of one half, from the centre; the whole adds up to 1.
  private static func weights(_ deviation: Double) -> [Float] {
    let radius = Int(4 * deviation + 0.5)
    let values = (0...radius).map { exp(-0.5 * Double($0 * $0) / (deviation * deviation)) }
    let sum = values.reduce(0, +) * 2 - 1
    return values.map { Float($0 / sum) }
  }

  private static func gaussian(
    _ picture: Picture, _ rows: Range<Int>, weights: [Float], _ target: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (channels, width) = (picture.channels, picture.width)
    let length = width * channels
    let margin = (weights.count - 1) * channels
    var line = [Float](repeating: 0, count: length + 2 * margin)
    var sums = [Float](repeating: 0, count: length)
    picture.bytes.withUnsafeBufferPointer { bytes in
      line.withUnsafeMutableBufferPointer { line in
        sums.withUnsafeMutableBufferPointer { sums in
          for row in rows {
            for index in 0..<length { line[margin + index] = weights[0] * Float(bytes[row * length + index]) }
            for distance in 1..<weights.count {
              let (above, below) = (
                mirrored(row - distance, picture.height) * length,
                mirrored(row + distance, picture.height) * length
              )
              let weight = weights[distance]
              for index in 0..<length {
                line[margin + index] += weight * (Float(bytes[above + index]) + Float(bytes[below + index]))
              }
            }
            for column in 1..<weights.count {
              for channel in 0..<channels {
                line[margin - column * channels + channel] =
                  line[margin + mirrored(-column, width) * channels + channel]
                line[margin + (width - 1 + column) * channels + channel] =
                  line[margin + mirrored(width - 1 + column, width) * channels + channel]
              }
            }
            for index in 0..<length { sums[index] = weights[0] * line[margin + index] }
            for distance in 1..<weights.count {
              let (weight, offset) = (weights[distance], distance * channels)
              for index in 0..<length {
                sums[index] += weight * (line[margin + index - offset] + line[margin + index + offset])
              }
            }
            for index in 0..<length { target[row * length + index] = UInt8(min(sums[index] + 0.5, 255)) }
          }
        }
      }
    }
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
