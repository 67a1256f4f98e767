import HourglassEngine
import HourglassGraph
import HourglassPictures
import HourglassPlatform

/// A Gaussian blur, cut off at four deviations; beyond the edges the picture is mirrored.
struct GaussianSmoothing: Sendable {
  /// Where the mirror stands.
  enum Edge: Sendable {
    /// Behind the last line, which is repeated, as filters have it.
    case behindLastLine
    /// At the last line, as where models are trained on blurs.
    case outermostPixel
  }

  private let edge: Edge
  /// Of one half, from the centre; the whole adds up to 1.
  private let weights: [Float]

  /// - Parameter deviation: in pixels, above 0.
  init(deviation: Double, edge: Edge = .behindLastLine) {
    self.edge = edge
    let radius = Int(4 * deviation + 0.5)
    let values = (0...radius).map { exp(-0.5 * Double($0 * $0) / (deviation * deviation)) }
    let sum = values.reduce(0, +) * 2 - 1
    weights = values.map { Float($0 / sum) }
  }

  private func mirrored(_ index: Int, _ extent: Int) -> Int {
    switch edge {
    case .behindLastLine: NoiseFilter.mirrored(index, extent)
    case .outermostPixel: Resampling.mirrored(index, extent)
    }
  }

  /// Numbers that lie as a picture's bytes do, smoothed.
  func callAsFunction(_ values: [Float], _ picture: Picture, _ team: WorkerTeam) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    result.withUnsafeMutableBufferPointer { result in
      // Each run of lines has places of its own.
      nonisolated(unsafe) let target = result
      team.forEachRun(of: picture.height, size: 32) { rows, _ in
        values.withUnsafeBufferPointer { values in
          smooth(picture, rows, value: { values[$0] }, write: { target[$0] = $1 })
        }
      }
    }
    return result
  }

  /// Smooths lines of numbers that lie as a picture's bytes do.
  ///
  /// - Parameters:
  ///   - value: the number at a place.
  ///   - write: takes each place of the lines and what becomes of it.
  @inline(__always)
  func smooth(
    _ picture: Picture, _ rows: Range<Int>, value: (Int) -> Float, write: (Int, Float) -> Void
  ) {
    let (channels, width, height) = (picture.channels, picture.width, picture.height)
    let length = width * channels
    let margin = (weights.count - 1) * channels
    var line = [Float](repeating: 0, count: length + 2 * margin)
    var sums = [Float](repeating: 0, count: length)
    line.withUnsafeMutableBufferPointer { line in
      sums.withUnsafeMutableBufferPointer { sums in
        for row in rows {
          for index in 0..<length { line[margin + index] = weights[0] * value(row * length + index) }
          for distance in 1..<weights.count {
            let above = mirrored(row - distance, height) * length
            let below = mirrored(row + distance, height) * length
            let weight = weights[distance]
            for index in 0..<length {
              line[margin + index] += weight * (value(above + index) + value(below + index))
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
          for index in 0..<length { write(row * length + index, sums[index]) }
        }
      }
    }
  }
}
