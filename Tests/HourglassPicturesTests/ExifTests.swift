import Foundation
import HourglassBase
import HourglassPictures
import HourglassTestSupport
import Testing

/// How pictures are turned, wherever and however their files say it. All cases are upside down, so that their pixels come in the
/// reverse order.
struct ExifTests {
  /// TIFF data with a directory of two entries, of which the second is the orientation.
  ///
  /// - Parameter kind: 1 for a byte, 3 for a short number, 4 for a long one.
  private func exif(_ orientation: UInt8, kind: UInt8, isLittle: Bool) -> [UInt8] {
    func number(_ value: Int, _ width: Int) -> [UInt8] {
      isLittle ? littleEndian(value, width) : littleEndian(value, width).reversed()
    }
    let width = [1: 1, 3: 2, 4: 4][kind] ?? 4
    let head = (isLittle ? Array("II".utf8) : Array("MM".utf8)) + number(42, 2) + number(8, 4)
    let maker = number(0x010f, 2) + number(2, 2) + number(2, 4) + [65, 0, 0, 0]
    let value = number(Int(orientation), width) + [UInt8](repeating: 0, count: 4 - width)
    return head + number(2, 2) + maker + number(0x0112, 2) + number(Int(kind), 2) + number(1, 4) + value
      + number(0, 4)
  }

  private var all: [[UInt8]] {
    [1, 3, 4].flatMap { kind in [true, false].map { exif(3, kind: kind, isLittle: $0) } }
  }

  private let name = Array("Exif".utf8) + [0, 0] as [UInt8]

  private func reversed(_ picture: Picture) -> Picture {
    let pixels = stride(from: 0, to: picture.bytes.count, by: picture.channels).map {
      Array(picture.bytes[$0..<$0 + picture.channels])
    }
    return Picture(
      width: picture.width, height: picture.height, channels: picture.channels,
      trusted: pixels.reversed().flatMap(\.self))
  }

  private func gradient(channels: Int) -> Picture {
    Picture(
      width: 6, height: 4, channels: channels, trusted: (0..<24 * channels).map { UInt8($0 * 3) })
  }

  private func expectUpsideDown(
    _ file: [UInt8], _ plain: Picture, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let read = try Picture.decode(file, source: "a")
    #expect(read == reversed(plain), comment, sourceLocation: sourceLocation)
  }

  /// Markers may have any number of 0xff before them; some have no segment behind them.
  @Test func inJPEG() throws {
    let file = try JPEG.encode(gradient(channels: 3), quality: 90)
    let plain = try Picture.decode(file, source: "a")
    for data in all {
      for fill in 0..<4 {
        let length = 2 + name.count + data.count
        let fills = [UInt8](repeating: 0xff, count: fill)
        let segment = [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 255)] + name + data
        try expectUpsideDown(file[..<2] + fills + segment + file[2...], plain, "\(fill) fill bytes")
        // Behind another segment too, whose end has fill bytes.
        let comment: [UInt8] = [0xff, 0xfe, 0, 4, 65, 66]
        try expectUpsideDown(file[..<2] + comment + fills + segment + file[2...], plain)
      }
    }
  }

  private func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let checked = Array(name.utf8) + content
    return bigEndian(content.count) + checked + bigEndian(Int(crc32(checked)))
  }

  @Test func inPNG() throws {
    for channels in [1, 3] {
      let plain = gradient(channels: channels)
      let file = try PNG.encode(plain)
      let end = file.count - 12
      for data in all + all.map({ name + $0 }) {
        let chunk = chunk("eXIf", data)
        // Behind the header, which is 13 bytes, and behind the picture's data.
        for place in [8 + 25, end] {
          try expectUpsideDown(file[..<place] + chunk + file[place...], plain, "at \(place)")
        }
        var damaged = chunk
        damaged[chunk.count - 1] ^= 1
        #expect(try Picture.decode(file[..<end] + damaged + file[end...], source: "a") == plain)
      }
    }
  }

  @Test func inWebP() throws {
    let file = try WebP.encode(gradient(channels: 3), quality: 90)
    let plain = try Picture.decode(file, source: "a")
    func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
      Array(name.utf8) + littleEndian(content.count) + content + (content.count % 2 == 1 ? [0] : [])
    }
    for data in all + all.map({ name + $0 }) + all.map({ $0 + [0] }) {
      let features = chunk("VP8X", [8, 0, 0, 0] + littleEndian(5, 3) + littleEndian(3, 3))
      let content = Array("WEBP".utf8) + features + file[12...] + chunk("EXIF", data)
      try expectUpsideDown(Array("RIFF".utf8) + littleEndian(content.count) + content, plain)
    }
  }

  @Test func whatMakesNoSenseIsUpright() throws {
    let plain = gradient(channels: 1)
    let file = try PNG.encode(plain)
    let good = exif(3, kind: 3, isLittle: true)
    var cases = [
      exif(0, kind: 3, isLittle: true), exif(9, kind: 4, isLittle: false), exif(3, kind: 2, isLittle: true),
    ]
    cases += (0..<good.count - 4 - 2).map { Array(good.prefix($0)) }
    for data in cases {
      let changed = file[..<33] + chunk("eXIf", data) + file[33...]
      #expect(try Picture.decode(Array(changed), source: "a") == plain, "\(data.count)")
    }
  }

  @Test func survivesMutations() throws {
    let png = try PNG.encode(gradient(channels: 1))
    var random = TestNumbers(9)
    for round in 0..<3000 {
      let data = random.mutating(all[round % all.count])
      let picture = try Picture.decode(png[..<33] + chunk("eXIf", data) + png[33...], source: "a")
      #expect(picture.bytes.count == 24)
    }
  }
}
