import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport
import Testing

/// What cannot be known is not called normal, absent or zero.
struct UnknowableCellsTests {
  private let scratch = ScratchFolder()

  private func options() -> DetectorOptions {
    var options = DetectorOptions(seed: 1)
    (options.epochs, options.threads) = (30, 1)
    return options
  }

  /// Three columns that go together, and one that is always the same.
  private func table(_ count: Int, stream: UInt32 = 0) -> Table {
    var random = RandomNumbers(seed: 5, purpose: .sampling, stream: stream)
    var columns: [[Double]] = [[], [], [], []]
    for _ in 0..<count {
      let (a, b) = (random.normal(), random.normal())
      for (index, value) in [a, a + 0.1 * b, 2 * a - 0.2 * b, 60].enumerated() {
        columns[index].append(value)
      }
    }
    return Table(trustedColumns: columns.enumerated().map { Table.Column(name: "c\($0)", values: $1) })
  }

  @Test(arguments: ColumnScaling.allCases, [1e155, 1e200, -1.7976931348623157e308])
  func aMarkForNoValueCountsAsMissing(_ scaling: ColumnScaling, _ mark: Double) async throws {
    var marked = table(300)
    marked.columns[0].values[17] = mark
    var options = options()
    options.scaling = scaling
    let detector = try await AnomalyDetector.fit(marked, options: options)
    #expect(
      try detector.encoding.notes.contains { $0.hasPrefix("In column \"c0\" 1 cell, such as \(mark),") })
    let file = URL(filePath: "\(scratch.path)/detector.safetensors")
    try detector.write(to: file)
    let read = try AnomalyDetector.read(from: file)
    // It sees what a detector sees that was fitted without the mark.
    var odd = table(50, stream: 1)
    odd.columns[1].values[3] = 9
    let scores = try read.score(odd)
    #expect(scores.max { $0.value < $1.value }?.row == 3 && scores[3].isAlert)
    #expect(scores.allSatisfy { $0.value.isFinite })
  }

  @Test func columnsOfHugeAndTinyNumbers() async throws {
    for scale in [1e250, 1e-250] {
      var scaled = table(200)
      for index in 0..<3 { scaled.columns[index].values = scaled.columns[index].values.map { $0 * scale } }
      let detector = try await AnomalyDetector.fit(scaled, options: options())
      #expect(try detector.encoding.columnNames == ["c0", "c1", "c2"])
      let usual = try await AnomalyDetector.fit(table(200), options: options())
      let differences = zip(try detector.score(scaled), try usual.score(table(200))).map {
        abs($0.value - $1.value)
      }
      #expect(differences.allSatisfy { $0 < 1e-3 })
    }
  }

  @Test func aRowOfWhichLittleIsKnownHasNoScore() async throws {
    let detector = try await AnomalyDetector.fit(table(300), options: options())
    var asked = table(10, stream: 2)
    for index in 0..<3 { asked.columns[index].values[4] = .nan }
    for index in 0..<2 { asked.columns[index].values[5] = .nan }
    let scores = try detector.score(asked)
    #expect(scores[4].value.isNaN && !scores[4].isAlert)
    #expect(scores.indices.allSatisfy { $0 == 4 || scores[$0].value.isFinite })
  }

  @Test func anotherValueInAConstantColumnIsAnAlert() async throws {
    var training = table(300)
    training.columns.append(
      Table.Column(name: "state", kind: .category(levels: ["OK"]), values: Array(repeating: 0, count: 300)))
    let detector = try await AnomalyDetector.fit(training, options: options())
    var asked = table(10, stream: 3)
    asked.columns[3].values[2] = 900
    asked.columns.append(
      Table.Column(
        name: "state", kind: .category(levels: ["OK", "FAIL"]), values: (0..<10).map { $0 == 6 ? 1 : 0 }))
    let file = URL(filePath: "\(scratch.path)/detector.safetensors")
    try detector.write(to: file)
    let scores = try AnomalyDetector.read(from: file).score(asked)
    let (first, second) = (scores[2].contributions.first, scores[6].contributions.first)
    #expect(scores[2].isAlert && first?.column == "c3" && first?.actual == "900" && first?.expected == "60")
    #expect(
      scores[6].isAlert && second?.column == "state" && second?.actual == "FAIL" && second?.expected == "OK")
  }

  /// A level that stands in no training row, and a text where a number always stood.
  @Test func whatOnlyOtherRowsHaveIsAnAlert() async throws {
    var whole = table(300)
    whole.columns.append(
      Table.Column(
        name: "state", kind: .category(levels: ["OK", "FAIL"]), values: (0..<300).map { $0 == 299 ? 1 : 0 }))
    let detector = try await AnomalyDetector.fit(
      whole, rows: (0..<299).map { UInt32($0) }, options: options())
    var asked = whole
    asked.columns[3] = Table.Column(
      name: "c3", kind: .category(levels: ["60.0", "ERR"]), values: (0..<300).map { $0 == 7 ? 1 : 0 })
    let scores = try detector.score(asked)
    #expect(scores[299].isAlert && scores[299].contributions.first?.column == "state")
    #expect(scores[7].isAlert && scores[7].contributions.first?.actual == "ERR")
    #expect(scores[8].contributions.allSatisfy { $0.column != "c3" })
  }
}
