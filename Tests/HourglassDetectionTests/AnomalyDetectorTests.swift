import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import Testing

struct AnomalyDetectorTests {
  @Test func findsBrokenDependencies() async throws {
    let broken: Set<Int> = [5, 77, 123, 301, 399]
    let all = DetectorFixture.table(400, broken: broken)
    let rows = (0..<UInt32(400)).filter { !broken.contains(Int($0)) }
    let detector = try await AnomalyDetector.fit(all, rows: rows, options: DetectorFixture.options())
    let scores = try detector.score(all, threads: 2)
    let quality = try #require(
      RankingQuality(scores: scores.map(\.value), isAnomaly: scores.map { broken.contains($0.row) }))
    #expect(quality.areaUnderROC > 0.97)
    // About one in a hundred of the others.
    #expect(scores.count { $0.isAlert && !broken.contains($0.row) } <= 6)
    let worst = try #require(scores.max { $0.value < $1.value })
    #expect(broken.contains(worst.row) && worst.isAlert && worst.contributions.count == 3)
    #expect(worst.contributions.map(\.column).contains("y"))
    #expect(
      worst.contributions.allSatisfy { !$0.actual.isEmpty && !$0.expected.isEmpty && 0...1 ~= $0.share })
    let y = try #require(worst.contributions.first { $0.column == "y" })
    #expect(Double(y.actual) == all["y"]?.values[worst.row])
  }

  /// Rows that lack a cell are neither alerts for that, nor do they hide what is wrong with the other cells.
  @Test func missingCellsAreLeftOut() async throws {
    let broken = Set(stride(from: 3, to: 600, by: 30))
    let whole = DetectorFixture.table(600, broken: broken)
    let rows = (0..<UInt32(600)).filter { !broken.contains(Int($0)) }
    let detector = try await AnomalyDetector.fit(whole, rows: rows, options: DetectorFixture.options())
    func withGaps(_ column: Int) -> Table {
      var part = whole
      part.columns[column].values = part.columns[column].values.map { _ in .nan }
      return part
    }
    func quality(_ scores: [AnomalyScore]) throws -> Double {
      try #require(
        RankingQuality(scores: scores.map(\.value), isAnomaly: scores.map { broken.contains($0.row) })
      ).areaUnderROC
    }
    let alerts = try detector.score(whole).count { $0.isAlert && !broken.contains($0.row) }
    for column in 0..<4 {
      let scores = try detector.score(withGaps(column))
      // x and y follow from one another linearly; the square and the sign only the model can guess.
      #expect(
        scores.count { $0.isAlert && !broken.contains($0.row) } <= alerts + (column < 2 ? 12 : 120),
        "column \(column)")
      // Without y nothing is broken, and without x neither.
      if column > 1 { #expect(try quality(scores) > 0.9, "column \(column)") }
    }
    let nothing = try Table(
      columns: whole.columns.map { column in
        var column = column
        column.values = [.nan]
        return column
      })
    // Nobody can say how odd a row is of which nothing is known.
    #expect(try detector.score(nothing)[0].value.isNaN)
  }

  @Test func sameSeedSameScores() async throws {
    let all = DetectorFixture.table(200)
    var options = DetectorFixture.options()
    let first = try await AnomalyDetector.fit(all, options: options).score(all).map(\.value)
    options.threads = 3
    #expect(try await AnomalyDetector.fit(all, options: options).score(all).map(\.value) == first)
    options.seed = 5
    #expect(try await AnomalyDetector.fit(all, options: options).score(all).map(\.value) != first)
  }

  @Test func refusals() async throws {
    var wrong = DetectorFixture.options()
    wrong.threshold = .bestF1
    await #expect(throws: HourglassError.self) {
      try await AnomalyDetector.fit(DetectorFixture.table(50), options: wrong)
    }
    await #expect(throws: HourglassError.self) {
      try await AnomalyDetector.fit(
        DetectorFixture.table(50), rows: [1, 2], options: DetectorFixture.options())
    }
    wrong = DetectorFixture.options()
    wrong.code = 0
    await #expect(throws: HourglassError.self) {
      try await AnomalyDetector.fit(DetectorFixture.table(50), options: wrong)
    }
  }

  /// One column only, and as few rows as there may be.
  @Test func smallestTables() async throws {
    let narrow = try Table(columns: [.init(name: "x", values: [1, 2, 3, 4, 5, 100])])
    let detector = try await AnomalyDetector.fit(
      narrow, rows: [0, 1, 2, 3, 4], options: DetectorFixture.options())
    let scores = try detector.score(narrow).map(\.value)
    #expect(scores.indices.max { scores[$0] < scores[$1] } == 5)
    await #expect(throws: Never.self) {
      try await AnomalyDetector.fit(narrow, rows: [0, 1, 2], options: DetectorFixture.options())
    }
  }

  @Test func labels() throws {
    func meaning(_ column: Table.Column, _ anomalies: Set<String> = []) throws -> [Bool?]? {
      let table = try Table(columns: [column])
      return try AnomalyLabels(column: column.name, anomalies: anomalies, in: table).labels(in: table)
    }
    #expect(try meaning(.init(name: "c", values: [0, 1, .nan, 0])) == [false, true, nil, false])
    #expect(try meaning(.init(name: "c", values: [1, 1, 1, 0])) == [true, true, true, false])
    #expect(try meaning(.init(name: "c", values: [1, 1, -1, 4])) == [false, false, true, true])
    let texts = Table.Kind.category(levels: ["good", "bad", "ugly"])
    #expect(try meaning(.init(name: "c", kind: texts, values: [0, 0, 1, 2])) == [false, false, true, true])
    #expect(
      try meaning(.init(name: "c", kind: texts, values: [0, 0, 1, 2]), ["ugly"]) == [
        false, false, false, true,
      ])
    #expect(throws: HourglassError.self) { try meaning(.init(name: "c", values: [1, 1])) }
    #expect(throws: HourglassError.self) { try meaning(.init(name: "c", values: [0, 1]), ["2"]) }
  }
}
