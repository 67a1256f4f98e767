import HourglassData

extension UntrainedReconstruction {
  /// - Parameters:
  ///   - imagePath: an image file of any size, which is stretched to a square, in colour or grey.
  ///   - seed: the same seed gives the same weights.
  /// - Throws: `HourglassError` if the file cannot be read (environment) or is no image (badData).
  public init(imagePath: String, seed: UInt64) throws {
    self.init(base: Self.base(of: try PNG.read(path: imagePath)), seed: seed)
  }

  /// The picture as `side * side` grey numbers from 0 to 1. Each is the mean over the part of the picture that it
  /// covers, so that nothing is left out.
  private static func base(of picture: Picture) -> [Double] {
    let columns = spans(picture.width)
    return spans(picture.height).flatMap { rows in
      columns.map { columns in
        var sum = 0.0
        for row in rows {
          for column in columns {
            sum += row.weight * column.weight * luminance(picture, row.place * picture.width + column.place)
          }
        }
        return sum / 255
      }
    }
  }

  /// Which places of an axis each of the `side` parts of it covers, with weights that add up to 1.
  private static func spans(_ size: Int) -> [[(place: Int, weight: Double)]] {
    let width = Double(size) / Double(side)
    return (0..<side).map { part in
      let (start, end) = (Double(part) * width, Double(part + 1) * width)
      return (Int(start)..<min(Int(end.rounded(.up)), size)).map { place in
        (place, (min(end, Double(place + 1)) - max(start, Double(place))) / width)
      }
    }
  }

  /// How bright a pixel is, 0 to 255, by the weights of ITU-R BT.601.
  private static func luminance(_ picture: Picture, _ pixel: Int) -> Double {
    guard picture.channels == 3 else { return Double(picture.bytes[pixel]) }
    let colour = picture.bytes[3 * pixel..<3 * pixel + 3].lazy.map(Double.init)
    return 0.299 * colour[3 * pixel] + 0.587 * colour[3 * pixel + 1] + 0.114 * colour[3 * pixel + 2]
  }
}
