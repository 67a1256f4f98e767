import HourglassBase
import HourglassPictures
import HourglassPlatform

/// Puts tiles together again: holds the sums of one row of tiles, and writes what is complete into a picture.
///
/// Tiles are added in their order, so that sums do not depend on how many were computed at a time.
struct SeamBlender {
  private let tiling: Tiling
  /// Of a tile.
  private let channels: Int
  /// The picture's channels that are written; fewer than a tile's where these are averaged.
  private let targets: [Int]
  private let rising: [Float]
  private let columnWeights: [[Float]]
  /// `[channels][side][width]`.
  private var sums: [Float]

  init(_ tiling: Tiling, channels: Int, targets: [Int]) {
    self.tiling = tiling
    self.channels = channels
    self.targets = targets
    let overlap = tiling.rows.overlap
    // At a tile's edge the model sees zeros in place of the photo: the outer quarter of the overlap counts nothing.
    let ramp = Double(overlap) / 2
    let rising = (0..<overlap).map { place -> Float in
      let share = min(max((Double(place) + 0.5 - ramp / 2) / ramp, 0), 1)
      let sine = sin(Double.pi / 2 * share)
      return Float(sine * sine)
    }
    self.rising = rising
    columnWeights = (0..<tiling.columns.count).map { tiling.columns.weights($0, rising: rising) }
    sums = Array(repeating: 0, count: channels * tiling.side * tiling.columns.extent)
  }

  /// - Parameters:
  ///   - values: `[channels, side, side]`.
  ///   - tile: its number; one after another.
  /// - Throws: `HourglassError` (notFinite) when a value is not.
  mutating func add(_ values: UnsafeBufferPointer<Float>, tile: Int, to picture: inout Picture) throws {
    let (row, column) = tile.quotientAndRemainder(dividingBy: tiling.columns.count)
    let (side, width) = (tiling.side, tiling.columns.extent)
    let rowWeights = tiling.rows.weights(row, rising: rising)
    let start = tiling.columns.start(column)
    let inside = max(0, -start)..<min(side, width - start)
    let top = tiling.rows.start(row)
    sums.withUnsafeMutableBufferPointer { sums in
      columnWeights[column].withUnsafeBufferPointer { columnWeights in
        for channel in 0..<channels {
          for y in max(0, -top)..<min(side, tiling.rows.extent - top) {
            let source = values.baseAddress! + (channel * side + y) * side
            let target = sums.baseAddress! + (channel * side + y) * width + start
            let weight = rowWeights[y]
            for x in inside { target[x] += weight * columnWeights[x] * source[x] }
          }
        }
      }
    }
    if column == tiling.columns.count - 1 { try finish(row, &picture) }
  }

  /// Writes the lines that no later tile touches, and moves on.
  private mutating func finish(_ row: Int, _ picture: inout Picture) throws {
    let (side, width) = (tiling.side, tiling.columns.extent)
    let top = tiling.rows.start(row)
    let isLast = row == tiling.rows.count - 1
    let done = isLast ? min(side, tiling.rows.extent - top) : tiling.rows.step
    let share = 1 / Float(channels)
    let isAveraged = targets.count < channels
    var isFinite = true
    let stride = picture.channels
    sums.withUnsafeMutableBufferPointer { sums in
      picture.withUnsafeMutableBytes { bytes in
        for y in max(0, -top)..<done {
          for (number, target) in targets.enumerated() {
            var place = (top + y) * width * stride + target
            let line = (number * side + y) * width
            for x in 0..<width {
              var value = sums[line + x]
              if isAveraged {
                for other in 1..<channels { value += sums[line + other * side * width + x] }
                value *= share
              }
              isFinite = isFinite && value.isFinite
              bytes[place] = UInt8(max(0, min(255, value * 255)).rounded())
              place += stride
            }
          }
        }
      }
      let kept = side - tiling.rows.step
      for channel in 0..<channels {
        let plane = UnsafeMutableBufferPointer(
          rebasing: sums[channel * side * width..<(channel + 1) * side * width])
        for index in 0..<kept * width { plane[index] = plane[tiling.rows.step * width + index] }
        for index in kept * width..<side * width { plane[index] = 0 }
      }
    }
    guard isFinite else {
      throw HourglassError(.notFinite, "The model makes of a picture what is not finite; train it again.")
    }
  }
}
