import HourglassFiles
import HourglassPictures
import HourglassTestSupport
import Testing

struct PictureWritingTests {
  @Test func kindFollowsTheName() throws {
    try withScratchFolder { folder in
      let picture = Picture(width: 16, height: 8, channels: 3, trusted: (0..<384).map { UInt8($0 / 3) })
      for name in ["a.png", "b.c.PNG", "d.jpg", "e.JPEG", "g.jfif", "f\u{600}.png"] {
        try picture.write(to: "\(folder)/\(name)")
        let bytes = try BoundedFile.read("\(folder)/\(name)", limit: 1 << 20)
        #expect(
          bytes.starts(
            with: name.lowercased().hasSuffix("png") ? [0x89, 0x50, 0x4e, 0x47] : [0xff, 0xd8, 0xff]))
        let read = try Picture.read(path: "\(folder)/\(name)")
        #expect(zip(read.bytes, picture.bytes).allSatisfy { abs(Int($0) - Int($1)) <= 4 })
      }
      for name in ["a.gif", "png", ".png", "a.png/b", "a.", ""] {
        let error = thrownError { try picture.write(to: "\(folder)/\(name)") }
        #expect(
          error.code == .usage && error.message.contains("ends in .png, .jpg or .jpeg"), "\(error.message)")
      }
    }
  }
}
