import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport
import Testing

/// Sums and products of columns that hold in nearly all rows, and the rows in which they do not.
struct ColumnRelationTests {
  private let scratch = ScratchFolder()

  private static func cents(_ value: Double) -> Double { (value * 100).rounded() / 100 }

  private static func table(_ columns: [(String, [Double])]) -> Table {
    Table(trustedColumns: columns.map { Table.Column(name: $0.0, values: $0.1) })
  }

  /// Invoices with several rates of tax; in the rows `broken` the total is another.
  private static func invoices(_ count: Int, broken: Set<Int> = []) -> Table {
    var random = RandomNumbers(seed: 7, purpose: .sampling)
    var (price, pieces, amount, vat, total): ([Double], [Double], [Double], [Double], [Double]) = (
      [], [], [], [], []
    )
    for row in 0..<count {
      price.append(cents(5 + 95 * random.uniform()))
      pieces.append(Double(1 + random.index(below: 12)))
      amount.append(cents(price[row] * pieces[row]))
      vat.append(cents(amount[row] * [0, 0.07, 0.19][random.index(below: 3)]))
      total.append(cents((amount[row] + vat[row]) * (broken.contains(row) ? 1.1 : 1)))
    }
    return table([
      ("price", price), ("pieces", pieces), ("amount", amount), ("vat", vat), ("total", total),
    ])
  }

  /// The note that tells the relations of a table; empty where there are none.
  private func relations(_ table: Table) throws -> String {
    let rows = (0..<UInt32(table.rowCount)).map { $0 }
    return try TableEncoding(of: table, rows: rows, threads: 1).notes.first { $0.hasPrefix("Relations") }
      ?? ""
  }

  @Test func sumsAndProductsAreFound() throws {
    let broken = Set(stride(from: 5, to: 1500, by: 97))
    let found = try relations(Self.invoices(1500, broken: broken))
    #expect(found.contains("total = amount + vat") && found.contains("amount = price * pieces"), "\(found)")
  }

  /// Rows in which a term is a hundred times what it should be do not draw the relation to them.
  @Test func aTermThatIsBroken() throws {
    var table = Self.invoices(1500)
    for row in stride(from: 4, to: 1500, by: 150) { table.columns[2].values[row] *= 100 }
    #expect(try relations(table).contains("total = amount + vat"))
  }

  @Test func differencesAndLongSums() throws {
    var random = RandomNumbers(seed: 3, purpose: .sampling)
    var months = [[Double]](repeating: [], count: 12)
    var (year, old, paid, spent, balance): ([Double], [Double], [Double], [Double], [Double]) = (
      [], [], [], [], []
    )
    for row in 0..<600 {
      for month in months.indices { months[month].append((1000 * random.uniform()).rounded() / 10) }
      year.append(months.reduce(0) { $0 + $1[row] } + (row % 90 == 4 ? 30 : 0))
      old.append(Self.cents(1000 * random.uniform()))
      paid.append(row % 3 == 0 ? 0 : Self.cents(200 * random.uniform()))
      spent.append(row % 4 == 0 ? 0 : Self.cents(300 * random.uniform()))
      balance.append(old[row] + paid[row] - spent[row])
    }
    let account = Self.table([("old", old), ("in", paid), ("out", spent), ("balance", balance)])
    #expect(try relations(account).contains("balance = old + in - out"))
    let names = months.indices.map { "m\($0 + 1)" }
    let sums = Self.table(Array(zip(names, months)) + [("year", year)])
    #expect(try relations(sums).contains("year = \(names.joined(separator: " + "))"))
  }

  /// What is left out in most rows is a term all the same: rows that have it are as they should be.
  @Test func aTermThatIsMostlyZero() throws {
    var random = RandomNumbers(seed: 5, purpose: .sampling)
    var (amount, vat, discount, total): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    for row in 0..<1000 {
      amount.append(Self.cents(500 * random.uniform()))
      vat.append(Self.cents(amount[row] * (row % 2 == 0 ? 0.07 : 0.19)))
      discount.append(row % 25 == 3 ? Self.cents(amount[row] * 0.1) : 0)
      total.append(amount[row] + vat[row] - discount[row])
    }
    let table = Self.table([("amount", amount), ("vat", vat), ("discount", discount), ("total", total)])
    #expect(try relations(table).contains("total = amount + vat - discount"))
  }

  /// Columns that nearly follow from one another, and many that do not at all.
  @Test func whatIsNotExactIsNoRelation() throws {
    var random = RandomNumbers(seed: 9, purpose: .sampling)
    var columns = [[Double]](repeating: [], count: 12)
    for row in 0..<800 {
      for column in columns.indices { columns[column].append(random.normal()) }
      columns[3][row] = 2 * columns[1][row] + 0.05 * random.normal()
      // Nearly always zero.
      columns[4][row] = row % 60 == 0 ? random.normal() : 0
    }
    #expect(try relations(Self.table(columns.enumerated().map { ("c\($0)", $1) })).isEmpty)
    #expect(try relations(DetectorFixture.table(400)).isEmpty)
  }

  /// Rows that break a sum lie above all others, and these have the scores that they would have without it.
  @Test func brokenRowsAreTheTopAlerts() async throws {
    let broken = Set(stride(from: 3, to: 400, by: 80))
    let table = Self.invoices(400, broken: broken)
    let detector = try await AnomalyDetector.fit(table, options: DetectorFixture.options())
    let scores = try detector.score(table)
    #expect(Set(scores.sorted { $0.value > $1.value }.prefix(broken.count).map(\.row)) == broken)
    let plain = try detector.scores(detector.encoding.encode(table))
    for (score, value) in zip(scores, plain.values) {
      let isBroken = broken.contains(score.row)
      #expect(isBroken ? score.value > value && score.isAlert : score.value == value)
      let (amount, vat, total) = (
        table["amount"]?.text(row: score.row) ?? "", table["vat"]?.values[score.row] ?? 0,
        table["total"]?.text(row: score.row) ?? ""
      )
      guard isBroken else { continue }
      #expect(score.reason.hasPrefix("total is \(total), amount + vat gives "), "\(score.reason)")
      let first = try #require(score.contributions.first)
      let sum = try #require(Double(first.expected))
      #expect(first.column == "total" && first.actual == total)
      #expect(abs(sum - (Double(amount) ?? 0) - vat) < 0.005)
    }
    // A cell that is missing breaks nothing.
    var gaps = table
    gaps.columns[3].values[3] = .nan
    #expect(try !detector.score(gaps)[3].reason.contains("gives"))
  }
}
