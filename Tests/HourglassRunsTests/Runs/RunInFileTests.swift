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

  // MARK: - Other kinds of files

  /// The digest of the numbers is in the checkpoint, so a run even goes on from one kind of file to another.
  @Test(arguments: [1, 2])
  func theRunIsTheSameFromEveryKindOfFile(_ threads: Int) async throws {
    let samples = try RunFixture.data().training.array()
    let bytes = samples.bytes
    let idx =
      [bigEndian(0x803), bigEndian(40), bigEndian(4), bigEndian(4)].flatMap(\.self) + bytes
    for name in ["train-images-idx3-ubyte", "t10k-images-idx3-ubyte"] {
      try fixture.scratch.write(idx, "idx/\(name)")
    }
    for name in ["train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"] {
      try fixture.scratch.write(
        bigEndian(0x801) + bigEndian(40) + [UInt8](repeating: 0, count: 40), "idx/\(name)")
    }
    try fixture.scratch.write(npyFile("|u1", "(40, 4, 4)", bytes), "a.npy")
    let header = Array("{\"a\":{\"dtype\":\"U8\",\"shape\":[40,4,4],\"data_offsets\":[0,640]}}".utf8)
    try fixture.scratch.write(littleEndian(header.count, 8) + header + bytes, "a.safetensors")
    _ = try await ShardFolder.write(
      DataDescription(DataSource(path)), to: "\(fixture.scratch.path)/shards", bytes: 7 * 16)
    let set = ["validation=0.25"]
    let memory = try await fixture.open("memory", set: set).run()
    for place in ["idx", "a.npy", "a.safetensors", "shards"] {
      let data = try await DataDescription(DataSource("\(fixture.scratch.path)/\(place)"), keep: .file).load()
      #expect(data.training is FileSamples)
      let file = try await fixture.open("run-\(place)", set: set, data: data, threads: threads).run()
      #expect(file.weightsSHA256 == memory.weightsSHA256 && file.metrics == memory.metrics, "\(place)")
      #expect(try fixture.history("run-\(place)") == fixture.history("memory"), "\(place)")
      #expect(
        try fixture.folder("run-\(place)").dataDigest == fixture.folder("memory").dataDigest, "\(place)")
    }
  }

  @Test(arguments: [1, 2])
  func theRunIsTheSameFromBatchesOfCIFAR(_ threads: Int) async throws {
    for number in 1...5 {
      try fixture.scratch.write(
        cifarBatch((0..<8).map { UInt8((number + $0) % 10) }), "cifar/data_batch_\(number).bin")
    }
    try fixture.scratch.write(cifarBatch([1, 2, 3, 4]), "cifar/test_batch.bin")
    let set = [
      "model={input: [3, 32, 32], encoder: [flatten, {dense: {units: 4}}], decoder: [{dense: {units: 3072}}, {reshape: {shape: [3, 32, 32]}}]}",
      "validation=test",
    ]
    let source = DataSource("\(fixture.scratch.path)/cifar")
    let memory = try await fixture.open(
      "memory", set: set, data: DataDescription(source, keep: .memory).load()
    ).run()
    let data = try await DataDescription(source, keep: .file).load()
    let file = try await fixture.open("file", set: set, data: data, threads: threads).run()
    #expect(data.training is FileSamples && file.weightsSHA256 == memory.weightsSHA256)
    #expect(try fixture.folder("file").dataDigest == fixture.folder("memory").dataDigest)
  }

  // MARK: - Windows of shards

  private func shards(_ window: Int?, keep: DataKeeping = .file) async throws -> (
    data: DataSet, set: [String]
  ) {
    let folder = "\(fixture.scratch.path)/shards"
    if !fixture.scratch.exists("shards") {
      _ = try ShardFolder.write(RunFixture.data(), source: "test", to: folder, bytes: 6 * 16)
    }
    let data = try await DataDescription(DataSource(folder), keep: keep).load()
    return (data, ["validation=0.25"] + (window.map { ["data={folder: shards, window: \($0)}"] } ?? []))
  }

  @Test func aWindowIsAnotherOrderThatIsTheSameEverywhere() async throws {
    let (data, whole) = try await shards(nil)
    let usual = try await fixture.open("usual", set: whole, data: data).run()
    for window in [1, 2, 7] {
      let (data, set) = try await shards(window)
      let one = try await fixture.open("one-\(window)", set: set, data: data).run()
      #expect(one.weightsSHA256 != usual.weightsSHA256)
      let memory = try await shards(window, keep: .memory).data
      let two = try await fixture.open("two-\(window)", set: set, data: memory, threads: 2).run()
      #expect(two.weightsSHA256 == one.weightsSHA256)
      for stop in [1, 2, 5] {
        let name = "broken-\(window)-\(stop)"
        await fixture.breakOff(try fixture.open(name, set: set, data: data), after: stop)
        try fixture.copy(name, to: "copy-\(window)-\(stop)")
        let resumed = try await fixture.open("copy-\(window)-\(stop)", set: set, data: data, resume: true)
          .run()
        #expect(resumed.weightsSHA256 == one.weightsSHA256)
      }
    }
  }

  @Test func onlyShardsHaveWindows() async throws {
    try write()
    expectSentence(["data.window is 3, but a.npy is no folder of shards", "leave data.window out"], .usage) {
      _ = try fixture.open(set: ["data={file: a.npy, window: 3}"], data: data(.file))
    }
  }
}
