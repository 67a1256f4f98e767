import Foundation
import HourglassBase
import HourglassData
import HourglassFiles
import HourglassRuns
import HourglassTestSupport
import Testing

/// Where samples lie while a run trains on them changes nothing of it.
@Suite struct RunInFileTests {
  private let fixture = RunFixture()

  private var path: String { "\(fixture.scratch.path)/a.npy" }

  private func write() throws {
    let samples = try RunFixture.data().training.array()
    try fixture.scratch.write(npyFile("<f4", "(40, 4, 4)", floatBytes(samples.floats)), "a.npy")
  }

  private func data(_ keep: DataKeeping) throws -> DataSet {
    try ArrayDataSet.load(path: path, keep: keep, budget: .process)
  }

  @Test(arguments: [1, 2])
  func theRunIsThatOfMemory(_ threads: Int) async throws {
    try write()
    for validation in ["0.25", "none"] {
      let set = ["validation=\(validation)"]
      let memory = try await fixture.open("memory-\(validation)", set: set, data: data(.memory)).run()
      let file = try await fixture.open("file-\(validation)", set: set, data: data(.file), threads: threads)
        .run()
      #expect(file.weightsSHA256 == memory.weightsSHA256 && file.metrics == memory.metrics)
      #expect(try fixture.history("file-\(validation)") == fixture.history("memory-\(validation)"))
      #expect(
        try fixture.scratch.read("file-\(validation)/model.safetensors")
          == fixture.scratch.read("memory-\(validation)/model.safetensors"))
    }
  }

  /// A checkpoint knows the data by their digest, which is that of the numbers.
  @Test func itGoesOnFromOtherPlaces() async throws {
    try write()
    let whole = try await fixture.open("whole", data: data(.memory)).run()
    await fixture.breakOff(try fixture.open(data: data(.file)), after: 3)
    try fixture.copy(to: "copy")
    let resumed = try fixture.open(
      "copy", set: ["data={file: a.npy, keep: memory}"], data: data(.memory), resume: true)
    #expect(try await resumed.run().weightsSHA256 == whole.weightsSHA256)
    try fixture.copy(to: "again")
    let again = try fixture.open(
      "again", set: ["data={file: a.npy, keep: file}"], data: data(.file), resume: true, threads: 2)
    #expect(try await again.run().weightsSHA256 == whole.weightsSHA256)
  }

  /// The checkpoint of the moment before stays whole, and the run goes on from there once the file is back.
  @Test func aFileThatIsCutShortEndsTheRunAtACheckpoint() async throws {
    try write()
    let whole = try await fixture.open("whole", data: data(.memory)).run()
    let bytes = try fixture.scratch.read("a.npy")
    let run = try TrainingRun(
      recipe: recipe(smallRecipe), data: data(.file), folder: fixture.folder(), resume: false, threads: 2,
      secondsBetweenCheckpoints: 0)
    let path = path
    let error = await asyncThrownError {
      _ = try await run.run({ event in
        guard case .batch(let progress) = event, progress.epoch == 1, progress.samplesDone == 24 else {
          return
        }
        #expect(truncate(path, 200) == 0)
      })
    }
    #expect(error.code == .environment && error.says(path, "became shorter while it was used"))
    try fixture.scratch.write(bytes, "a.npy")
    try fixture.copy(to: "copy")
    let resumed = try await fixture.open("copy", data: data(.file), resume: true).run()
    #expect(resumed.weightsSHA256 == whole.weightsSHA256 && resumed.metrics == whole.metrics)
  }
}
