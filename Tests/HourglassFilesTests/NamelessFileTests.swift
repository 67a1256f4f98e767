import HourglassFiles
import Testing

/// Files without a name.
struct NamelessFileTests {
  @Test func whatIsAppendedIsReadFromAnywhere() throws {
    let file = try NamelessFile(for: "a test")
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 37 >> 3) }
    for piece in [bytes[..<7], bytes[7..<7], bytes[7...]] {
      try Array(piece).withUnsafeBytes { try file.append($0) }
    }
    for offset in [0, 6, 99_990, 100_000, 200_000] {
      var memory = [UInt8](repeating: 0, count: 4096)
      let count = try memory.withUnsafeMutableBytes { try file.fill($0, at: offset) }
      let wanted = bytes.dropFirst(offset).prefix(4096)
      #expect(count == wanted.count && memory.prefix(count).elementsEqual(wanted), "from \(offset)")
    }
  }
}
