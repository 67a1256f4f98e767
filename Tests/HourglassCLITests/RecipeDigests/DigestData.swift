import Hourglass
import HourglassTestSupport

/// Small data of every kind that recipes and commands take, from whole numbers alone, so that they are the same
/// everywhere. Digests depend on each of their bytes.
enum DigestData {
  /// Writes `images` (IDX, 28 x 28), `cifar` (batches of CIFAR-10), `photos` (PNG), `sounds` (WAV) and `rows.csv`.
  static func write(to scratch: Scratch) throws {
    for folder in ["images", "cifar", "photos", "sounds"] { _ = try scratch.folder(folder) }
    for (part, count, seed) in [("train", 320, 1), ("t10k", 64, 2)] {
      var draws = Draws(state: UInt64(seed))
      let images = (0..<count).flatMap { samples(class: $0 % 10, side: 28, channels: 1, &draws) }
      let labels = (0..<count).map { UInt8($0 % 10) }
      try scratch.write(
        [0x803, count, 28, 28].flatMap(bigEndian) + images, "images/\(part)-images-idx3-ubyte")
      try scratch.write([0x801, count].flatMap(bigEndian) + labels, "images/\(part)-labels-idx1-ubyte")
    }
    let names = (1...5).map { "data_batch_\($0)" } + ["test_batch"]
    for (index, name) in names.enumerated() {
      var draws = Draws(state: UInt64(10 + index))
      let records = (0..<64).flatMap { record in
        [UInt8(record % 10)] + samples(class: record % 10, side: 32, channels: 3, &draws)
      }
      try scratch.write(records, "cifar/\(name).bin")
    }
    for index in 1...4 {
      try PNG.write(photo(index), to: "\(scratch.path)/photos/\(index).png")
    }
    for index in 1...4 {
      try sound(index).write(to: "\(scratch.path)/sounds/\(index).wav")
    }
    try scratch.write(table(rows: 300), "rows.csv")
  }

  /// Knuth's linear congruential sequence.
  private struct Draws {
    var state: UInt64

    /// 0..<bound.
    mutating func callAsFunction(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }

  /// A disc of any place and size on stripes that tell the class, with some noise; channel by channel.
  private static func samples(class kind: Int, side: Int, channels: Int, _ draws: inout Draws) -> [UInt8] {
    let (row, column, radius, shade) = (draws(side), draws(side), 4 + draws(6), 120 + draws(80))
    var bytes: [UInt8] = []
    for channel in 0..<channels {
      for y in 0..<side {
        for x in 0..<side {
          let distance = (y - row) * (y - row) + (x - column) * (x - column)
          let stripe = (x * (kind % 4) + y * (kind / 4 + 1) + channel) % 9 < 3 ? 70 : 10
          bytes.append(UInt8((distance <= radius * radius ? shade - distance : stripe) + draws(32)))
        }
      }
    }
    return bytes
  }

  /// Saw teeth of some pitch that come and go, with some noise.
  private static func sound(_ index: Int) throws -> Sound {
    var draws = Draws(state: UInt64(20 + index))
    let numbers = (0..<40_000).map { place -> Float in
      let tooth = place / 4000 % 2 == 0 ? place % (40 + 23 * index) * 200 : 0
      return Float(tooth + draws(2000)) / 32_768
    }
    return try Sound(rate: 16_000, channels: [numbers])
  }

  /// Slopes and edges of some size; the second one is grey.
  private static func photo(_ index: Int) -> Picture {
    let (width, height, channels) = (60 + 9 * index, 52 + 4 * index, index == 2 ? 1 : 3)
    var bytes: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          let slope = (x * (index + 1) + 2 * y + 30 * channel) % 120
          let edge = (x * x + y * y * index + 900 * channel) / 800 % 2 == 0 ? 20 : 110
          bytes.append(UInt8(slope + edge))
        }
      }
    }
    return Picture(width: width, height: height, channels: channels, trusted: bytes)
  }

  /// Rows on a curve with a category and missing cells; one in twelve lies off the curve.
  private static func table(rows: Int) -> String {
    var draws = Draws(state: 20)
    var lines = ["a,b,c,d,kind,Class"]
    for row in 0..<rows {
      let (a, isAnomaly) = (draws(2001) - 1000, row % 12 == 7)
      let c = (isAnomaly ? draws(1001) : a * a / 1000) + draws(21)
      let b = row % 50 == 3 ? "" : "\(3 * a + draws(101)).5"
      lines.append("\(a),\(b),\(c).25,\(a + c + draws(11)),\(a > 0 ? "up" : "down"),\(isAnomaly ? 1 : 0)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
