import HourglassTestSupport

/// A member of a tar archive, with its header.
///
/// - Parameters:
///   - kind: "0" for a file, "2" for a symbolic link, "5" for a directory, "x" for a note about the next member.
///   - declared: the length that the header claims; `nil` for the truth.
func tarMember(
  _ name: String, _ bytes: [UInt8], kind: Character = "0", declared: Int? = nil
) -> [UInt8] {
  var header = [UInt8](repeating: 0, count: 512)
  func put(_ text: String, at place: Int) {
    for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
  }
  func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }
  put(name, at: 0)
  put("0000644", at: 100)
  put(octal(declared ?? bytes.count, digits: 11), at: 124)
  put(String(kind), at: 156)
  put("ustar", at: 257)
  put("00", at: 263)
  put("        ", at: 148)
  put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6), at: 148)
  header[154] = 0
  return header + bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
}

/// A tar archive of these members.
func tar(_ members: [UInt8]...) -> [UInt8] {
  members.flatMap(\.self) + [UInt8](repeating: 0, count: 1024)
}

/// What a zip archive shall say of a member, and its packed bytes.
struct ZipMemberFixture {
  var name: String
  var method = 0
  var flags = 0
  var packed: [UInt8]
  var byteCount: Int
  var checkSum: UInt32

  /// A member stored as it is.
  init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    packed = bytes
    byteCount = bytes.count
    checkSum = crc32(bytes)
  }

  /// A member in deflate's form, in blocks that store the bytes as they are.
  init(deflating bytes: [UInt8], _ name: String) {
    self.init(name, bytes)
    method = 8
    packed = Array(gzip(bytes).dropFirst(10).dropLast(8))
  }
}

/// A zip archive of these members.
///
/// - Parameter entries: the number of members that it claims; `nil` for the truth.
func zip(_ members: [ZipMemberFixture], entries: Int? = nil, comment: [UInt8] = []) -> [UInt8] {
  var file: [UInt8] = []
  var directory: [UInt8] = []
  for member in members {
    let name = Array(member.name.utf8)
    let facts =
      littleEndian(20, 2) + littleEndian(member.flags, 2) + littleEndian(member.method, 2)
      + littleEndian(0, 4)
      + littleEndian(Int(member.checkSum), 4) + littleEndian(member.packed.count, 4)
      + littleEndian(member.byteCount, 4)
      + littleEndian(name.count, 2)
    directory +=
      [0x50, 0x4b, 1, 2] + littleEndian(20, 2) + facts + littleEndian(0, 2) + littleEndian(0, 2)
      + littleEndian(0, 4) + littleEndian(0, 4)
      + littleEndian(file.count, 4) + name
    file += [0x50, 0x4b, 3, 4] + facts + littleEndian(4, 2) + name + [1, 2, 3, 4] + member.packed
  }
  let count = littleEndian(entries ?? members.count, 2)
  return file + directory + [0x50, 0x4b, 5, 6] + littleEndian(0, 4) + count + count
    + littleEndian(directory.count, 4)
    + littleEndian(file.count, 4) + littleEndian(comment.count, 2) + comment
}
