import HourglassBase
import HourglassPictures
import HourglassTestSupport
import Testing

/// A PNG file put together chunk by chunk, its data stored without compression.
private func pngFile(
  width: UInt32, height: UInt32, depth: UInt8 = 8, colourType: UInt8, data: [UInt8]
) -> [UInt8] {
  func bigEndian(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian, Array.init) }
  func chunk(_ name: String, _ contents: [UInt8]) -> [UInt8] {
    let checked = Array(name.utf8) + contents
    var check: UInt32 = .max
    for byte in checked {
      check ^= UInt32(byte)
      for _ in 0..<8 { check = check & 1 == 1 ? check >> 1 ^ 0xEDB8_8320 : check >> 1 }
    }
    return bigEndian(UInt32(contents.count)) + checked + bigEndian(~check)
  }
  var (low, high): (UInt32, UInt32) = (1, 0)
  for byte in data {
    low = (low + UInt32(byte)) % 65521
    high = (high + low) % 65521
  }
  let length = UInt16(data.count)
  let lengths = [length, ~length].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
  let packed = [0x78, 0x01, 0x01] + lengths + data + bigEndian(high << 16 | low)
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    + chunk("IHDR", bigEndian(width) + bigEndian(height) + [depth, colourType, 0, 0, 0])
    + chunk("IDAT", packed) + chunk("IEND", [])
}

struct PNGTests {
  private func noise(width: Int, height: Int, channels: Int) -> Picture {
    var random = TestNumbers(3)
    let bytes = (0..<width * height * channels).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    return Picture(width: width, height: height, channels: channels, trusted: bytes)
  }

  @Test(arguments: [(1, 1, 1), (1, 1, 3), (28, 28, 1), (7, 5, 3), (65_535, 2, 1), (700, 900, 3)])
  func givesBackWhatWasWritten(width: Int, height: Int, channels: Int) throws {
    let picture = noise(width: width, height: height, channels: channels)
    let bytes = try PNG.encode(picture)
    #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(try PNG.decode(bytes, source: "a.png") == picture)
    #expect(try PNG.encode(picture) == bytes)
  }

  @Test func writesAndReadsFiles() throws {
    try withScratchFolder { folder in
      let picture = noise(width: 9, height: 4, channels: 3)
      try PNG.write(picture, to: folder + "/a.png")
      #expect(try PNG.read(path: folder + "/a.png") == picture)
      #expect(
        thrownError { try PNG.write(picture, to: folder + "/none/a.png") }.message
          .hasPrefix("Cannot write \(folder)/none/a.png: there is no folder \(folder)/none;"))
      #expect(
        thrownError { _ = try PNG.read(path: folder + "/b.png") }.message
          .hasPrefix("Cannot read \(folder)/b.png: there is no such file;"))
    }
  }

  @Test func readsOtherKinds() throws {
    let transparent = pngFile(
      width: 3, height: 1, colourType: 6, data: [0, 10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 0])
    #expect(
      try PNG.decode(transparent, source: "a")
        == Picture(width: 3, height: 1, channels: 3, trusted: [10, 20, 30, 255, 255, 255, 255, 255, 255]))
    let deep = pngFile(width: 2, height: 1, depth: 16, colourType: 0, data: [0, 0x80, 0x80, 0xFF, 0xFF])
    #expect(
      try PNG.decode(deep, source: "a") == Picture(width: 2, height: 1, channels: 1, trusted: [128, 255]))
    let bits = pngFile(width: 4, height: 1, depth: 1, colourType: 0, data: [0, 0b1010_0000])
    #expect(try PNG.decode(bits, source: "a").bytes == [255, 0, 255, 0])
  }

  @Test func refusesLargePictures() throws {
    for (width, height) in [(65_536, 1), (1, 65_536), (10_000, 8_948), (1 << 30, 1 << 30)]
      as [(UInt32, UInt32)]
    {
      let file = pngFile(width: width, height: height, colourType: 0, data: [0])
      let error = thrownError { _ = try PNG.decode(file, source: "a.png") }
      #expect(error.code == .badData)
      // Sides of more than a million are refused by libpng itself.
      let isExtreme = width == 1 << 30
      #expect(
        isExtreme
          || error.message
            == "Cannot read a.png: its \(width) x \(height) pixels are more than 65535 along a side or 89478485 "
            + "in all; use a smaller picture."
      )
    }
    let wide = Picture(width: 65_536, height: 1, channels: 1, trusted: Array(repeating: 0, count: 65_536))
    let error = thrownError { _ = try PNG.encode(wide) }
    #expect(error.code == .usage)
    #expect(
      error.message
        == "Cannot write a PNG of 65536 x 1 pixels, more than 65535 along a side or 89478485 in all; "
        + "make it smaller.")
  }

  @Test func refusesDamage() throws {
    let whole = try PNG.encode(noise(width: 20, height: 20, channels: 1))
    let error = thrownError { _ = try PNG.decode(Array("no picture at all".utf8), source: "a.png") }
    #expect(error.code == .badData)
    #expect(
      error.message
        == "Cannot read a.png: it is no whole PNG file (Not a PNG file); get a fresh copy of the file.")
    #expect(thrownError { _ = try PNG.decode([], source: "a.png") }.code == .badData)
    // The last chunk holds nothing, so a file without it is still whole.
    for count in stride(from: 0, to: whole.count - 16, by: 3) {
      let error = thrownError { _ = try PNG.decode(Array(whole.prefix(count)), source: "a.png") }
      #expect(error.message.hasPrefix("Cannot read a.png: it is no whole PNG file ("))
    }
  }

  @Test func survivesMutations() throws {
    let whole = try PNG.encode(noise(width: 6, height: 6, channels: 3))
    let loose = pngFile(width: 2, height: 2, colourType: 2, data: Array(repeating: 0, count: 14))
    var random = TestNumbers(5)
    for round in 0..<5_000 {
      let mutated = random.mutating(round.isMultiple(of: 2) ? whole : loose)
      do {
        let picture = try PNG.decode(mutated, source: "a.png")
        #expect(picture.bytes.count == picture.width * picture.height * picture.channels)
      } catch let error as HourglassError {
        #expect(error.code == .badData)
      }
    }
  }
}
