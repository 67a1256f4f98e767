import HourglassBase
import HourglassPictures

/// Many small images on a few large pictures, for a page that shows one of them at a time.
package struct ImageSheets {
  /// Of one image, in pixels.
  package let width: Int
  package let height: Int
  /// Images side by side on a sheet.
  package let columns: Int
  /// Images of a full sheet; the last one may hold fewer.
  package let imagesOfSheet: Int
  package let sheets: [Picture]

  /// Pixels of a side of a sheet, about.
  private static let sheetSide = 1400

  /// - Parameter images: samples of shape `[channels, height, width]` with 1 or 3 channels, values in 0...1.
  package init(_ images: any SampleSource) throws {
    let images = try Thumbnails(images).pictures
    let shape = images.shape
    (height, width) = (shape[1], shape[2])
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
          let line = row * width * channels..<(row + 1) * width * channels
          let target = ((top + row) * columns * width + left) * channels
          bytes.replaceSubrange(target..<target + line.count, with: picture.bytes[line])
        }
      }
      return Picture(width: columns * width, height: rows * height, channels: channels, trusted: bytes)
    }
  }
}
