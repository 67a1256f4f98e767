import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassPictures
import Testing

/// Writing JPEG and WebP.
@Suite struct CompressedPictureTests {
  private func picture(channels: Int) -> Picture {
    Picture(
      width: 50, height: 33, channels: channels,
      bytes: (0..<50 * 33 * channels).map { UInt8(($0 / channels % 50) * 5) })
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
    let large = Picture(width: 16_384, height: 1, channels: 1, bytes: Array(repeating: 0, count: 16_384))
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
  @Test func checkSum() {
    #expect(crc32CheckSum(Array("123456789".utf8)[...]) == 0xCBF4_3926)
    #expect(crc32CheckSum([]) == 0)
  }

  /// A rising line goes from the lower left to the upper right, in the first curve's colour.
  @Test func chartAsPicture() {
    let chart = LineChart(
      title: "Rising", horizontalLabel: "x", verticalLabel: "y",
      series: [LineChart.Series(name: "line", points: [(0, 0), (10, 5)])], width: 600, height: 400)
    let drawn = chart.drawn()
    #expect(drawn.width == 600 && drawn.height == 400 && drawn.channels == 3)
    let colour = ClassColours.colour(of: 0)
    var places: [(x: Int, y: Int)] = []
    for y in 0..<400 {
      for x in 0..<600 {
        let start = (y * 600 + x) * 3
        if SIMD3(drawn.bytes[start], drawn.bytes[start + 1], drawn.bytes[start + 2]) == colour {
          places.append((x, y))
        }
      }
    }
    // The legend lies in the lower right.
    let line = places.filter { $0.y < 150 || $0.x < 300 }
    #expect(line.count > 200)
    let (left, right) = (line.min { $0.x < $1.x }!, line.max { $0.x < $1.x }!)
    #expect(left.x < 100 && left.y > 300 && right.x > 550 && right.y < 110)
  }
}
