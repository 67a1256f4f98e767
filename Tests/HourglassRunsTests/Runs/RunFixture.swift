import Foundation
import HourglassBase
import HourglassData
import HourglassRuns
import HourglassTestSupport
import Synchronization
import Testing

/// Folders of runs of `smallRecipe`: 30 samples to train on and 10 to validate, so two epochs of four batches.
struct RunFixture {
  static let batches = 8

  let scratch = ScratchFolder()

  func folder(_ name: String = "run") -> RunFolder { RunFolder("\(scratch.path)/\(name)") }

  static func data(seed: UInt64 = 1) throws -> DataSet {
    var numbers = TestNumbers(seed)
    let bytes = (0..<40 * 16).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    return try DataSet(name: "test", training: SampleArray(trustedBytes: bytes, count: 40, shape: [1, 4, 4]))
  }

  func open(
    _ name: String = "run", set overrides: [String] = [], data: DataSet? = nil, resume: Bool = false,
    threads: Int = 1
  ) throws -> TrainingRun {
    try TrainingRun(
      recipe: recipe(smallRecipe, set: overrides), data: data ?? Self.data(), folder: folder(name),
      resume: resume, threads: threads)
  }

  /// A run's folder as another process would find it: the lock of the first is not on the copy.
  func copy(_ name: String = "run", to other: String) throws {
    try FileManager.default.copyItem(atPath: folder(name).path, toPath: folder(other).path)
  }

  /// A run's history without the seconds, which no two runs share.
  func history(_ name: String = "run") throws -> [String] {
    String(decoding: try scratch.read("\(name)/history.csv"), as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).dropLast().joined(separator: ",")
    }
  }

  /// Runs until the batch `stop`, counted from 1, and throws there.
  func breakOff(_ run: TrainingRun, after stop: Int) async {
    let batches = Mutex(0)
    await #expect(throws: BrokenOff.self) {
      try await run.run({ event in
        guard case .batch = event else { return }
        let count = batches.withLock { count in
          count += 1
          return count
        }
        if count == stop { throw BrokenOff() }
      })
    }
  }
}

/// Thrown to break a run off.
struct BrokenOff: Error {}
