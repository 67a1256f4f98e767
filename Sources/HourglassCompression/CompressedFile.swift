import Foundation
import HourglassBase
import HourglassData
import HourglassPictures

/// What a `.hgz` file says of itself, and its bytes.
///
/// A file is, with numbers as LEB128 (seven bits a byte, the lowest first):
///
/// | part | bytes |
/// |---|---|
/// | `HGZ` and the version, 1 | 4 |
/// | the model's digest | 8 |
/// | kind: 0 a picture, 1 samples of bytes, 2 samples of floats | 1 |
/// | of a picture its width, height and channels; of samples their count, rank and extents | 3 and more |
/// | length of the codes, and the codes | 1 and more |
/// | CRC-32 of everything before, little-endian | 4 |
///
/// The check sum finds every single flipped bit, every burst of up to 32, and of anything else all but one in four
/// thousand million.
package struct CompressedFile: Equatable {
  package enum Contents: Equatable {
    case picture(width: Int, height: Int, channels: Int)
    case samples(count: Int, shape: Shape, areBytes: Bool)
  }

  package var modelDigest: [UInt8]
  package var contents: Contents
  package var codes: [UInt8]

  private static let magic: [UInt8] = [0x48, 0x47, 0x5A, 1]
  static let digestLength = 8
  private static let checkSumLength = 4

  package var bytes: [UInt8] {
    var bytes = Self.magic + modelDigest
    func append(_ numbers: Int...) {
      for number in numbers {
        var rest = UInt64(number)
        while rest >= 128 {
          bytes.append(UInt8(rest & 127 | 128))
          rest >>= 7
        }
        bytes.append(UInt8(rest))
      }
    }
    switch contents {
    case .picture(let width, let height, let channels):
      append(0, width, height, channels)
    case .samples(let count, let shape, let areBytes):
      append(areBytes ? 1 : 2, count, shape.rank)
      for extent in shape.dimensions { append(extent) }
    }
    append(codes.count)
    bytes += codes
    let sum = crc32CheckSum(bytes[...])
    return bytes + (0..<4).map { UInt8(sum >> (8 * UInt32($0)) & 255) }
  }

  /// - Parameter source: what the bytes are, for messages: usually a path.
  /// - Throws: `HourglassError` (badData) unless they are a whole and undamaged file.
  package init(_ bytes: [UInt8], source: String) throws(HourglassError) {
    guard bytes.count >= Self.magic.count, bytes.starts(with: Self.magic.dropLast()) else {
      throw HourglassError(
        .badData,
        "Cannot read \(source): it \(bytes.isEmpty ? "is empty" : "is no compressed file of hourglass"); give a "
          + ".hgz file.")
    }
    func damage(_ what: String) -> HourglassError {
      HourglassError(.badData, "Cannot read \(source): \(what); get a fresh copy of the file.")
    }
    let end = bytes.count - Self.checkSumLength
    guard end >= Self.magic.count + Self.digestLength else { throw damage("it ends too early") }
    let stored = bytes[end...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard crc32CheckSum(bytes[..<end]) == stored else {
      throw damage("its check sum does not fit, so it is damaged or incomplete")
    }
    // Undamaged from here on, but perhaps made to hurt.
    guard bytes[3] == Self.magic[3] else {
      throw HourglassError(
        .badData,
        "Cannot read \(source): it has version \(bytes[3]) of the format, and this program reads 1; use a newer hourglass."
      )
    }
    modelDigest = Array(bytes[4..<4 + Self.digestLength])
    var position = 4 + Self.digestLength
    func number(_ limit: Int) throws(HourglassError) -> Int {
      var result: UInt64 = 0
      for shift in stride(from: UInt64(0), through: 56, by: 7) {
        guard position < end else { throw damage("its head ends too early") }
        let byte = bytes[position]
        position += 1
        result |= UInt64(byte & 127) << shift
        if byte < 128 {
          guard result <= limit else { throw damage("its head holds \(result), and \(limit) is the limit") }
          return Int(result)
        }
      }
      throw damage("its head holds a number without an end")
    }
    switch try number(2) {
    case 0:
      let (width, height) = (try number(PNG.Limits.side), try number(PNG.Limits.side))
      let channels = try number(3)
      guard PNG.Limits.admit(width: width, height: height), channels == 1 || channels == 3 else {
        throw damage("it declares a picture of \(width) x \(height) pixels and \(channels) channels")
      }
      contents = .picture(width: width, height: height, channels: channels)
    case let kind:
      let count = try number(Int(UInt32.max))
      var extents: [Int] = []
      for _ in 0..<(try number(3)) { extents.append(try number(1 << 24)) }
      contents = .samples(count: count, shape: Shape(extents), areBytes: kind == 1)
    }
    let length = try number(bytes.count)
    guard length == end - position else {
      throw damage("it declares \(length) bytes of codes and holds \(end - position)")
    }
    codes = Array(bytes[position..<end])
  }

  package init(modelDigest: [UInt8], contents: Contents, codes: [UInt8]) {
    self.modelDigest = modelDigest
    self.contents = contents
    self.codes = codes
  }
}
