import HourglassBase
import HourglassData
import HourglassDetection

/// A small table with settings for a detector that learns it in a moment.
enum DetectorFixture {
  /// Rows of three numbers that depend on one another, and a category that follows the first.
  static func table(_ count: Int, broken: Set<Int> = []) -> Table {
    var random = RandomNumbers(seed: 11, purpose: .sampling)
    var (x, y, z, level): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    for row in 0..<count {
      let value = random.normal()
      x.append(value)
      y.append((broken.contains(row) ? -2 : 2) * value + 3 + 0.1 * random.normal())
      z.append(value * value + 0.1 * random.normal())
      level.append(value > 0 ? 1 : 0)
    }
    return Table(trustedColumns: [
      .init(name: "x", values: x), .init(name: "y", values: y), .init(name: "z", values: z),
      .init(name: "sign", kind: .category(levels: ["low", "high"]), values: level),
    ])
  }

  static func options() -> DetectorOptions {
    var options = DetectorOptions(seed: 4)
    options.epochs = 60
    options.threads = 1
    return options
  }
}
