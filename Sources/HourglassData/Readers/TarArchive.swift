import HourglassBase

/// Takes chosen files out of a tar archive, plain or gzip.
///
/// No name in an archive is ever used as a path: a member is taken if its name is one of those asked for, and
/// lies in the end under the last part of that. Links, devices and whatever else an archive may hold are passed
/// over.
package enum TarArchive {
  private static let block = 512
  /// What is read of an archive at most, inflated.
  private static let byteLimit = 1 << 30

  /// - Parameters:
  ///   - members: names as in the archive, such as `folder/file`; each must be there once, as a regular file.
  ///   - memberLimit: the most bytes one of them may have.
  ///   - directory: gets the files, each once it is whole.
  /// - Throws: `HourglassError`: `badData` if the archive is damaged or lacks a member, `environment` if it
  ///   cannot be read or the directory refuses.
  package static func unpack(
    _ path: String, members: [String], memberLimit: Int, into directory: String
  ) throws {
    let content = try ContentReader(path: path)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { piece.deallocate() }
    var missing = members
    var consumed = 0

    /// Reads `count` bytes and hands them on.
    func read(_ count: Int, _ use: (UnsafeRawBufferPointer) throws -> Void) throws {
      var rest = count
      while rest > 0 {
        let wanted = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(rest, piece.count)])
        guard try content.fill(wanted) == wanted.count else {
          throw HourglassError(.badData, "\(path) is cut short within a member; \(fetchAgain)")
        }
        try use(UnsafeRawBufferPointer(wanted))
        rest -= wanted.count
      }
    }

    while !missing.isEmpty {
      let bytes = try content.next(block)
      // Two blocks of zeros end an archive; some writers leave them out.
      if bytes.isEmpty || bytes.allSatisfy({ $0 == 0 }) { break }
      guard bytes.count == block, let header = TarHeader(bytes) else {
        throw HourglassError(
          .badData, "\(path) is no tar archive, or damaged at byte \(consumed) of its content; \(fetchAgain)")
      }
      let padding = (block - header.byteCount % block) % block
      consumed += block + header.byteCount + padding
      guard consumed <= byteLimit else {
        throw HourglassError(
          .badData, "\(path) unpacks to more than \(byteLimit) bytes; give the archive of the data set")
      }
      guard let index = missing.firstIndex(of: header.name) else {
        try read(header.byteCount + padding) { _ in }
        continue
      }
      guard header.isRegularFile, header.byteCount <= memberLimit else {
        let fault =
          header.isRegularFile
          ? "has \(header.byteCount) bytes, more than the \(memberLimit) allowed" : "is no regular file"
        throw HourglassError(.badData, "\(header.name) in \(path) \(fault); \(fetchAgain)")
      }
      let name = header.name.split(separator: "/").last.map(String.init) ?? header.name
      let file = try PartialFile(in: directory, for: name)
      defer { file.giveUp() }
      try read(header.byteCount) { try file.append($0) }
      try read(padding) { _ in }
      try file.finish(as: "\(directory)/\(name)")
      missing.remove(at: index)
    }
    guard missing.isEmpty else {
      throw HourglassError(
        .badData, "\(path) lacks \(missing.joined(separator: ", ")); give the archive of the data set")
    }
  }
}

/// What stands before each member.
private struct TarHeader {
  let name: String
  let byteCount: Int
  let isRegularFile: Bool

  /// nil if the block is no header or its check sum is wrong.
  init?(_ block: [UInt8]) {
    func text(_ range: Range<Int>) -> String {
      String(decoding: block[range].prefix { $0 != 0 }, as: UTF8.self)
    }
    guard let size = Self.number(block[124..<136]), let sum = Self.number(block[148..<156]) else {
      return nil
    }
    // The check sum counts its own eight bytes as spaces.
    let actual = block.indices.reduce(0) { $0 + (148..<156 ~= $1 ? 32 : Int(block[$1])) }
    guard sum == actual else { return nil }
    let isUstar = text(257..<262) == "ustar"
    let prefix = isUstar && block[262] == 0 ? text(345..<500) : ""
    let full = prefix.isEmpty ? text(0..<100) : "\(prefix)/\(text(0..<100))"
    name = full.hasPrefix("./") ? String(full.dropFirst(2)) : full
    let kind = block[156]
    isRegularFile = kind == 0 || kind == UInt8(ascii: "0") || kind == UInt8(ascii: "7")
    // Links, devices and directories have no data, whatever they declare.
    byteCount = (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(kind) ? 0 : size
  }

  /// Octal digits among spaces, ended by a space or a zero byte.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 32 }.prefix { $0 != 32 && $0 != 0 }
    guard !digits.isEmpty, digits.allSatisfy({ (48...55).contains($0) }) else { return nil }
    // Eleven digits at most: no overflow.
    return digits.reduce(0) { $0 << 3 | Int($1 - 48) }
  }
}
