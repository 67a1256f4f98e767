import Foundation
import HourglassBase
import HourglassFiles
import HourglassRuns
import HourglassTestSupport
import Testing

/// Checkpoints that a kill left half-written, or that something damaged.
@Suite struct CheckpointTests {
  private let fixture = RunFixture()

  /// A run that ended with its first batch of three.
  private func broken() async throws -> TrainingRun {
    let run = try fixture.open()
    await #expect(throws: BrokenOff.self) {
      try await run.run({ event in
        guard case .batch(let progress) = event, progress.samplesDone == 24 else { return }
        throw BrokenOff()
      })
    }
    #expect(fixture.scratch.names(in: "run/checkpoint") == ["3-0.safetensors", "manifest.json"])
    return run
  }

  private static let manifest = "run/checkpoint/manifest.json"
  private static let tensors = "run/checkpoint/3-0.safetensors"

  private func manifest() throws -> String {
    String(decoding: try fixture.scratch.read(Self.manifest), as: UTF8.self)
  }

  /// Writes the manifest with what `pattern` finds replaced.
  private func change(_ pattern: String, to replacement: String) throws {
    let text = try manifest()
    let changed = text.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
    #expect(changed != text, "\(pattern) is not in \(text)")
    try fixture.scratch.write(changed, Self.manifest)
  }

  private func expectDamage(
    _ run: TrainingRun, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    await expectAsyncSentence([words, "delete"], .badData, sourceLocation: sourceLocation) {
      _ = try await run.run()
    }
  }

  // MARK: - Manifest

  @Test(arguments: ["", "{", "[]", "{}", "no JSON at all"])
  func aManifestOfSomethingElse(_ text: String) async throws {
    let run = try await broken()
    try fixture.scratch.write(text, Self.manifest)
    await expectDamage(run, "manifest.json is damaged")
  }

  @Test(arguments: [1, 40, 200])
  func aManifestThatWasCutOff(_ missing: Int) async throws {
    let run = try await broken()
    try fixture.scratch.write(String(manifest().dropLast(missing)), Self.manifest)
    await expectDamage(run, "manifest.json is damaged")
  }

  @Test(arguments: [
    ("\"format\" : 2", "\"format\" : 9"), ("\"file\" : \"", "\"file\" : \"../"),
    ("\"file\" : \"3-0", "\"file\" : \"3"), ("\"file\" : \"3-0", "\"file\" : \"3-x"),
    // Numbers that no run has, and one that it could have, but has not.
    ("\"updates\" : 3", "\"updates\" : -1"), ("\"epoch\" : 0", "\"epoch\" : 1"),
    ("\"plateauFactor\" : 1", "\"plateauFactor\" : 0.5"), ("\"batch\" : 3", "\"batch\" : 2"),
  ])
  func valuesThatNoRunWrites(_ pattern: String, _ replacement: String) async throws {
    let run = try await broken()
    try change(pattern, to: replacement)
    await expectDamage(run, "has values that no run writes")
  }

  @Test func aManifestOfAnotherRecipe() async throws {
    let run = try await broken()
    try change("\"recipe\" : \"..", to: "\"recipe\" : \"zz")
    await expectDamage(run, "is of another recipe")
  }

  // MARK: - Tensors

  @Test func tensorsThatAreNotThere() async throws {
    let run = try await broken()
    try FileManager.default.removeItem(atPath: "\(fixture.scratch.path)/\(Self.tensors)")
    await expectDamage(run, "names 3-0.safetensors, which is not there")
  }

  @Test func tensorsThatWereCutOff() async throws {
    let run = try await broken()
    let bytes = try fixture.scratch.read(Self.tensors)
    try fixture.scratch.write(Array(bytes.dropLast()), Self.tensors)
    await expectDamage(run, "does not have the SHA-256")
  }

  @Test func aTensorWithAnotherBit() async throws {
    let run = try await broken()
    var bytes = try fixture.scratch.read(Self.tensors)
    bytes[bytes.count - 3] ^= 1
    try fixture.scratch.write(bytes, Self.tensors)
    await expectDamage(run, "does not have the SHA-256")
  }

  /// A file whose digest fits, but that lacks what the model has.
  @Test func aTensorThatIsMissing() async throws {
    let run = try await broken()
    var file = try SafeTensors.read(path: "\(fixture.scratch.path)/\(Self.tensors)")
    file.tensors.removeAll { $0.name == "values/encoder.0.weight" }
    let bytes = try file.serialized()
    try fixture.scratch.write(bytes, Self.tensors)
    try change("\"sha256\" : \"[0-9a-f]{64}\"", to: "\"sha256\" : \"\(sha256Hex(bytes))\"")
    await expectDamage(run, "lacks values/encoder.0.weight of shape")
  }

  // MARK: - Leftovers

  /// The tensors of a later moment were written, whole or not, but the manifest still names the old ones.
  @Test func tensorsThatNoManifestNamesAreRemoved() async throws {
    let run = try await broken()
    try fixture.scratch.write([1, 2, 3], "run/checkpoint/4-1.safetensors")
    try fixture.scratch.write([4], "run/checkpoint/notes.safetensors")
    let resumed = try await run.run()
    #expect(
      fixture.scratch.names(in: "run/checkpoint") == [
        "8-2.safetensors", "manifest.json", "notes.safetensors",
      ])
    #expect(try await fixture.open("whole").run().weightsSHA256 == resumed.weightsSHA256)
  }

  /// Killed before the first manifest was there: training begins anew.
  @Test func withoutAManifestThereIsNothingToGoOnFrom() async throws {
    let run = try fixture.open()
    try fixture.scratch.write([1, 2, 3], "run/checkpoint/7-1.safetensors")
    let result = try await run.run()
    #expect(fixture.scratch.names(in: "run/checkpoint") == ["8-2.safetensors", "manifest.json"])
    #expect(try await fixture.open("whole").run().weightsSHA256 == result.weightsSHA256)
  }
}
