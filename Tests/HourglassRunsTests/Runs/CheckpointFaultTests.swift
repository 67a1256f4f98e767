import Foundation
import HourglassBase
import HourglassFiles
import HourglassRuns
import HourglassTestSupport
import Testing

/// A disk that fails while a checkpoint is read or written costs no epoch.
@Suite struct CheckpointFaultTests {
  private let fixture = RunFixture()

  /// A run that ended with its fifth batch of eight.
  private func breakOff() async throws {
    await fixture.breakOff(try fixture.open(), after: 5)
    #expect(fixture.scratch.names(in: "run/checkpoint") == ["5-1.safetensors", "manifest.json"])
  }

  private func place(_ name: String) -> String { "\(fixture.folder().checkpoint)/\(name)" }

  @Test(arguments: ["manifest.json", "5-1.safetensors"], [EIO, EACCES, ESTALE])
  func whatCannotBeReadStays(_ name: String, _ number: Int32) async throws {
    let whole = try await fixture.open("whole").run()
    try await breakOff()
    let before = try (fixture.scratch.read("run/checkpoint/manifest.json"), tensors())
    for call in [FileCall.look, .open, .read] {
      let error = await asyncThrownError {
        try await FileFaults.failing(call, at: place(name), number) {
          _ = try await fixture.open(resume: true).run()
        }
      }
      #expect(error.code == .environment && error.says(name), "\(error)")
      #expect(!error.message.contains("delete") && !error.message.contains("not there"), "\(error)")
      #expect(fixture.scratch.names(in: "run/checkpoint") == ["5-1.safetensors", "manifest.json"])
    }
    let after = try (fixture.scratch.read("run/checkpoint/manifest.json"), tensors())
    #expect(after.0 == before.0 && after.1 == before.1)
    let resumed = try await fixture.open(resume: true).run()
    #expect(resumed.weightsSHA256 == whole.weightsSHA256)
  }

  private func tensors() throws -> [UInt8] { try fixture.scratch.read("run/checkpoint/5-1.safetensors") }

  @Test(arguments: ["manifest.json", "5-1.safetensors"], [FileCall.look, .open, .read])
  func anInterruptedCallIsMadeAgain(_ name: String, _ call: FileCall) async throws {
    let whole = try await fixture.open("whole").run()
    try await breakOff()
    let resumed = try await FileFaults.failing(call, at: place(name), EINTR, times: 3) {
      try await fixture.open(resume: true).run()
    }
    #expect(resumed.weightsSHA256 == whole.weightsSHA256)
  }

  /// The old checkpoint goes only when the new one was read back.
  @Test(arguments: [FileCall.write, .flush, .rename, .read])
  func theOldOneStaysUntilTheNewOneIsWhole(_ call: FileCall) async throws {
    let whole = try await fixture.open("whole").run()
    try await breakOff()
    let error = await asyncThrownError {
      try await FileFaults.failing(call, at: place("8-2.safetensors"), EIO) {
        _ = try await fixture.open(resume: true).run()
      }
    }
    #expect(error.code == .environment && error.says("8-2.safetensors"), "\(error)")
    #expect(fixture.scratch.names(in: "run/checkpoint").contains("5-1.safetensors"))
    let resumed = try await fixture.open(resume: true).run()
    #expect(resumed.weightsSHA256 == whole.weightsSHA256)
    #expect(fixture.scratch.names(in: "run/checkpoint") == ["8-2.safetensors", "manifest.json"])
  }

  /// A history tells that there was a manifest: the epochs that were done are not thrown away.
  @Test func aLostManifestIsToldOf() async throws {
    try await breakOff()
    try FileManager.default.removeItem(atPath: place("manifest.json"))
    let history = try fixture.scratch.read("run/history.csv")
    let run = try fixture.open(resume: true)
    await expectAsyncSentence(
      ["checkpoint holds 5-1.safetensors", "history.csv tells", "manifest.json", "put it back", "delete"],
      .badData
    ) { _ = try await run.run() }
    #expect(fixture.scratch.names(in: "run/checkpoint") == ["5-1.safetensors"])
    #expect(try fixture.scratch.read("run/history.csv") == history)
    // What the sentence says helps.
    try FileManager.default.removeItem(atPath: place("5-1.safetensors"))
    let whole = try await fixture.open("whole").run()
    #expect(try await run.run().weightsSHA256 == whole.weightsSHA256)
  }

  /// A process died before its first manifest: training begins anew, and what lies there goes when its successor is whole.
  @Test func tensorsWithoutAManifestStayAtFirst() async throws {
    try await breakOff()
    try FileManager.default.removeItem(atPath: place("manifest.json"))
    try FileManager.default.removeItem(atPath: fixture.folder().history)
    let run = try fixture.open(resume: true)
    await #expect(throws: BrokenOff.self) {
      try await run.run({ [fixture] event in
        guard case .batch(let progress) = event, progress.samplesDone == 8 else { return }
        #expect(fixture.scratch.names(in: "run/checkpoint") == ["5-1.safetensors"])
        throw BrokenOff()
      })
    }
    #expect(fixture.scratch.names(in: "run/checkpoint") == ["1-0.safetensors", "manifest.json"])
  }

  @Test(arguments: [EIO, EACCES])
  func aResultThatCannotBeReadIsNotMadeAgain(_ number: Int32) async throws {
    _ = try await fixture.open().run()
    let before = try fixture.scratch.read("run/result.json")
    let error = await asyncThrownError {
      try await FileFaults.failing(.look, at: fixture.folder().result, number) {
        _ = try await fixture.open(resume: true).run()
      }
    }
    #expect(error.code == .environment && error.says("result.json"))
    #expect(try fixture.scratch.read("run/result.json") == before)
  }
}
