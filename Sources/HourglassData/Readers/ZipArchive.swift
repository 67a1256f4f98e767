import HourglassBase
import HourglassFiles

/// The members of a zip archive, as its directory at the end lists them. Nothing is believed before it lies within
/// the file.
struct ZipArchive {
  /// One member.
  struct Entry {
    enum Method: UInt16 {
      case stored = 0
      case deflated = 8
    }

    let name: String
    let method: Method
    let packedByteCount: Int
    let byteCount: Int
    let checkSum: UInt32
    /// Where the member's own header begins.
    let offset: Int
  }

  /// The first four bytes of an archive with members.
  static let magic: [UInt8] = [0x50, 0x4b, 3, 4]
  /// More is an attack.
  private static let mostEntries = 1000

  let file: ReadableFile
  let entries: [Entry]
  /// Where the directory begins, and so the members end.
  private let directoryOffset: Int

  /// - Throws: `HourglassError`: `badData` if the file is no whole zip archive, or one of a kind that NumPy does
  ///   not write; `environment` if it cannot be read.
  init(path: String) throws {
    let file = try ReadableFile(path: path)
    func damage(_ what: String) -> HourglassError {
      HourglassError(.badData, "\(path) is no whole zip archive: \(what); \(fetchAgain)")
    }
    // The last record is 22 bytes and a comment of at most 65,535.
    let start = max(0, file.byteCount - 22 - 65_535)
    let tail = try file.bytes(at: start, count: file.byteCount - start)
    let last = stride(from: tail.count - 22, through: 0, by: -1).first { place in
      tail.hasPrefix([0x50, 0x4b, 5, 6], at: place)
        && place + 22 + tail.littleEndian(2, at: place + 20) == tail.count
    }
    guard let last else { throw damage("its directory is missing") }
    let count = tail.littleEndian(2, at: last + 10)
    let byteCount = tail.littleEndian(4, at: last + 12)
    let offset = tail.littleEndian(4, at: last + 16)
    guard count < 0xffff, byteCount < 0xffff_ffff, offset < 0xffff_ffff else {
      throw HourglassError(.badData, "\(path) is a zip archive of more than 4 GiB; split it into .npy files")
    }
    guard count <= Self.mostEntries else {
      throw HourglassError(
        .badData, "\(path) has \(count) members, more than \(Self.mostEntries); give an archive of few arrays"
      )
    }
    guard offset + byteCount <= start + last, tail.littleEndian(2, at: last + 8) == count else {
      throw damage("its directory is not where it should be")
    }
    let directory = try file.bytes(at: offset, count: byteCount)
    var entries: [Entry] = []
    // As bytes: long names that begin alike would be compared again and again.
    var names: Set<ByteText> = []
    var place = 0
    for _ in 0..<count {
      guard let (entry, length) = try Self.entry(directory, at: place, path: path) else {
        throw damage("its directory is damaged")
      }
      guard names.insert(ByteText(entry.name)).inserted else {
        throw damage("it has two members \(entry.name.quotedForMessage)")
      }
      entries.append(entry)
      place += length
    }
    self.file = file
    self.entries = entries
    directoryOffset = offset
  }

  /// One line of the directory and its length; nil if it is damaged.
  private static func entry(
    _ directory: [UInt8], at place: Int, path: String
  ) throws -> (entry: Entry, length: Int)? {
    guard directory.hasPrefix([0x50, 0x4b, 1, 2], at: place), place + 46 <= directory.count else {
      return nil
    }
    func number(_ width: Int, _ offset: Int) -> Int { directory.littleEndian(width, at: place + offset) }
    let nameLength = number(2, 28)
    let length = 46 + nameLength + number(2, 30) + number(2, 32)
    guard place + length <= directory.count else { return nil }
    let name = String(decoding: directory[place + 46..<place + 46 + nameLength], as: UTF8.self)
    func refusal(_ what: String) -> HourglassError {
      HourglassError(
        .badData, "\(path) has the member \(name.quotedForMessage) \(what); save the arrays with numpy.savez")
    }
    guard name.keepsMarkLimit else {
      throw refusal("with more than \(grouped(TextLimits.marks)) marks in a row in its name")
    }
    guard number(2, 8) & 1 == 0 else { throw refusal("that is encrypted") }
    guard let method = Entry.Method(rawValue: UInt16(number(2, 10))) else {
      throw refusal("that is packed with method \(number(2, 10)), neither stored nor deflated")
    }
    let (packed, size) = (number(4, 20), number(4, 24))
    guard size < 0xffff_ffff, packed < 0xffff_ffff else { throw refusal("of 4 GiB or more") }
    // Both are below 2^32.
    guard size <= packed * UnpackedSize.greatestDeflateRatio else {
      throw refusal(
        "that is said to unpack to \(grouped(size)) bytes, which its \(grouped(packed)) cannot hold")
    }
    guard method != .stored || packed == size else { return nil }
    return (
      Entry(
        name: name, method: method, packedByteCount: packed, byteCount: size,
        checkSum: UInt32(number(4, 16)), offset: number(4, 42)), length
    )
  }

  /// The bytes of a member.
  ///
  /// - Throws: `HourglassError` (`badData`) if they do not lie within the file.
  func open(_ entry: Entry) throws -> ZipMember {
    let header = try file.bytes(at: entry.offset, count: 30)
    guard header.count == 30, header.hasPrefix(Self.magic, at: 0) else {
      throw HourglassError(
        .badData, "\(file.path) has no member \(entry.name.quotedForMessage) where it says; \(fetchAgain)")
    }
    let start = entry.offset + 30 + header.littleEndian(2, at: 26) + header.littleEndian(2, at: 28)
    guard start + entry.packedByteCount <= directoryOffset else {
      throw HourglassError(
        .badData, "\(file.path) is too short for its member \(entry.name.quotedForMessage); \(fetchAgain)")
    }
    return try ZipMember(file, entry, start: start)
  }
}
