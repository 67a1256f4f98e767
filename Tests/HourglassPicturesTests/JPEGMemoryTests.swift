import HourglassBase
import HourglassPictures
import HourglassTestSupport
import Testing

/// Small files that would take much memory or time.
@Suite struct JPEGMemoryTests {
  private static let side = 4096

  /// A grey progressive picture: one scan of the means, a bit for each block, then others that pass over all blocks in a few
  /// bytes.
  private func picture(scans: Int) -> [UInt8] {
    let blocks = (Self.side / 8) * (Self.side / 8)
    func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
      let length = content.count + 2
      return [0xff, marker, UInt8(length >> 8), UInt8(length & 255)] + content
    }
    func oneCode(_ table: UInt8, _ symbol: UInt8) -> [UInt8] {
      segment(0xc4, [table, 1] + [UInt8](repeating: 0, count: 15) + [symbol])
    }
    let (high, low) = (UInt8(Self.side >> 8), UInt8(Self.side & 255))
    var bytes: [UInt8] = [0xff, 0xd8] + segment(0xdb, [0] + [UInt8](repeating: 1, count: 64))
    bytes += segment(0xc2, [8, high, low, high, low, 1, 1, 0x11, 0]) + oneCode(0, 0) + oneCode(0x10, 0xe0)
    bytes += segment(0xda, [1, 1, 0, 0, 0, 0]) + [UInt8](repeating: 0, count: blocks / 8)
    // Runs of 32,767 blocks without a number: the code's only bit, 0, and fourteen that are 1.
    var bits: [UInt8] = []
    for _ in 0..<(blocks + 32_766) / 32_767 { bits += [0] + [UInt8](repeating: 1, count: 14) }
    while bits.count % 8 != 0 { bits.append(1) }
    var runs: [UInt8] = []
    for start in stride(from: 0, to: bits.count, by: 8) {
      let byte = bits[start..<start + 8].reduce(0) { $0 << 1 | $1 }
      runs += byte == 0xff ? [byte, 0] : [byte]
    }
    for _ in 1..<scans { bytes += segment(0xda, [1, 1, 0, 1, 63, 0]) + runs }
    return bytes + [0xff, 0xd9]
  }

  @Test func scansCountByTheBlocksTheyPassOver() throws {
    #expect(try JPEG.decode(picture(scans: 10), source: "a").width == Self.side)
    let error = thrownError { _ = try JPEG.decode(picture(scans: 190), source: "a") }
    #expect(error.code == .badData && error.says("too many scans for its size"), "\(error)")
  }

  /// Samples, and two bytes for each number of the blocks of a progressive file.
  @Test func memoryIsAskedForBefore() throws {
    let needed = 3 * Self.side * Self.side
    let bytes = picture(scans: 2)
    _ = try JPEG.decode(bytes, source: "a", budget: MemoryBudget(bytes: needed))
    let error = thrownError {
      _ = try JPEG.decode(bytes, source: "a", budget: MemoryBudget(bytes: needed - 1))
    }
    #expect(error.code == .environment)
    #expect(
      error.says("a with 4096 x 4096 pixels of grey takes 50 MB", "use a smaller picture"), "\(error)")
  }

  @Test func fewBytesCannotHoldManyPixels() throws {
    let error = thrownError { _ = try JPEG.decode(Array(picture(scans: 2).prefix(1100)), source: "a") }
    #expect(error.code == .badData && error.says("1,100 bytes cannot hold 4096 x 4096 pixels"), "\(error)")
    let png = try PNG.encode(Picture(width: 40, height: 30, channels: 1, shade: 7))
    #expect(
      thrownError { _ = try PNG.decode(png, source: "a", budget: MemoryBudget(bytes: 1199)) }.code
        == .environment)
    #expect(try PNG.decode(png, source: "a", budget: MemoryBudget(bytes: 1200)).height == 30)
  }
}
