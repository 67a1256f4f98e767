import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassTestSupport
import Testing

struct PartCombinationTests {
  private let scratch = ScratchFolder()

  @Test func eachCombinationIsItsFormula() {
    for (neighbours, tails, weight) in [(0.5, 2.0, 1.0), (-1, 3, 0.25), (4, -2, 0.5)] {
      func parts(_ combination: PartCombination) -> ScoreParts {
        ScoreParts(
          reconstruction: 9, neighbours: neighbours, tails: tails, tailWeight: weight,
          combination: combination)
      }
      #expect(parts(.neighbours).value(.combined) == neighbours && parts(.tails).value(.combined) == tails)
      let mean = parts(.mean)
      #expect(abs(mean.value(.combined) - (neighbours + weight * tails) / (1 + weight)) < 1e-12)
      #expect(abs(mean.weights(.combined).tails - weight / (1 + weight)) < 1e-12)
      let smooth = log(exp(2 * neighbours) + exp(2 * weight * tails)) / 2
      #expect(abs(parts(.maximum).value(.combined) - smooth) < 1e-12)
      for combination in PartCombination.allCases {
        let weights = parts(combination).weights(.combined)
        #expect(abs(weights.neighbours + weights.tails - 1) < 1e-12 && weights.reconstruction == 0)
        // What was asked for by name does not depend on it.
        #expect(parts(combination).value(.tails) == tails)
      }
    }
  }

  /// Labelled rows, of which one in thirty is an anomaly.
  private func file(_ name: String, rows: Int = 900, _ row: (Int, inout RandomNumbers) -> [Double]) throws
    -> String
  {
    var random = RandomNumbers(seed: 21, purpose: .sampling)
    var lines: [String] = []
    for index in 0..<rows {
      let cells = row(index, &random)
      if lines.isEmpty { lines = [cells.indices.map { "c\($0)" }.joined(separator: ",") + ",odd"] }
      lines.append(cells.map { "\($0)" }.joined(separator: ",") + (index % 30 == 0 ? ",yes" : ",no"))
    }
    return try scratch.write(lines.joined(separator: "\n") + "\n", "\(name).csv")
  }

  private func detector(
    _ path: String, isLabelled: Bool = true, threads: Int = 1, to out: String
  ) async throws
    -> AnomalyDetector
  {
    var options = DetectorOptions(seed: 3)
    (options.epochs, options.threads) = (30, threads)
    var detection = TableDetection(path: path, options: options, folder: DetectionFolder(out))
    if isLabelled {
      (detection.labelColumn, detection.anomalyLabels) = ("odd", ["yes"])
    } else {
      detection.limit = 800
    }
    _ = try await detection.run()
    return try AnomalyDetector.read(path: out + "/model.safetensors")
  }

  /// Where columns depend on one another, exchanged cells are what the rarity of single cells cannot see.
  @Test func dependentColumnsAreComparedWithNeighbours() async throws {
    let path = try file("dependent") { index, random in
      let value = random.normal()
      let sign = index % 30 == 0 ? -1.0 : 1.0
      return [value, 2 * value, sign * value, value - 1, sign * 3 * value].map { $0 + 0.3 * random.normal() }
    }
    let out = scratch.path + "/dependent"
    let detector = try await detector(path, to: out)
    #expect(detector.combination == .neighbours)
    let file = try SafeTensors.read(path: out + "/model.safetensors")
    #expect(file.metadata["format"] == "hourglass detector 4")
    #expect(try #require(file.metadata["detector"]).contains(#""combination":"neighbours""#))
    #expect(
      try String(contentsOfFile: out + "/report.html", encoding: .utf8).contains("anomalies made of rows"))
    try detector.write(to: out + "/again.safetensors")
    #expect(try scratch.read("dependent/model.safetensors") == scratch.read("dependent/again.safetensors"))
    // It is the distance to neighbours that alerts go by.
    let table = try Table.read(path: path)
    let scores = try detector.scores(detector.encoding.encode(table), threads: 2)
    let order = scores.values.indices.sorted { scores.values[$0] < scores.values[$1] }
    #expect(zip(order, order.dropFirst()).allSatisfy { scores.neighbours[$0] <= scores.neighbours[$1] })
    #expect(try detector.scores(detector.encoding.encode(table), threads: 1).values == scores.values)

    var bad = file
    bad.metadata[SafeTensors.sealKey] = nil
    bad.metadata["detector"] = try #require(file.metadata["detector"])
      .replacingOccurrences(of: #""combination":"neighbours""#, with: #""combination":"product""#)
    #expect(throws: HourglassError.self) {
      try bad.sealed().write(to: out + "/bad.safetensors")
      _ = try AnomalyDetector.read(path: out + "/bad.safetensors")
    }
  }

  /// Nothing is chosen where rows that are taken as normal may not be.
  @Test(arguments: [false, true]) func withoutLabelsBothCount(hasSomeLabels: Bool) async throws {
    let path = try file("unlabelled") { _, random in
      let value = random.normal()
      return [value, 2 * value, -value, value - 1].map { $0 + 0.05 * random.normal() }
    }
    if hasSomeLabels {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let lines = text.split(separator: "\n").enumerated().map { place, line in
        place.isMultiple(of: 20) ? line.replacingOccurrences(of: ",no", with: ",") : String(line)
      }
      try scratch.write(lines.joined(separator: "\n") + "\n", "unlabelled.csv")
    }
    let out = scratch.path + "/unlabelled"
    let detector = try await detector(path, isLabelled: hasSomeLabels, to: out)
    #expect(detector.combination == .maximum)
    let file = try SafeTensors.read(path: out + "/model.safetensors")
    #expect(file.metadata["format"] == "hourglass detector 3")
    #expect(try !String(contentsOfFile: out + "/report.html", encoding: .utf8).contains("anomalies made"))
  }

  /// Of many rows one model holds some out; the other detectors of the file take over what was chosen, whatever the threads.
  @Test func manyRowsAreChosenByTheHeldOutOnes() async throws {
    let path = try file("many", rows: 2400) { index, random in
      let value = random.normal()
      let sign = index % 30 == 0 ? -1.0 : 1.0
      return [value, 2 * value, sign * value, value - 1, sign * 3 * value].map { $0 + 0.3 * random.normal() }
    }
    let detector = try await detector(path, to: scratch.path + "/one")
    #expect(detector.combination == .neighbours)
    _ = try await self.detector(path, threads: 3, to: scratch.path + "/three")
    #expect(try scratch.read("one/model.safetensors") == scratch.read("three/model.safetensors"))
    #expect(try scratch.read("one/scores.csv") == scratch.read("three/scores.csv"))
  }
}

struct MadeAnomaliesTests {
  /// Four columns of numbers, and a category of three levels.
  private let columns =
    (0..<4).map { MadeAnomalies.Column(features: $0..<$0 + 1, isNumber: true) }
    + [MadeAnomalies.Column(features: 4..<7, isNumber: false)]

  /// Rows of four numbers times `scale`, and a category.
  private func rows(_ scale: Float) -> SampleArray {
    var random = RandomNumbers(seed: 5, purpose: .sampling)
    var numbers: [Float] = []
    for row in 0..<500 {
      for _ in 0..<4 { numbers.append(scale * Float(random.normal())) }
      for level in 0..<3 { numbers.append(level == row % 3 ? 1 : 0) }
    }
    return SampleArray(trustedFloats: numbers, count: 500, shape: [7])
  }

  /// Some columns of each differ from the row that it was made of, by what the kind says, however numbers are scaled.
  @Test(arguments: MadeAnomalies.Kind.allCases, [Float(1), 0.1])
  func someColumnsAreChanged(_ kind: MadeAnomalies.Kind, _ scale: Float) {
    let ordinary = rows(scale)
    var (first, second) = (
      RandomNumbers(seed: 6, purpose: .sampling), RandomNumbers(seed: 6, purpose: .sampling)
    )
    let made = MadeAnomalies(kind, of: ordinary, columns: columns, &first)
    #expect(made.rows.count == 50 && made.sources.count == 50)
    var changes = 0
    for (place, source) in made.sources.enumerated() {
      let (new, old) = (made.rows.sample(place), ordinary.sample(source))
      let changed = columns.filter { new[$0.features] != old[$0.features] }
      #expect(changed.count <= 3, "about half of five columns")
      changes += changed.count
      for column in changed {
        let feature = column.features.lowerBound
        if kind == .shifted, column.isNumber {
          // The deviations of 500 numbers are within a tenth of that of all.
          #expect(0.9..<3.3 ~= abs(new[feature] - old[feature]) / scale)
        } else {
          #expect((0..<500).contains { ordinary.sample($0)[column.features] == new[column.features] })
        }
      }
    }
    #expect(changes > 40)
    #expect(MadeAnomalies(kind, of: ordinary, columns: columns, &second).rows.floats == made.rows.floats)
  }

  /// What nobody knows is neither changed nor taken for known.
  @Test(arguments: MadeAnomalies.Kind.allCases) func missingCellsStayAsTheyAre(_ kind: MadeAnomalies.Kind) {
    let ordinary = rows(1)
    var numbers = ordinary.floats
    for row in 0..<500 where row % 2 == 0 { numbers[row * 7 + 1] = .nan }
    let missing = numbers.withUnsafeMutableBufferPointer { MissingCells($0, width: 7) }
    var random = RandomNumbers(seed: 7, purpose: .sampling)
    let made = MadeAnomalies(kind, of: ordinary, missing: missing, columns: columns, &random)
    let known = Set((0..<500).filter { $0 % 2 == 1 }.map { ordinary.sample($0)[1] })
    for (place, source) in made.sources.enumerated() {
      let (new, old) = (made.rows.sample(place)[1], ordinary.sample(source)[1])
      if source % 2 == 0 { #expect(new == old) }
      if kind == .exchanged, new != old { #expect(known.contains(new)) }
    }
  }
}
