import HourglassBase

/// How far what another program makes of an exported file is from what this library makes of the same samples.
package struct ExportVerification: Sendable {
  /// Such as "ONNX Runtime 1.22.0".
  package var runner: String
  package var samples = 0
  /// The largest difference of each output, as a share of the number or, where that is smaller, of 1; in the order of the file.
  package private(set) var differences: [(output: String, difference: Double)] = []
  /// Of a detector: samples that are an alert in both, or in neither.
  package private(set) var equalAlerts: Int?
  /// Texts that are the same in both, and how many there are.
  package private(set) var texts: (equal: Int, count: Int) = (0, 0)

  /// Outputs of the file that nothing here gives to compare them with.
  package var uncompared: [String] = []

  package init(runner: String) { self.runner = runner }

  /// - Throws: `HourglassError` (badData) when the output has another number of values, or one that is not finite where it should be.
  package mutating func add(
    _ output: String, _ found: [Double], _ expected: [Double]
  ) throws(HourglassError) {
    guard found.count == expected.count else {
      throw HourglassError(
        .badData,
        "\(runner) gives \(grouped(found.count)) numbers as \(output.quotedForMessage) where this program has "
          + "\(grouped(expected.count)); the exported file is not to be used")
    }
    var worst = 0.0
    for (found, expected) in zip(found, expected) where !(found.isNaN && expected.isNaN) {
      let difference = abs(found - expected) / max(1, abs(expected))
      guard difference.isFinite else {
        throw HourglassError(
          .badData,
          "\(runner) gives \(found) as \(output.quotedForMessage) where this program has \(expected); the exported file is not to be used"
        )
      }
      worst = max(worst, difference)
    }
    if let place = differences.firstIndex(where: { $0.output == output }) {
      differences[place].difference = max(differences[place].difference, worst)
    } else {
      differences.append((output, worst))
    }
  }

  package mutating func add(alerts found: [Bool], _ expected: [Bool]) {
    equalAlerts = (equalAlerts ?? 0) + zip(found, expected).count { $0 == $1 }
  }

  package mutating func add(texts found: [String], _ expected: [String]) {
    texts.equal += zip(found, expected).count { $0 == $1 }
    texts.count += max(found.count, expected.count)
  }
}
