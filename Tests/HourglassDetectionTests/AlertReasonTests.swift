import HourglassBase
import HourglassData
import HourglassDetection
import Testing

/// Why a row is said to be odd.
struct AlertReasonTests {
  /// Orders whose currency follows from their country; one in ten has no country, and pays in euros.
  private func orders(_ count: Int, odd: Int? = nil) -> Table {
    var random = RandomNumbers(seed: 13, purpose: .sampling)
    var (countries, currencies, amounts): ([Double], [Double], [Double]) = ([], [], [])
    for row in 0..<count {
      let country = row % 10 == 9 ? Double.nan : Double(random.index(below: 2))
      countries.append(country)
      currencies.append(country == 1 ? 1 : 0)
      amounts.append(100 + 20 * random.normal())
      if row == odd { (countries[row], currencies[row], amounts[row]) = (.nan, 1, 100) }
    }
    return Table(trustedColumns: [
      .init(name: "country", kind: .category(levels: ["DE", "CH"]), values: countries),
      .init(name: "currency", kind: .category(levels: ["EUR", "CHF"]), values: currencies),
      .init(name: "amount", values: amounts),
    ])
  }

  @Test func aPairThatWasNeverTogetherIsNamed() async throws {
    let detector = try await AnomalyDetector.fit(orders(500), options: DetectorFixture.options())
    let score = try detector.score(orders(500, odd: 40))[40]
    #expect(score.isAlert)
    #expect(
      score.reason == "currency CHF with no country: 0 of 500 training rows", "\(score.reason)")
  }

  /// Where all cells are as expected none is named, but the rows that the row is compared with.
  @Test func noCellIsNamedWhereNoneStandsOut() async throws {
    var table = orders(500)
    table.columns.removeLast()
    var detector = try await AnomalyDetector.fit(table, options: DetectorFixture.options())
    // So that ordinary rows have a reason too.
    detector.threshold.value = -1e6
    for score in try detector.score(table).prefix(20) {
      #expect(score.isAlert && score.contributions.isEmpty)
      let start = "no single cell; the combination is unusual, compared with rows "
      let end = " (nearest training rows)"
      #expect(score.reason.hasPrefix(start) && score.reason.hasSuffix(end), "\(score.reason)")
      let rows = score.reason.dropFirst(start.count).dropLast(end.count).split(separator: ", ")
        .compactMap { Int($0) }
      #expect(Set(rows).count == 3 && rows.allSatisfy { 1...500 ~= $0 && $0 != score.row + 1 })
      // They are alike: codes of equal rows are equal.
      for row in rows {
        #expect(table.columns.allSatisfy { $0.text(row: row - 1) == $0.text(row: score.row) })
      }
    }
  }

  @Test func aCellThatStandsOutIsNamed() async throws {
    let detector = try await AnomalyDetector.fit(orders(500), options: DetectorFixture.options())
    var asked = orders(20)
    asked.columns[2].values[4] = 900
    let score = try detector.score(asked)[4]
    #expect(score.isAlert && score.reason.hasPrefix("amount is 900, expected "), "\(score.reason)")
    #expect(score.contributions.first?.column == "amount")
    #expect(score.contributions.allSatisfy { $0.share >= 0.005 })
    // No row that is no alert has a reason.
    #expect(try detector.score(asked).allSatisfy { $0.isAlert || $0.reason.isEmpty })
  }
}
