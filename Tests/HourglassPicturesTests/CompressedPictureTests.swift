import HourglassBase
import HourglassPictures
import Testing

/// Writing JPEG and WebP.
@Suite struct CompressedPictureTests {
  private func picture(channels: Int) -> Picture {
    Picture(
      width: 50, height: 33, channels: channels,
      trusted: (0..<50 * 33 * channels).map { UInt8(($0 / channels % 50) * 5) })
  }

  private func error(_ a: Picture, _ b: Picture) -> Double {
    let squares = zip(a.bytes, b.bytes).map { (Double($0) - Double($1)) * (Double($0) - Double($1)) }
    return squares.reduce(0, +) / Double(squares.count)
  }

  @Test(arguments: [1, 3])
  func betterQualityIsNearerAndLarger(channels: Int) throws {
    let original = picture(channels: channels)
    let jpeg = try [5, 50, 98].map { try JPEG.encode(original, quality: $0) }
    let webp = try [0.0, 50, 98].map { try WebP.encode(original, quality: $0) }
    for (files, decode) in [
      (jpeg, { try JPEG.decode($0, source: "x") }), (webp, { try WebP.decode($0, source: "x") }),
    ] as [([[UInt8]], ([UInt8]) throws -> Picture)] {
      let errors = try files.map { error(original, try decode($0).converted(toChannels: channels)) }
      #expect(errors[0] > errors[2] && errors[2] < 12, "\(errors)")
      #expect(files[0].count < files[2].count)
    }
    #expect(try JPEG.decode(jpeg[0], source: "x").channels == channels)
  }

  @Test func mistakesAreExplained() {
    let large = Picture(width: 16_384, height: 1, channels: 1, trusted: Array(repeating: 0, count: 16_384))
    let attempts: [(String, () throws -> Void)] = [
      ("quality", { _ = try JPEG.encode(large, quality: 0) }),
      ("16383", { _ = try WebP.encode(large, quality: 5) }),
      ("quality 101", { _ = try WebP.encode(picture(channels: 1), quality: 101) }),
      ("no whole WebP", { _ = try WebP.decode([1, 2, 3], source: "x") }),
    ]
    for (piece, attempt) in attempts {
      let error = #expect(throws: HourglassError.self) { try attempt() }
      #expect(error?.message.contains(piece) ?? false, "\(error?.message ?? "")")
    }
  }

  /// The check value of CRC-32 for the nine digits (Williams 1993).
}
