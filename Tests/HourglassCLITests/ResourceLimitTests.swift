import Foundation
import HourglassTestSupport
import Testing

/// What the program does where the process may have little.
@Suite struct ResourceLimitTests {
  private func run(_ limit: String, _ arguments: [String], in scratch: Scratch) throws -> Hourglass.Outcome {
    let executable = try #require(Hourglass.executable, "the program is not built")
    let process = try RunningProcess(
      executable: "/bin/sh",
      arguments: ["-c", "ulimit \(limit) && exec \"$0\" \"$@\"", executable] + arguments,
      folder: scratch.path, environment: ["SWIFT_BACKTRACE": "enable=no"], output: nil)
    return try #require(process.wait(seconds: 60))
  }

  @Test func fewOpenFilesAreRefused() throws {
    let scratch = try Scratch(data: false)
    try scratch.write("a,b\n" + (0..<60).map { "\($0 % 7),\($0 % 5)\n" }.joined(), "t.csv")
    let outcome = try run("-n 4", ["detect", "fit", "t.csv", "--out", "d"], in: scratch)
    expectRefusal(outcome, status: 1, saying: "4 files open at once", "ulimit -n")
    #expect(try !run("-S -n 5", ["recipes"], in: scratch).isSignalled)
  }

  #if os(Linux)
    /// A file that takes no place on the disk, and would take three gigabytes of memory.
    @Test func arraysBeyondTheAddressSpaceAreRefused() throws {
      let scratch = try Scratch(data: false)
      let count = 3_000_000_000 / 784
      var header = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(count), 784), }"
      header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
      let start = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8)
      try scratch.write(start, "large.npy")
      let file = try FileHandle(forUpdating: URL(filePath: scratch.path + "/large.npy"))
      try file.truncate(atOffset: UInt64(start.count + count * 784))
      try file.close()
      let outcome = try run(
        "-v 2000000",
        ["train", "linear-pca", "--data", "large.npy", "--set", "data.keep=memory", "--out", "r"], in: scratch
      )
      expectRefusal(outcome, status: 1, saying: "large.npy takes 2,999 MB of memory", "ulimit -v")
      // Where it may stay in its file it does, unless somebody says otherwise.
      let staying = try run("-v 2000000", ["data", "large.npy"], in: scratch)
      #expect(staying.status == 0 && staying.errors.contains("is read as it is needed"), "\(staying.errors)")
    }
  #endif
}
