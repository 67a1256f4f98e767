import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import Testing

struct TableEncodingTests {
  private let table = Table(trustedColumns: [
    .init(name: "x", values: [2, 4, 6, 8, 1000]),
    .init(name: "constant", values: [5, 5, 5, 5, 7]),
    .init(name: "colour", kind: .category(levels: ["red", "blue", "green"]), values: [0, 0, 1, 1, 2]),
    .init(name: "gap", values: [1, .nan, 3, .nan, 5]),
  ])

  /// The first four rows are learnt; the fifth is new.
  @Test func learnsFromTrainingRowsOnly() throws {
    let encoding = try TableEncoding(of: table, rows: [0, 1, 2, 3], scaling: .standard)
    #expect(encoding.columnNames == ["x", "colour", "gap"])
    #expect(encoding.notes == ["Column \"constant\" is constant among the training rows and is left out."])
    // x; red, blue and rare levels; gap and whether it is missing.
    #expect(encoding.featureCount == 6)
    let rows = try encoding.encode(table)
    // Mean 5 and variance 5.
    #expect(abs(rows.sample(0)[0] + 3 / Float(5).squareRoot()) < 1e-6)
    #expect(abs(rows.sample(4)[0] - 995 / Float(5).squareRoot()) < 1e-3)
    #expect(
      Array(rows.sample(1)[1...3]) == [0.5, -0.5, 0] && Array(rows.sample(2)[1...3]) == [-0.5, 0.5, 0])
    #expect(Array(rows.sample(4)[1...3]) == [-0.5, -0.5, 1], "green was never seen, so it is rare")
    #expect(rows.sample(1)[5] == 1 && Array(rows.sample(0)[4...5]) == [-1, 0] && rows.sample(2)[4] == 1)
    #expect(abs(rows.sample(1)[4]) < 1, "what stands in for a missing cell is between the others")
  }

  @Test(arguments: [
    // Quartiles 3.5, 5 and 6.5.
    (ColumnScaling.robust, Float((2 - 5) / (3 / 1.349))), (.minMax, 0),
    (.automatic, -3 / Float(5).squareRoot()),
  ])
  func scalings(scaling: ColumnScaling, expected: Float) throws {
    let rows = try TableEncoding(of: table, rows: [0, 1, 2, 3], scaling: scaling).encode(table)
    #expect(abs(rows.sample(0)[0] - expected) < 1e-5)
  }

  /// Nine tenths near 0 and some very far away.
  @Test func heavyTailsAreBent() throws {
    let values = (0..<1000).map { (row: Int) -> Double in
      row % 100 == 0 ? Double(row) * 1000 : sin(Double(row))
    }
    let heavy = try Table(columns: [.init(name: "x", values: values)])
    let all = (0..<UInt32(1000)).map { $0 }
    func largest(_ scaling: ColumnScaling) throws -> Float {
      let samples = try TableEncoding(of: heavy, rows: all, scaling: scaling).encode(heavy)
      return samples.floats.map(abs).max() ?? 0
    }
    // The farthest is 16 deviations away; bent, its distance counts by its logarithm.
    #expect(try largest(.standard) > 14)
    #expect(try largest(.automatic) < 11)
  }

  /// Times in milliseconds differ by less than single precision can tell.
  @Test func largeNumbersKeepTheirDifferences() throws {
    let times = (0..<100).map { 1_700_000_000_000 + Double($0) }
    let table = try Table(columns: [.init(name: "time", values: times)])
    let samples = try TableEncoding(of: table, rows: (0..<UInt32(100)).map { $0 }).encode(table)
    let steps = zip(samples.floats.dropFirst(), samples.floats).map { $0 - $1 }
    #expect(steps.allSatisfy { abs($0 - 1 / 28.866) < 1e-4 }, "the deviation of 0...99 is 28.866")
  }

  /// A missing cell becomes what linear regression on the others makes of it, by the normal equations here.
  @Test(arguments: [0, 4]) func missingCellsFollowTheOthers(gapsInTraining: Int) throws {
    var random = RandomNumbers(seed: 3, purpose: .sampling)
    var (x, y, z): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<2000 {
      let (a, b) = (random.normal(), random.normal())
      x.append(a)
      y.append(b)
      z.append(2 * a - b + 0.2 * random.normal())
    }
    func table(_ z: [Double]) -> Table {
      Table(trustedColumns: [
        .init(name: "x", values: x), .init(name: "y", values: y), .init(name: "z", values: z),
      ])
    }
    let rows = (0..<UInt32(2000)).map { $0 }
    // Every tenth cell may be missing in training already.
    let training = z.enumerated().map { $0 % 10 < gapsInTraining / 4 ? Double.nan : $1 }
    let encoding = try TableEncoding(of: table(training), rows: rows, scaling: .standard)
    let whole = try encoding.encode(table(z))
    let gaps = try encoding.encode(table(z.map { _ in .nan }))
    func sum(_ first: Int, _ second: Int) -> Double {
      (0..<2000).reduce(0) { $0 + Double(whole.sample($1)[first]) * Double(whole.sample($1)[second]) }
    }
    let determinant = sum(0, 0) * sum(1, 1) - sum(0, 1) * sum(0, 1)
    let ofX = (sum(0, 2) * sum(1, 1) - sum(1, 2) * sum(0, 1)) / determinant
    let ofY = (sum(1, 2) * sum(0, 0) - sum(0, 2) * sum(0, 1)) / determinant
    for row in 0..<100 {
      let features = whole.sample(row)
      let expected = ofX * Double(features[0]) + ofY * Double(features[1])
      #expect(abs(Double(gaps.sample(row)[2]) - expected) < 0.03)
      #expect(gaps.sample(row)[0] == features[0] && gaps.sample(row)[1] == features[1])
    }
  }

  @Test func columnsAreFoundByName() throws {
    let encoding = try TableEncoding(of: table, rows: [0, 1, 2, 3], ignoring: ["gap"])
    let other = try Table(columns: [
      .init(name: "more", values: [1]), .init(name: "colour", kind: .category(levels: ["blue"]), values: [0]),
      .init(name: "x", values: [2]),
    ])
    #expect(try encoding.encode(other).sample(0)[0] == encoding.encode(table).sample(0)[0])
    let missing = try Table(columns: [
      .init(name: "color", kind: .category(levels: ["red"]), values: [0]), .init(name: "x", values: [2]),
    ])
    do {
      _ = try encoding.encode(missing)
      Issue.record("a column is missing")
    } catch {
      #expect(error.code == .badData && error.message.contains("no column \"colour\""))
    }
    let swapped = try Table(columns: [.init(name: "colour", values: [0]), .init(name: "x", values: [2])])
    #expect(throws: HourglassError.self) { try encoding.encode(swapped) }
    let nothing = try Table(columns: [.init(name: "c", values: [1, 1, 1])])
    #expect(throws: HourglassError.self) { try TableEncoding(of: nothing, rows: [0, 1, 2]) }
  }
}
