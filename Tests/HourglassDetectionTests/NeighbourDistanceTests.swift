import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassModels
import HourglassTestSupport
import Testing

/// How far a row is from the nearest training rows, in the space of encoded rows joined with whitened residuals.
struct NeighbourDistanceTests {
  private let scratch = ScratchFolder()

  /// What a file holds of the distance.
  private struct Stored {
    /// Points of training rows.
    var references: [[Float]]
    var mean: [Float]
    var whitening: [Float]
    var scales: [Double]
    var neighbours: Int
    /// How much the nearest counts alone.
    var nearestShare: Double

    init(_ file: SafeTensors) throws {
      func rows(_ name: String) throws -> [[Float]] {
        let tensor = try #require(file.tensors.first { $0.name == "detector.\(name)" })
        let width = tensor.shape[tensor.shape.rank - 1]
        return stride(from: 0, to: tensor.values.count, by: width).map {
          Array(tensor.values[$0..<$0 + width])
        }
      }
      references = try rows("references")
      (mean, whitening) = (try rows("residual_mean")[0], try rows("residual_whitening").flatMap(\.self))
      let json = try JSONValue.parse(Array(try #require(file.metadata["detector"]).utf8), source: "file")
      scales = try #require(json["joined_scales"]?.arrayValue).compactMap(\.doubleValue)
      neighbours = try #require(json["neighbours"]?.intValue)
      nearestShare = file.metadata["format"] == "hourglass detector 5" ? 0 : 0.5
    }

    /// The distance of a row, as it is defined.
    func distance(_ input: [Float], _ reconstruction: [Float]) -> Double {
      let features = input.count
      let residual = input.indices.map { Double(input[$0] - reconstruction[$0]) - Double(mean[$0]) }
      let whitened = input.indices.map { column in
        input.indices.reduce(0.0) { $0 + residual[$1] * Double(whitening[$1 * features + column]) }
      }
      let point = input.map { Double($0) * scales[0] } + whitened.map { $0 * scales[1] }
      let nearest = references.map { other in
        zip(point, other).reduce(0.0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }.squareRoot()
      }.sorted().prefix(neighbours)
      return nearestShare * nearest[0] + (1 - nearestShare) * nearest.reduce(0, +) / Double(nearest.count)
    }
  }

  private func stored(_ detector: AnomalyDetector) throws -> Stored {
    let path = "\(scratch.path)/d.safetensors"
    try detector.write(to: path)
    return try Stored(SafeTensors.read(path: path))
  }

  private func fit(
    _ count: Int, epochs: Int = 5, _ change: (inout DetectorOptions) -> Void = { _ in }
  ) async throws -> AnomalyDetector {
    var options = DetectorFixture.options()
    options.epochs = epochs
    change(&options)
    return try await AnomalyDetector.fit(DetectorFixture.table(count), options: options)
  }

  /// Rows that are like those of the fit, and others.
  private func asked() -> Table {
    var columns = DetectorFixture.table(400, broken: [310, 350]).columns
    for column in columns.indices { columns[column].values.removeFirst(300) }
    columns[0].values[7] = 40
    return Table(trustedColumns: columns)
  }

  /// Below 1,000 rows, and above.
  @Test(arguments: [300, 1100]) func theDistanceIsTheDefinedOne(_ count: Int) async throws {
    let detector = try await fit(count)
    let (stored, table) = (try stored(detector), asked())
    #expect(stored.neighbours == 5)
    #expect(stored.references.count == (count == 300 ? 240 : 990))
    let encoded = try detector.encoding.encode(table)
    let pass = try detector.model.pass(over: encoded, threads: 1)
    let found = try detector.scores(encoded, threads: 1).neighbours
    for row in 0..<encoded.count {
      let expected = stored.distance(encoded.sample(row), pass.reconstruction.sample(row))
      #expect(abs(found[row] - expected) <= 1e-4 * expected + 1e-6, "row \(row)")
    }
  }

  // MARK: - Anomalies among the training rows

  /// Rows in which y follows x, and some that lie together where it does not, with numbers that are usual in either column.
  private func groups() throws -> (path: String, odd: Set<Int>) {
    var numbers = TestNumbers("groups")
    let odd = Set((0..<20).map { 20 + 113 * $0 })
    var text = "x,y,z,is_odd\n"
    for row in 1...2400 {
      let (x, noise) = (numbers.double(), numbers.doubles(2, in: -0.1...0.1))
      text +=
        odd.contains(row)
        ? "\(0.75 + noise[0] / 5),\(-0.75 + noise[1] / 5),\(0.2 + noise[0]),1\n"
        : "\(x),\(x + noise[0]),\(x * x + noise[1]),0\n"
    }
    return (try scratch.write(text, "groups.csv"), odd)
  }

  private func detection(_ path: String, labelled: Bool) -> TableDetection {
    var options = DetectorFixture.options()
    options.epochs = 20
    if !labelled { options.ignoring = ["is_odd"] }
    var detection = TableDetection(
      path: path, options: options, folder: DetectionFolder("\(scratch.path)/run"))
    if labelled {
      detection.labelColumn = "is_odd"
      detection.split.keepsAnomalies = true
    }
    return detection
  }

  private func stored() throws -> Stored {
    try Stored(SafeTensors.read(path: "\(scratch.path)/run/model.safetensors"))
  }

  /// Each of a group is near the others: the distances to many tell that all lie apart.
  @Test func groupsAmongTheRowsAreFound() async throws {
    let (path, odd) = try groups()
    let result = try await detection(path, labelled: false).run()
    let highest = try ScoresFile("run/scores.csv", in: scratch).lines.sorted { $0.score > $1.score }
    let found = highest.prefix(40).count { odd.contains($0.row) }
    #expect(found >= 18, "\(found) of 20")
    #expect(result.howScored?.contains("takes them as ordinary") == true)
    // What is saved scores other rows, which it compares with these as with ordinary ones.
    let stored = try stored()
    #expect(stored.neighbours == 5 && stored.nearestShare == 0.5)
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/run/model.safetensors")
    #expect(detector.threshold.value == result.threshold)
  }

  /// Anomalies that are kept are in what is saved too.
  @Test func keptAnomaliesAreExpectedInWhatIsSaved() async throws {
    let path = try groups().path
    let result = try await detection(path, labelled: true).run()
    #expect(result.howScored?.contains("ordinary") == false)
    let stored = try stored()
    #expect(stored.neighbours == stored.references.count / 50 && stored.nearestShare == 0)
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/run/model.safetensors")
    let encoded = try detector.encoding.encode(Table.read(path: path))
    let pass = try detector.model.pass(over: encoded, threads: 1)
    let found = try detector.scores(encoded, threads: 1).neighbours
    for row in stride(from: 0, to: encoded.count, by: 31) {
      let expected = stored.distance(encoded.sample(row), pass.reconstruction.sample(row))
      #expect(abs(found[row] - expected) <= 1e-4 * expected + 1e-6, "row \(row)")
    }
    try detector.write(to: "\(scratch.path)/again.safetensors")
    #expect(try scratch.read("again.safetensors") == scratch.read("run/model.safetensors"))
    // Another format would be another distance.
    var file = try SafeTensors.read(path: "\(scratch.path)/again.safetensors")
    file.metadata["sha256"] = nil
    file.metadata["format"] = "hourglass detector 3"
    try file.write(to: "\(scratch.path)/old.safetensors")
    let old = try AnomalyDetector.read(path: "\(scratch.path)/old.safetensors").scores(encoded, threads: 1)
    #expect(old.neighbours != found)
  }

  @Test func fewerRowsThanNeighbours() async throws {
    let detector = try await fit(60) { ($0.referenceLimit, $0.neighbours) = (2, 5) }
    let stored = try stored(detector)
    #expect(stored.references.count == 2 && stored.neighbours == 5)
    let encoded = try detector.encoding.encode(asked())
    let pass = try detector.model.pass(over: encoded, threads: 1)
    let found = try detector.scores(encoded, threads: 1).neighbours
    let expected = stored.distance(encoded.sample(3), pass.reconstruction.sample(3))
    #expect(abs(found[3] - expected) <= 1e-4 * expected)
  }

  /// The mean square of the distance between two training rows is 1 in either half.
  @Test func neitherHalfCountsMore() async throws {
    let references = try stored(try await fit(1100)).references
    let features = references[0].count / 2
    for half in [0..<features, features..<2 * features] {
      var sum = 0.0
      for one in references {
        for other in references {
          sum += half.reduce(0.0) { $0 + pow(Double(one[$1]) - Double(other[$1]), 2) }
        }
      }
      let mean = sum / Double(references.count * references.count)
      #expect(abs(mean - 1) < 1e-3, "\(half): \(mean)")
    }
  }

  /// Few rows to score are shared among workers otherwise than many.
  @Test func threadsDoNotMatter() async throws {
    let detector = try await fit(2600, epochs: 1)
    let encoded = try detector.encoding.encode(asked())
    let first = try detector.scores(encoded, threads: 1)
    for threads in 2...4 {
      let scores = try detector.scores(encoded, threads: threads)
      #expect(scores.neighbours == first.neighbours && scores.values == first.values)
    }
    let alone = try detector.scores(encoded, rows: [9, 3], threads: 2)
    #expect(alone.neighbours == [first.neighbours[9], first.neighbours[3]])
  }

  /// A row that lacks a cell has a distance too.
  @Test func missingCells() async throws {
    let detector = try await fit(300)
    var table = asked()
    table.columns[1].values = table.columns[1].values.map { _ in .nan }
    #expect(try detector.score(table, threads: 1).allSatisfy(\.value.isFinite))
  }

  /// What is as far as numbers reach has a score, and a higher one than what is near.
  @Test func extremes() async throws {
    let detector = try await fit(300)
    let encoded = try detector.encoding.encode(asked())
    var numbers = encoded.sample(0)
    numbers[0] = 1e14
    let far = SampleArray(trustedFloats: numbers, count: 1, shape: encoded.shape)
    let scores = try detector.scores(far, threads: 1)
    #expect(scores.neighbours[0].isFinite && scores.neighbours[0] > 1e6)
    #expect(try scores.neighbours[0] > detector.scores(encoded, threads: 1).neighbours.max() ?? 0)
  }

  /// The shares of the columns in what makes a row odd, whatever the score is made of.
  @Test(arguments: AnomalyScoring.allCases) func sharesAddUp(_ scoring: AnomalyScoring) async throws {
    var detector = try await fit(300, epochs: 60) { $0.scoring = scoring }
    detector.threshold.value = -1e6
    let asked = asked()
    let scores = try detector.score(asked, contributors: 4, threads: 1)
    for score in scores {
      let sum = score.contributions.reduce(0) { $0 + $1.share }
      #expect(sum <= 1 + 1e-9 && score.contributions.allSatisfy { 0...1 ~= $0.share })
    }
    // A number far off is the reason, and what is expected is not far off.
    let far = try #require(scores[7].contributions.first)
    #expect(far.column == "x" && far.actual == "40" && far.share > 0.4, "\(far)")
    #expect(abs(try #require(Double(far.expected))) < 20)
    // All columns that are numbers depart a little, and only what is as expected is left out.
    let sum = scores[7].contributions.reduce(0) { $0 + $1.share }
    #expect(sum > (scoring == .tails ? 0.5 : 0.9))
  }
}
