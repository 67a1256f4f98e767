import HourglassCompression
import HourglassTestSupport
import Testing

@Suite struct CompressedFileTests {
  private let digest: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 0xFF]

  private var files: [CompressedFile] {
    [
      CompressedFile(
        modelDigest: digest, contents: .picture(width: 640, height: 3, channels: 3), codes: [9, 8, 7]),
      CompressedFile(
        modelDigest: digest, contents: .samples(count: 10_000, shape: [1, 28, 28], areBytes: true), codes: []),
      CompressedFile(
        modelDigest: digest, contents: .samples(count: 0, shape: [5], areBytes: false),
        codes: Array(repeating: 255, count: 300)),
    ]
  }

  @Test func filesComeBack() throws {
    for file in files { #expect(try CompressedFile(file.bytes, source: "x") == file) }
    #expect(files[0].bytes.count == 4 + 8 + 1 + 2 + 1 + 1 + 1 + 3 + 4)
  }

  @Test func everyFlippedBitIsFound() {
    for file in files {
      let bytes = file.bytes
      for bit in 0..<8 * bytes.count {
        var flipped = bytes
        flipped[bit / 8] ^= 1 << (bit % 8)
        expectSentence(["x.hgz"], .badData) { _ = try CompressedFile(flipped, source: "x.hgz") }
      }
    }
  }

  @Test func everyTruncationAndTrailIsFound() {
    for file in files {
      for count in 0..<file.bytes.count {
        expectSentence([], .badData) { _ = try CompressedFile(Array(file.bytes.prefix(count)), source: "x") }
      }
      for extra in [[0], [0, 0, 0, 0], file.bytes] as [[UInt8]] {
        expectSentence(["check sum"], .badData) { _ = try CompressedFile(file.bytes + extra, source: "x") }
      }
    }
    expectSentence(["is empty"], .badData) { _ = try CompressedFile([], source: "x") }
    expectSentence(["no compressed file of hourglass"], .badData) {
      _ = try CompressedFile(Array("GIF89a and more bytes".utf8), source: "x")
    }
  }

  /// Files whose check sum fits, but that were made to hurt.
  @Test func hostileHeadsAreRefused() {
    func file(_ head: [UInt8], version: UInt8 = 1) -> [UInt8] {
      let bytes = [0x48, 0x47, 0x5A, version] + digest + head
      let sum = crc32(bytes)
      return bytes + (0..<4).map { UInt8(sum >> (8 * UInt32($0)) & 255) }
    }
    let endless = [UInt8](repeating: 0xFF, count: 30)
    for (head, words) in [
      ([], ["ends too early"]), ([9], ["9"]), (endless, ["without an end"]), ([0, 0, 1, 1, 0], ["0 x 1"]),
      ([0, 1, 1, 2, 0], ["2 channels"]), ([0] + endless, ["without an end"]),
      ([0, 0xFF, 0xFF, 3, 0xFF, 0xFF, 3, 1, 0], ["65535 x 65535"]),
      ([1, 5, 9], ["9, and 3 is the limit"]), ([0, 1, 1, 1, 5, 1], ["declares 5 bytes"]),
      ([0, 1, 1, 1, 0, 1], ["declares 0 bytes"]), ([0, 1, 1, 1, 0xFF, 0xFF, 0xFF, 0xFF, 7], ["limit"]),
      ([1, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], ["limit"]),
    ] as [([UInt8], [String])] {
      expectSentence(words, .badData) { _ = try CompressedFile(file(head), source: "x") }
    }
    expectSentence(["version 2", "newer hourglass"], .badData) {
      _ = try CompressedFile(file([0, 1, 1, 1, 0], version: 2), source: "x")
    }
  }
}
