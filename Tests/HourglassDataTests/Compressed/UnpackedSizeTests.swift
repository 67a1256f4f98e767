import HourglassBase
import HourglassData
import HourglassFiles
import HourglassTestSupport
import Testing

@Suite struct UnpackedSizeTests {
  private let scratch = ScratchFolder()

  /// A gzip file of `count` * 258 + 1 equal bytes, in about 13 bits for each 258; it has no end.
  private func bomb(_ byte: UInt8, count: Int) -> [UInt8] {
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
    // The last block, of fixed codes: a literal, then the longest match with the byte before, again and again.
    put("110")
    let literal = String(0x30 + Int(byte), radix: 2)
    put(String(repeating: "0", count: 8 - literal.count) + literal)
    for _ in 0..<count { put("1100010100000") }
    bytes.append(UInt8(word))
    return bytes
  }

  @Test func whatBecomesTooMuchIsRefused() throws {
    let path = try scratch.write(bomb(UInt8(ascii: "1"), count: 20_000), "bomb.csv.gz")
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

  @Test func littleMayBecomeAGibibyte() {
    #expect(UnpackedSize.limit(packed: 10) == 1 << 30)
    #expect(UnpackedSize.limit(packed: 1 << 24) == 100 << 24 && UnpackedSize.limit(packed: .max) == .max)
  }
}
