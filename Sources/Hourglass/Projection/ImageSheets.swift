import HourglassData
import HourglassEngine
import HourglassGraph

/// Many small images on a few large pictures, for a page that shows one of them at a time.
struct ImageSheets {
  /// Of one image, in pixels.
  let width: Int
  let height: Int
  /// Images side by side on a sheet.
  let columns: Int
  /// Images of a full sheet; the last one may hold fewer.
  let imagesOfSheet: Int
  let sheets: [Picture]

  /// Images with a longer side are made smaller.
  private static let longestSide = 64
  /// Pixels of a side of a sheet, about.
  private static let sheetSide = 1400

  /// - Parameter images: samples of shape `[channels, height, width]` with 1 or 3 channels, values in 0...1.
  init(_ images: SampleArray) throws {
    let shape = images.shape
    let reduction = (max(shape[1], shape[2]) + Self.longestSide - 1) / Self.longestSide
    (height, width) = (max(shape[1] / reduction, 1), max(shape[2] / reduction, 1))
    columns = max(1, Self.sheetSide / width)
    imagesOfSheet = columns * max(1, Self.sheetSide / height)
    let (width, height, columns, imagesOfSheet) = (width, height, columns, imagesOfSheet)
    sheets = try stride(from: 0, to: images.count, by: imagesOfSheet).map { start in
      let count = min(imagesOfSheet, images.count - start)
      let rows = (count + columns - 1) / columns
      let channels = shape[0]
      var bytes = [UInt8](repeating: 0, count: rows * height * columns * width * channels)
      for place in 0..<count {
        let picture = try Picture(samples: images.sample(start + place), shape: shape)
        let (top, left) = (place / columns * height, place % columns * width)
        for row in 0..<height {
          for column in 0..<width {
            let target = ((top + row) * columns * width + left + column) * channels
            for channel in 0..<channels {
              bytes[target + channel] = Self.mean(
                picture, row: row * reduction, column: column * reduction, channel: channel, extent: reduction
              )
            }
          }
        }
      }
      return Picture(width: columns * width, height: rows * height, channels: channels, bytes: bytes)
    }
  }

  /// Of a square of pixels.
  private static func mean(_ picture: Picture, row: Int, column: Int, channel: Int, extent: Int) -> UInt8 {
    var (sum, count) = (0, 0)
    for y in row..<min(row + extent, picture.height) {
      for x in column..<min(column + extent, picture.width) {
        sum += Int(picture.bytes[(y * picture.width + x) * picture.channels + channel])
        count += 1
      }
    }
    return UInt8((sum + count / 2) / max(count, 1))
  }

  /// Whether samples of this shape can be shown.
  static func canShow(_ shape: Shape) -> Bool {
    shape.rank == 3 && (shape[0] == 1 || shape[0] == 3) && shape[1] > 0 && shape[2] > 0
  }
}
