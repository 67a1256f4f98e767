import Foundation
import Hourglass
import Testing

/// Several processes at once in one place.
struct ConcurrencyTests {
  private func end(_ running: [RunningProcess]) throws -> [Hourglass.Outcome] {
    try running.map { try #require($0.wait(seconds: 120)) }
  }

  private func writeVectors(_ count: Int, _ name: String, _ scratch: Scratch) throws {
    let numbers = (0..<64 * count).map { Float($0 % 997) }
    try NPY.write(
      SampleArray(trustedFloats: numbers, count: count, shape: [64]), to: "\(scratch.path)/\(name)")
  }

  @Test func addingToAnIndexLosesNothing() throws {
    let scratch = try Scratch(data: false)
    let counts = [2000, 3000, 5000]
    for (number, count) in counts.enumerated() { try writeVectors(count, "\(number).npy", scratch) }
    try writeVectors(1000, "first.npy", scratch)
    #expect(try scratch.hourglass("index", "first.npy", "--out", "i").status == 0)
    let outcomes = try end(
      counts.indices.map { try scratch.hourglass.start(["index", "\($0).npy", "--add", "--out", "i"]) })
    for outcome in outcomes { #expect(outcome.status == 0, "\(outcome.errors)") }
    #expect(try SearchIndex.read(path: "\(scratch.path)/i").count == 11_000)
    #expect(!scratch.names("").contains { $0.hasSuffix(".lock") })
  }

  /// What is added while it waits is kept.
  @Test func addingWaitsForAnother() throws {
    let scratch = try Scratch(data: false)
    for (name, count) in [("a.npy", 10), ("b.npy", 20), ("c.npy", 40)] {
      try writeVectors(count, name, scratch)
    }
    #expect(try scratch.hourglass("index", "a.npy", "--out", "i").status == 0)
    try FileManager.default.copyItem(atPath: "\(scratch.path)/i", toPath: "\(scratch.path)/other")
    #expect(try scratch.hourglass("index", "b.npy", "--add", "--out", "other").status == 0)
    let lock = try SearchIndex.lock("\(scratch.path)/i") {}
    let running = try scratch.hourglass.start(["index", "c.npy", "--add", "--out", "i"])
    #expect(running.waitForErrors("Another process is changing i; waiting for it."))
    try AtomicFile.write(try scratch.read("other"), to: "\(scratch.path)/i")
    lock.release()
    let outcome = try #require(running.wait(seconds: 60))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.components(separatedBy: "waiting for it").count == 2)
    #expect(try SearchIndex.read(path: "\(scratch.path)/i").count == 70)
  }

  @Test func runsStartedAtOnceTakeAFolderEach() throws {
    let scratch = try Scratch()
    let arguments = [
      "train", "mnist-conv", "--data", "data", "--epochs", "1", "--limit", "40", "--threads", "1", "--json",
    ]
    let outcomes = try end((0..<4).map { _ in try scratch.hourglass.start(arguments) })
    for outcome in outcomes { #expect(outcome.status == 0, "\(outcome.errors)") }
    let names = ["mnist-conv", "mnist-conv-2", "mnist-conv-3", "mnist-conv-4"]
    #expect(scratch.names("runs") == names)
    #expect(Set(outcomes.compactMap { $0.json["run"] as? String }) == Set(names.map { "runs/\($0)" }))
    #expect(Set(outcomes.map(\.weights)).count == 1)
  }

  /// The next run has the first free name, also after one that came to nothing.
  @Test func aRunThatFailsGivesItsNameBack() throws {
    let scratch = try Scratch()
    let arguments = ["train", "mnist-conv", "--data", "data", "--epochs", "1", "--limit", "40"]
    let failed = try scratch.hourglass(arguments + ["--set", "model.input=[1, 9, 9]"])
    #expect(failed.status != 0 && scratch.names("runs") == [], "\(failed.errors)")
    _ = try scratch.folder("runs/mnist-conv")
    try scratch.write("mine", "runs/mnist-conv-2")
    #expect(try scratch.hourglass(arguments).status == 0)
    #expect(scratch.names("runs") == ["mnist-conv", "mnist-conv-2", "mnist-conv-3"])
    #expect(scratch.names("runs/mnist-conv") == [])
  }

  @Test func twoDetectorsInOneFolder() throws {
    let scratch = try Scratch(data: false)
    let rows = (0..<200).map { "\($0 % 17),\($0 % 5),\(Double($0 % 17) * 2.5)" }
    try scratch.write((["a,b,c"] + rows).joined(separator: "\n"), "rows.csv")
    let folder = try scratch.folder("run")
    let arguments = ["detect", "fit", "rows.csv", "--epochs", "1", "--out", "run"]
    // A link there would be followed to what is somebody else's.
    try scratch.write("mine", "notes.txt")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/scores.csv", withDestinationPath: "../notes.txt")
    let linked = try scratch.hourglass(arguments)
    #expect(linked.status == 64 && linked.errors.contains("run/scores.csv is a link"), "\(linked.errors)")
    #expect(try scratch.read("notes.txt") == Array("mine".utf8))
    try FileManager.default.removeItem(atPath: "\(folder)/scores.csv")
    _ = try scratch.folder("pictures")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/figures", withDestinationPath: "../pictures")
    let elsewhere = try scratch.hourglass(arguments)
    #expect(
      elsewhere.status == 64 && elsewhere.errors.contains("run/figures is a link"), "\(elsewhere.errors)")
    #expect(scratch.names("pictures").isEmpty)
    try FileManager.default.removeItem(atPath: "\(folder)/figures")
    let lock = try FileLock("\(folder)/.lock", of: folder, work: "fitting a detector into")
    let refused = try scratch.hourglass(arguments)
    #expect(refused.status == 1 && refused.complaints.count == 1, "\(refused.errors)")
    #expect(refused.errors.contains("Another process is fitting a detector into run; wait for it"))
    lock.release()
    let outcomes = try end((0..<2).map { _ in try scratch.hourglass.start(arguments) })
    #expect(outcomes.count { $0.status == 0 } == 1, "\(outcomes.map(\.errors))")
    #expect(scratch.exists("run/result.json") && !scratch.exists("run/.lock"))
  }
}
