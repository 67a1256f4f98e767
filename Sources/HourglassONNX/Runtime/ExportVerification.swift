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

  package init(runner: String) { self.runner = runner }

  package mutating func add(_ output: String, _ found: [Double], _ expected: [Double]) {
    var worst = found.count == expected.count ? 0 : Double.infinity
    for (found, expected) in zip(found, expected) where !(found.isNaN && expected.isNaN) {
      let difference = abs(found - expected) / max(1, abs(expected))
      worst = difference.isNaN ? .infinity : max(worst, difference)
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
