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
      ("\"name\":\"x\"", "\"name\":\"y\""),
      ("\"marks_missing\":false", "\"marks_missing\":true"), ("\"table\":[", "\"other\":["),
    ] {
      var bad = file
      bad.metadata["detector"] = file.metadata["detector"]?.replacingOccurrences(of: old, with: new)
      #expect(bad.metadata != file.metadata, "\(old)")
      try expectRefusal(of: bad, new)
    }
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
