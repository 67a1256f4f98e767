import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassModels
import HourglassTestSupport
import Testing

struct DetectorFileTests {
  private let scratch = ScratchFolder()

  /// A detector that is in the file of this name.
  private func written(_ name: String = "d.safetensors") async throws -> (
    AnomalyDetector, Table, path: String
  ) {
    let all = DetectorFixture.table(300)
    var detector = try await AnomalyDetector.fit(all, options: DetectorFixture.options())
    detector.labels = try AnomalyLabels(column: "sign", anomalies: ["low"], in: all)
    let path = "\(scratch.path)/\(name)"
    try detector.write(to: path)
    return (detector, all, path)
  }

  /// The file's content without its seal, as older programs wrote it.
  private func withoutSeal(_ path: String) throws -> SafeTensors {
    var file = try SafeTensors.read(path: path)
    #expect(file.metadata.removeValue(forKey: "sha256")?.count == 64)
    return file
  }

  private func expectRefusal(
    of file: SafeTensors, _ what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = scratch.path + "/bad.safetensors"
    try file.write(to: path)
    #expect(throws: HourglassError.self, "\(what)", sourceLocation: sourceLocation) {
      try AnomalyDetector.read(path: path)
    }
  }

  @Test func filesKeepEveryBit() async throws {
    let (detector, all, path) = try await written()
    let again = try AnomalyDetector.read(path: path)
    var gaps = all
    gaps.columns[1].values[7] = .nan
    for table in [all, gaps] {
      #expect(try again.score(table).map(\.value) == detector.score(table).map(\.value))
    }
    #expect(again.threshold.value == detector.threshold.value && again.threshold.rule == .percentile(99))
    #expect(again.labels == detector.labels && again.trainingCount == 300)
    try again.write(to: scratch.path + "/e.safetensors")
    #expect(try scratch.read("d.safetensors") == scratch.read("e.safetensors"))
  }

  @Test func aSingleBitIsNoticed() async throws {
    let path = try await written().path
    let bytes = try scratch.read("d.safetensors")
    for place in [bytes.count - 4, bytes.count / 2] {
      var flipped = bytes
      flipped[place] ^= 1
      try scratch.write(flipped, "d.safetensors")
      #expect(throws: HourglassError.self, "\(place)") { try AnomalyDetector.read(path: path) }
    }
  }

  @Test func olderFilesHaveNoSeal() async throws {
    let (detector, _, path) = try await written()
    let old = scratch.path + "/old.safetensors"
    try withoutSeal(path).write(to: old)
    #expect(try AnomalyDetector.read(path: old).threshold.value == detector.threshold.value)
  }

  @Test func damagedMetadataIsRefused() async throws {
    let file = try withoutSeal(await written().path)
    for (old, new) in [
      ("\"neighbours\":5", "\"neighbours\":0"), ("\"scoring\":\"combined\"", "\"scoring\":\"other\""),
      ("\"threshold_rule\":\"percentile:99\"", "\"threshold_rule\":\"x\""),
      ("\"name\":\"x\"", "\"name\":\"y\""), ("\"joined_scales\":[", "\"joined_scales\":[0,"),
      ("\"joined_scales\":[", "\"joined_scales\":[-"), ("\"joined_scales\":[", "\"other\":["),
      ("\"combined_standard\":[", "\"combined_standard\":[0,"),
      ("\"combined_standard\":[", "\"combined_standard\":[9e99,0],\"other\":["),
      ("\"tail_standard\":[", "\"tail_standard\":[0,"), ("\"tail_standard\":[", "\"other\":["),
      ("\"marks_missing\":false", "\"marks_missing\":true"), ("\"table\":[", "\"other\":["),
    ] {
      var bad = file
      bad.metadata["detector"] = file.metadata["detector"]?.replacingOccurrences(of: old, with: new)
      #expect(bad.metadata != file.metadata, "\(old)")
      try expectRefusal(of: bad, new)
    }
  }

  /// A detector with relations, odd pairs, a name of rows and rows of references, in a file.
  private func found() async throws -> (AnomalyDetector, Table, path: String) {
    var all = DetectorFixture.table(300)
    let (x, y) = (all.columns[0].values, all.columns[1].values)
    all.columns.append(.init(name: "sum", values: zip(x, y).map { $0 + $1 }))
    all.columns.append(
      .init(name: "side", kind: .category(levels: ["left", "right"]), values: all.columns[3].values))
    var detector = try await AnomalyDetector.fit(all, options: DetectorFixture.options())
    detector.identifier = "who"
    let path = "\(scratch.path)/found.safetensors"
    try detector.write(to: path)
    return (detector, all, path)
  }

  @Test func whatWasFoundInTheTableIsKept() async throws {
    let (detector, all, path) = try await found()
    #expect(try SafeTensors.read(path: path).metadata["format"] == "hourglass detector 3")
    let again = try AnomalyDetector.read(path: path)
    var asked = all
    asked.columns[4].values[7] += 5
    asked.columns[5].values[9] = 1 - asked.columns[5].values[9]
    let (before, after) = (try detector.score(asked), try again.score(asked))
    #expect(before.map(\.value) == after.map(\.value) && before.map(\.reason) == after.map(\.reason))
    #expect(after[7].reason.hasPrefix("sum is ") && after[7].reason.contains(", x + y gives "))
    #expect(again.identifier == "who")
    try again.write(to: scratch.path + "/e.safetensors")
    #expect(try scratch.read("found.safetensors") == scratch.read("e.safetensors"))
  }

  @Test func damagedFindingsAreRefused() async throws {
    let file = try withoutSeal(await found().path)
    let text = try #require(file.metadata["detector"])
    for (old, new) in [
      ("\"target\":\"sum\"", "\"target\":\"total\""), ("\"kind\":\"sum\"", "\"kind\":\"root\""),
      ("\"factors\":[", "\"factors\":[0,"), ("\"tolerance\":", "\"tolerance\":-1,\"other\":"),
      ("\"odd_pairs\":{\"rows\":300", "\"odd_pairs\":{\"rows\":-1"),
      ("[\"sign\",\"low\"],[\"side\"", "[\"side\",\"low\"],[\"side\""),
      ("\"highest_ordinary\":", "\"highest_ordinary\":9e99,\"other\":"),
    ] {
      var bad = file
      bad.metadata["detector"] = text.replacingOccurrences(of: old, with: new)
      #expect(bad.metadata != file.metadata, "\(old)")
      try expectRefusal(of: bad, new)
    }
    var bad = file
    let place = try #require(bad.tensors.firstIndex { $0.name == "detector.reference_rows" })
    bad.tensors[place].values[0] = -1
    try expectRefusal(of: bad, "rows")
  }

  /// The detector as older programs wrote it: with codes to compare with, and in the first format with neither relations nor pairs
  /// nor rows of references.
  private func older(_ format: Int, _ detector: AnomalyDetector, _ table: Table, _ path: String) throws
    -> SafeTensors
  {
    var file = try withoutSeal(path)
    file.metadata["format"] = "hourglass detector \(format)"
    var text = try #require(file.metadata["detector"])
    for pattern in [
      /,"joined_scales":\[[^\]]*\]/, /,"combined_standard":\[[^\]]*\]/,
      /,"tail_standard":\[[^\]]*\]/,
    ] {
      #expect(text.contains(pattern))
      text = text.replacing(pattern, with: "")
    }
    let codes = try detector.model.pass(over: detector.encoding.encode(table), threads: 1).code
    let rows = try #require(file.tensors.firstIndex { $0.name == "detector.reference_rows" })
    let references = try #require(file.tensors.firstIndex { $0.name == "detector.references" })
    let chosen = stride(from: 1, to: file.tensors[rows].values.count, by: 2).map {
      Int(file.tensors[rows].values[$0])
    }
    file.tensors[references] = .init(
      name: "detector.references", shape: [chosen.count, codes.shape.count],
      values: chosen.flatMap { codes.sample($0) })
    if format == 1 {
      text = text.replacing(/,"highest_ordinary":[-.e0-9]+/, with: "")
      file.tensors.remove(at: rows)
    }
    file.metadata["detector"] = text
    return file
  }

  /// What older programs wrote is scored as they did, by the distance to one of the nearest codes, and written as it was.
  @Test(arguments: [1, 2]) func olderFilesCompareCodes(_ format: Int) async throws {
    let (detector, all, path) = try await written()
    let file = try older(format, detector, all, path)
    try file.sealed().write(to: scratch.path + "/old.safetensors")
    let again = try AnomalyDetector.read(path: scratch.path + "/old.safetensors")
    let encoded = try again.encoding.encode(all)
    let found = try again.scores(encoded, threads: 1)
    #expect(try found.reconstruction == detector.scores(encoded, threads: 1).reconstruction)
    let tensor = try #require(file.tensors.first { $0.name == "detector.references" })
    let codes = try again.model.pass(over: encoded, threads: 1).code
    for row in 0..<20 {
      let distances = stride(from: 0, to: tensor.values.count, by: tensor.shape[1]).map { start in
        zip(codes.sample(row), tensor.values[start...]).reduce(0.0) {
          $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
        }.squareRoot()
      }.sorted()
      #expect(abs(found.neighbours[row] - distances[4]) < 1e-4 * distances[4] + 1e-6, "row \(row)")
    }
    try again.write(to: scratch.path + "/e.safetensors")
    #expect(try scratch.read("old.safetensors") == scratch.read("e.safetensors"))
  }

  @Test func formatsAreNotMixed() async throws {
    let (detector, all, path) = try await written()
    var file = try older(2, detector, all, path)
    file.metadata["format"] = "hourglass detector 3"
    try expectRefusal(of: file, "codes in the third format")
    file.metadata["format"] = "hourglass detector 4"
    try expectRefusal(of: file, "format")
    file = try withoutSeal(path)
    file.metadata["format"] = "hourglass detector 2"
    try expectRefusal(of: file, "points in the second format")
  }

  @Test func missingReferencesAreRefused() async throws {
    var file = try withoutSeal(await written().path)
    file.tensors.removeAll { $0.name == "detector.references" }
    try expectRefusal(of: file, "references")
  }

  @Test func aDetectorIsNoModel() async throws {
    let path = try await written().path
    #expect(throws: HourglassError.self) { try TrainedModel.read(path: path) }
  }
}
