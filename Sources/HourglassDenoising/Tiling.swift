import HourglassBase
import HourglassPictures

/// A photo cut into overlapping squares, row by row from the top.
struct Tiling {
  /// How tiles lie along one axis. The first begins half an overlap before the photo.
  struct Axis {
    let extent: Int
    let side: Int
    let overlap: Int

    var step: Int { side - overlap }
    var count: Int { (extent + step - 1) / step }

    /// Where tile `index` begins; beyond the photo it is mirrored.
    func start(_ index: Int) -> Int { index * step - overlap / 2 }

    /// The pixels of the photo that tile `index` shows: mirrored at its edges, which are not repeated.
    func pixels(_ index: Int) -> [Int] {
      let period = max(2 * (extent - 1), 1)
      return (0..<side).map { offset in
        // Never so far before the photo that the sum is negative.
        let place = (start(index) + offset + period * side) % period
        return min(place < extent ? place : period - place, extent - 1)
      }
    }

    /// What a pixel of tile `index` counts in the blend: a raised cosine over the middle half of each overlap with a neighbour. The
    /// weights of two neighbours add up to one.
    func weights(_ index: Int, rising: [Float]) -> [Float] {
      var weights = [Float](repeating: 1, count: side)
      for place in rising.indices {
        if index > 0 { weights[place] = rising[place] }
        if index < count - 1 { weights[step + place] = 1 - rising[place] }
      }
      return weights
    }
  }

  let rows: Axis
  let columns: Axis

  init(_ photo: Picture, side: Int, overlap: Int) {
    rows = Axis(extent: photo.height, side: side, overlap: overlap)
    columns = Axis(extent: photo.width, side: side, overlap: overlap)
  }

  var side: Int { rows.side }
  var tileCount: Int { rows.count * columns.count }

  /// Runs of tiles whose bytes take about 16 MiB.
  func chunks(bytesEach size: Int) -> [Range<Int>] {
    let most = max(16, (1 << 24) / size / 16 * 16)
    return stride(from: 0, to: tileCount, by: most).map { $0..<min($0 + most, tileCount) }
  }

  /// Tiles as samples `[channels, side, side]`.
  ///
  /// - Parameter channels: the photo's channel that each of the samples' is.
  func samples(_ tiles: Range<Int>, of photo: Picture, channels: [Int]) -> SampleArray {
    let columnPixels = (0..<columns.count).map { columns.pixels($0).map { $0 * photo.channels } }
    return SampleArray(trustedByteCount: tiles.count, shape: [channels.count, side, side]) { memory in
      photo.bytes.withUnsafeBufferPointer { bytes in
        var place = 0
        for tile in tiles {
          let rowPixels = rows.pixels(tile / columns.count)
          let columnPixels = columnPixels[tile % columns.count]
          for channel in channels {
            for row in rowPixels {
              let start = row * photo.width * photo.channels + channel
              for column in columnPixels {
                memory[place] = bytes[start + column]
                place += 1
              }
            }
          }
        }
      }
    }
  }
}
