import HourglassBase
import HourglassData
import HourglassFiles
import HourglassTestSupport
import Testing

@Suite struct UnpackedSizeTests {
  private let scratch = ScratchFolder()

  /// A gzip file of some bytes and `count` * 258 more that repeat them, in about 13 to 20 bits for each 258; it has no end.
  ///
  /// - Parameter distance: the code of how far back the bytes are that come again.
  private func bomb(_ beginning: [UInt8], distance: String, count: Int) -> [UInt8] {
    var bytes: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    var (word, filled) = (UInt32(0), 0)
    func put(_ bits: String) {
      for bit in bits {
        word |= (bit == "1" ? 1 : 0) << UInt32(filled)
        filled += 1
        if filled == 8 {
          bytes.append(UInt8(word))
          (word, filled) = (0, 0)
        }
      }
    }
    // The last block, of fixed codes: literals, then the longest match with what was before, again and again.
    put("110")
    for byte in beginning {
      let literal = String(0x30 + Int(byte), radix: 2)
      put(String(repeating: "0", count: 8 - literal.count) + literal)
    }
    for _ in 0..<count { put("11000101" + distance) }
    bytes.append(UInt8(word))
    return bytes
  }

  @Test func whatBecomesTooMuchIsRefused() throws {
    let path = try scratch.write(bomb([UInt8(ascii: "1")], distance: "00000", count: 20_000), "bomb.csv.gz")
    let content = try ContentReader(path: path, unquestioned: 1 << 20)
    #expect(content.greatestByteCount == 100 * content.fileByteCount)
    let error = thrownError { while try !content.next(1 << 23).isEmpty {} }
    #expect(error.code == .badData)
    #expect(
      error.says("unpacks to more than 3,", "the most that its 32,51", "bytes may become; unpack it"),
      "\(error)")
    // Little may become a gibibyte; this ends as nothing does that is whole.
    let lenient = thrownError { while try !ContentReader(path: path).next(1 << 23).isEmpty {} }
    #expect(lenient.says("is cut short"), "\(lenient)")
  }

  /// A table's numbers take more memory than its bytes.
  @Test func tablesMayBecomeLess() throws {
    let line = [UInt8](repeating: UInt8(ascii: " "), count: 383) + Array("1\n".utf8)
    // 385 bytes back.
    let path = try scratch.write(bomb(line, distance: "100010000000", count: 261_000), "bomb.csv.gz")
    let error = thrownError { _ = try Table.read(path: path) }
    #expect(error.code == .badData && error.says("unpacks to more than 67 MB, the most that its"), "\(error)")
  }

  @Test func littleMayBecomeAGibibyte() {
    #expect(UnpackedSize.limit(packed: 10) == 1 << 30)
    #expect(UnpackedSize.limit(packed: 1 << 24) == 100 << 24 && UnpackedSize.limit(packed: .max) == .max)
  }
}
