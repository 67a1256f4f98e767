import HourglassFiles

/// How the camera was held, as EXIF numbers it: what has to be done to the picture to see it upright.
enum ExifOrientation: Int {
  case upright = 1
  case mirrored = 2
  case upsideDown = 3
  case mirroredUpsideDown = 4
  /// Rows become columns.
  case transposed = 5
  /// To be turned clockwise.
  case onItsLeft = 6
  /// Rows become columns, and it is upside down.
  case transposedUpsideDown = 7
  /// To be turned counter-clockwise.
  case onItsRight = 8

  /// What EXIF data say; upright where there are none, or they say nothing that makes sense.
  ///
  /// - Parameter data: TIFF data, with or without the name that stands before them in JPEG files.
  init(_ data: ArraySlice<UInt8>?) {
    self = data.flatMap(Self.tag).flatMap(Self.init(rawValue:)) ?? .upright
  }

  /// What stands before the data in JPEG files, and where programs are careless in others too.
  static let name: [UInt8] = Array("Exif".utf8) + [0, 0]

  /// The value of the tag Orientation (0x0112) in the first directory of TIFF data.
  private static func tag(in data: ArraySlice<UInt8>) -> Int? {
    let data = data.starts(with: name) ? data.dropFirst(name.count) : data
    let isLittle = data.starts(with: [0x49, 0x49, 42, 0])
    guard isLittle || data.starts(with: [0x4d, 0x4d, 0, 42]) else { return nil }
    func number(_ width: Int, _ offset: Int) -> Int? {
      guard offset + width <= data.count else { return nil }
      let digits = data[data.startIndex + offset..<data.startIndex + offset + width]
      let ordered = isLittle ? Array(digits.reversed()) : Array(digits)
      return ordered.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let count = number(2, directory) else { return nil }
    for index in 0..<count {
      let entry = directory + 2 + 12 * index
      guard let tag = number(2, entry), let kind = number(2, entry + 2) else { return nil }
      guard tag == 0x0112 else { continue }
      // A byte, a short number as the standard has it, or a long one as some programs write.
      return [1: 1, 3: 2, 4: 4][kind].flatMap { number($0, entry + 8) }
    }
    return nil
  }
}

extension Picture {
  /// The picture as it is seen upright.
  func turned(as orientation: ExifOrientation) -> Picture {
    if orientation == .upright { return self }
    let isSideways = orientation.rawValue >= ExifOrientation.transposed.rawValue
    let (width, height) = isSideways ? (self.height, self.width) : (self.width, self.height)
    var result = Picture(width: width, height: height, channels: channels, shade: 0)
    let (right, bottom) = (self.width - 1, self.height - 1)
    var target = 0
    for y in 0..<height {
      for x in 0..<width {
        let (column, row) =
          switch orientation {
          case .upright: (x, y)
          case .mirrored: (right - x, y)
          case .upsideDown: (right - x, bottom - y)
          case .mirroredUpsideDown: (x, bottom - y)
          case .transposed: (y, x)
          case .onItsLeft: (y, bottom - x)
          case .transposedUpsideDown: (right - y, bottom - x)
          case .onItsRight: (right - y, x)
          }
        let source = (row * self.width + column) * channels
        for channel in 0..<channels { result.bytes[target + channel] = bytes[source + channel] }
        target += channels
      }
    }
    return result
  }
}
