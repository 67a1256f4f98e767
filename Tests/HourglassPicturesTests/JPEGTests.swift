import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures
import HourglassTestSupport
import Testing

/// Files that Pillow wrote (`reference.py`), of pictures of 24 x 16 pixels: red grows to the right, green downwards, blue is 128; the
/// grey one is red alone.
struct JPEGTests {
  private func file(_ name: String) throws -> [UInt8] {
    let base64 = try #require(jpegFixtures[name])
    return Array(try #require(Data(base64Encoded: base64)))
  }

  /// How far a sample may be from what was packed.
  private func expectGradient(
    _ picture: Picture, tolerance: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect((picture.width, picture.height) == (24, 16), sourceLocation: sourceLocation)
    var greatest = 0
    for y in 0..<16 {
      for x in 0..<24 {
        let expected = [x * 10, y * 15, 128]
        for channel in 0..<picture.channels {
          let value = Int(picture.bytes[(y * 24 + x) * picture.channels + channel])
          greatest = max(greatest, abs(value - expected[channel]))
        }
      }
    }
    #expect(greatest <= tolerance, sourceLocation: sourceLocation)
  }

  @Test func readsGreyAndColours() throws {
    let grey = try Picture.decode(file("grey"), source: "a.jpg")
    #expect(grey.channels == 1)
    expectGradient(grey, tolerance: 4)
    for name in ["colour", "progressive"] {
      let picture = try Picture.decode(file(name), source: "a.jpg")
      #expect(picture.channels == 3)
      expectGradient(picture, tolerance: 8)
    }
  }

  /// Four inks: what is left of the light after each; black is 0, so the three colours are what they were.
  @Test func readsInks() throws {
    let picture = try Picture.decode(file("inks"), source: "a.jpg")
    #expect(picture.channels == 3)
    expectGradient(picture, tolerance: 12)
  }

  /// The same picture under every orientation: all are seen alike.
  @Test(arguments: 1...8) func turnsAsTheCameraSays(orientation: Int) throws {
    let picture = try Picture.decode(file("turned\(orientation)"), source: "a.jpg")
    expectGradient(picture, tolerance: 10)
  }

  @Test func readsFiles() throws {
    try withScratchFolder { folder in
      let path = folder + "/looks-like.png"
      try AtomicFile.write(file("grey"), to: path)
      #expect(try Picture.read(path: path).width == 24)
      let png = Picture(width: 2, height: 1, channels: 3, trusted: [1, 2, 3, 4, 5, 6])
      try PNG.write(png, to: folder + "/looks-like.jpg")
      #expect(try Picture.read(path: folder + "/looks-like.jpg") == png)
      try AtomicFile.write("a text", to: path)
      let error = thrownError { _ = try Picture.read(path: path) }
      #expect(error.code == .badData)
      #expect(error.says("Cannot read \(path): it is neither a PNG nor a JPEG nor a WebP file; convert it"))
      try AtomicFile.write("", to: path)
      #expect(thrownError { _ = try Picture.read(path: path) }.says("it is empty"))
      #expect(thrownError { _ = try Picture.read(path: folder + "/none") }.code == .environment)
    }
  }

  /// The size stands after the mark of the frame: ff c0 (or ff c2), two bytes of length, one of precision.
  private func withSize(_ bytes: [UInt8], height: Int, width: Int) throws -> [UInt8] {
    let frame = try #require(
      bytes.indices.dropLast(9).first { bytes[$0] == 0xff && [0xc0, 0xc2].contains(bytes[$0 + 1]) })
    var changed = bytes
    changed.replaceSubrange(
      frame + 5..<frame + 9, with: [height >> 8, height & 255, width >> 8, width & 255].map { UInt8($0) })
    return changed
  }

  @Test func refusesLargePictures() throws {
    let large = try withSize(file("grey"), height: 8948, width: 10_000)
    let error = thrownError { _ = try Picture.decode(large, source: "a.jpg") }
    #expect(
      error.message
        == "Cannot read a.jpg: its 10000 x 8948 pixels are more than 65535 along a side or 89478485 in all; "
        + "use a smaller picture.")
    // libjpeg's own limit is lower than ours.
    let long = try withSize(file("grey"), height: 1, width: 65_535)
    #expect(
      thrownError { _ = try Picture.decode(long, source: "a.jpg") }.says("Maximum supported image dimension"))
    for name in ["grey", "progressive"] {
      let empty = try withSize(file(name), height: 4000, width: 4000)
      let message = thrownError { _ = try Picture.decode(empty, source: "a.jpg") }.message
      #expect(message.hasPrefix("Cannot read a.jpg: it is no whole JPEG file ("), "\(message)")
    }
  }

  @Test func refusesDamage() throws {
    for name in ["grey", "colour", "progressive", "inks"] {
      let whole = try file(name)
      for count in 3..<whole.count {
        let error = thrownError { _ = try Picture.decode(Array(whole.prefix(count)), source: "a.jpg") }
        #expect(error.code == .badData)
        #expect(error.message.hasPrefix("Cannot read a.jpg: it is no whole JPEG file ("), "\(error)")
        #expect(error.message.hasSuffix("); get a fresh copy of the file."))
      }
    }
  }

  @Test func survivesMutations() throws {
    let files = try ["grey", "colour", "progressive", "inks", "turned6"].map { try file($0) }
    var random = TestNumbers(11)
    var read = 0
    for round in 0..<4000 {
      do {
        let picture = try Picture.decode(random.mutating(files[round % files.count]), source: "a.jpg")
        #expect(picture.bytes.count == picture.width * picture.height * picture.channels)
        read += 1
      } catch let error as HourglassError {
        #expect(error.code == .badData && error.message.count < 400, "\(error)")
      }
    }
    #expect(read > 100)
  }

  /// More scans than any camera writes: the first of a progressive file a thousand times.
  @Test func refusesManyScans() throws {
    let whole = try file("progressive")
    let scan = try #require(whole.indices.first { whole[$0] == 0xff && whole[$0 + 1] == 0xda })
    let end = try #require((scan + 2..<whole.count - 1).first { whole[$0] == 0xff && whole[$0 + 1] != 0 })
    let repeated = whole[..<end] + (0..<1000).flatMap { _ in whole[scan..<end] } + whole[end...]
    let error = thrownError { _ = try Picture.decode(Array(repeated), source: "a.jpg") }
    #expect(error.says("too many scans"), "\(error)")
  }
}
