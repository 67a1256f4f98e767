import HourglassBase
import HourglassPictures

/// A picture of any size as samples of one, and back: tiles row by row, those at the right and the bottom filled up with
/// the pixels at the edge.
///
/// A model of grey images sees a picture in colours as three grey ones, luminance and two colour differences (ITU-R BT.601,
/// as JFIF has it), one after another; a model of coloured images sees a grey picture in three equal channels.
package struct PictureTiles {
  let width: Int
  let height: Int
  /// Of the picture: 1 or 3.
  let channels: Int
  /// `[channels, height, width]` of a tile.
  let tile: Shape

  /// - Throws: `HourglassError` (usage) when the model takes no images of 1 or 3 channels.
  package init(width: Int, height: Int, channels: Int, model: SampleForm) throws(HourglassError) {
    guard model.isPicture else {
      throw HourglassError(
        .usage,
        "The model takes \(model.shape), no images of 1 or 3 channels, and cannot compress a picture",
        .give(.data, "samples of that shape"))
    }
    self.width = width
    self.height = height
    self.channels = channels
    tile = model.shape
  }

  private var columns: Int { (width + tile[2] - 1) / tile[2] }
  private var rows: Int { (height + tile[1] - 1) / tile[1] }
  /// Whether each channel of the picture is a series of tiles.
  private var areSeparate: Bool { tile[0] == 1 && channels == 3 }

  package var count: Int { columns * rows * (areSeparate ? 3 : 1) }

  package func samples(of picture: Picture) throws(HourglassError) -> SampleArray {
    let source = areSeparate ? picture.luminanceAndDifferences : try picture.converted(toChannels: tile[0])
    return SampleArray(trustedByteCount: count, shape: tile) { memory in
      visit { sample, channel, x, y, row, column in
        let pixel = min(y, height - 1) * width + min(x, width - 1)
        let plane = areSeparate ? 0 : channel
        memory[sample * tile.count + (plane * tile[1] + row) * tile[2] + column] =
          source.bytes[pixel * source.channels + channel]
      }
    }
  }

  /// - Parameter samples: `count` of them, bytes.
  package func picture(of samples: SampleArray) throws(HourglassError) -> Picture {
    let channels = areSeparate ? 3 : tile[0]
    var bytes = [UInt8](repeating: 0, count: width * height * channels)
    guard let memory = samples.baseAddress else { preconditionFailure("no tiles") }
    visit { sample, channel, x, y, row, column in
      guard x < width && y < height else { return }
      let plane = areSeparate ? 0 : channel
      bytes[(y * width + x) * channels + channel] = memory.load(
        fromByteOffset: sample * tile.count + (plane * tile[1] + row) * tile[2] + column, as: UInt8.self)
    }
    let picture = Picture(width: width, height: height, channels: channels, trusted: bytes)
    return areSeparate
      ? picture.fromLuminanceAndDifferences : try picture.converted(toChannels: self.channels)
  }

  /// Calls `body` for every number of every tile: its sample, the picture's channel, where it lies in the picture, and
  /// its row and column in the tile.
  private func visit(
    _ body: (_ sample: Int, _ channel: Int, _ x: Int, _ y: Int, _ row: Int, _ column: Int) -> Void
  ) {
    for channel in 0..<(areSeparate ? 3 : tile[0]) {
      for tileRow in 0..<rows {
        for tileColumn in 0..<columns {
          let index = tileRow * columns + tileColumn + (areSeparate ? channel * rows * columns : 0)
          for row in 0..<tile[1] {
            for column in 0..<tile[2] {
              body(index, channel, tileColumn * tile[2] + column, tileRow * tile[1] + row, row, column)
            }
          }
        }
      }
    }
  }
}

extension Picture {
  /// Red, green and blue as luminance and the differences of blue and red, in whole numbers.
  var luminanceAndDifferences: Picture {
    mapped { red, green, blue in
      (
        (19_595 * red + 38_470 * green + 7_471 * blue + 32_768) >> 16,
        (-11_059 * red - 21_709 * green + 32_768 * blue + 8_421_375) >> 16,
        (32_768 * red - 27_439 * green - 5_329 * blue + 8_421_375) >> 16
      )
    }
  }

  /// The inverse, but for rounding.
  var fromLuminanceAndDifferences: Picture {
    mapped { luminance, blueDifference, redDifference in
      let (b, r) = (blueDifference - 128, redDifference - 128)
      return (
        luminance + (91_881 * r + 32_768) >> 16, luminance - (22_554 * b + 46_802 * r + 32_768) >> 16,
        luminance + (116_130 * b + 32_768) >> 16
      )
    }
  }

  private func mapped(_ change: (Int, Int, Int) -> (Int, Int, Int)) -> Picture {
    var result = [UInt8](repeating: 0, count: bytes.count)
    for pixel in stride(from: 0, to: bytes.count, by: 3) {
      let (a, b, c) = change(Int(bytes[pixel]), Int(bytes[pixel + 1]), Int(bytes[pixel + 2]))
      result[pixel] = UInt8(clamping: a)
      result[pixel + 1] = UInt8(clamping: b)
      result[pixel + 2] = UInt8(clamping: c)
    }
    return Picture(width: width, height: height, channels: 3, trusted: result)
  }
}
