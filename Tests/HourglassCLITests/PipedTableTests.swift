import Foundation
import HourglassTestSupport
import Testing

/// Tables that come through standard input.
struct PipedTableTests {
  /// Runs the program with a file as its standard input, through a pipe.
  private func piped(_ file: String, _ arguments: [String], in scratch: Scratch) throws -> Hourglass.Outcome {
    let executable = try #require(Hourglass.executable, "the program is not built")
    let process = try RunningProcess(
      executable: "/bin/sh",
      arguments: ["-c", "file=$1; shift; cat \"$file\" | \"$0\" \"$@\"", executable, file] + arguments,
      folder: scratch.path, environment: ["TMPDIR": scratch.path + "/temporary"], output: nil)
    return try #require(process.wait(seconds: 60))
  }

  @Test func aPipeIsReadAsAFileIs() throws {
    let scratch = try Scratch(data: false)
    _ = try scratch.folder("temporary")
    let rows = (0..<120).map { "N\($0),\($0 * 37 % 101),\($0 * 53 % 97).5,\($0 % 3)" }
    try scratch.write("who,a,b,n\n" + rows.joined(separator: "\n"), "rows.csv")
    try scratch.write("", "empty.csv")
    let options = ["--epochs", "2", "--threads", "1"]
    let file = try scratch.hourglass(["detect", "rows.csv", "--out", "one"] + options)
    #expect(file.status == 0, "\(file.errors)")
    for (run, command) in [("two", ["detect", "-"]), ("three", ["detect", "fit", "-"])] {
      let pipe = try piped("rows.csv", command + ["--out", run] + options, in: scratch)
      #expect(pipe.status == 0, "\(pipe.errors)")
      #expect(try scratch.read("\(run)/scores.csv") == scratch.read("one/scores.csv"))
      #expect(try scratch.read("\(run)/model.safetensors") == scratch.read("one/model.safetensors"))
      // The file that it was kept in is gone, and told nowhere.
      let result = String(decoding: try scratch.read("\(run)/result.json"), as: UTF8.self)
      let page = String(decoding: try scratch.read("\(run)/report.html"), as: UTF8.self)
      #expect(result.contains("\"standard input\"") && page.contains("standard input"))
      for text in [result, page, pipe.errors] { #expect(!text.contains("standard-input.csv")) }
    }
    let scored = try scratch.hourglass("detect", "score", "one", "rows.csv", "--out", "file.csv")
    let again = try piped("rows.csv", ["detect", "score", "one", "-", "--out", "pipe.csv"], in: scratch)
    #expect(scored.status == 0 && again.status == 0, "\(again.errors)")
    #expect(try scratch.read("pipe.csv") == scratch.read("file.csv"))
    let empty = try piped("empty.csv", ["detect", "-", "--out", "four"], in: scratch)
    #expect(empty.status == 65 && empty.complaints.count == 1, "\(empty.errors)")
    #expect(empty.errors.contains("Standard input is empty"), "\(empty.errors)")
    // What is named as a file is told to come that way.
    #expect(mkfifo("\(scratch.path)/pipe", 0o600) == 0)
    for command in [["detect", "fit"], ["detect"], ["detect", "score", "one"]] {
      expectRefusal(
        try scratch.hourglass(command + ["pipe", "--out", "five.csv"]), status: 1,
        saying: "pipe is a pipe or a device, not a file;", "or - with the table on standard input.")
    }
    #expect(!scratch.exists("five.csv"))
    // Nothing of it is left.
    #expect(scratch.names("temporary").isEmpty)
  }

  /// A pipe that says nothing more, as that of a program that waits.
  @Test func aSignalEndsTheWaitForAPipe() throws {
    let scratch = try Scratch(data: false)
    _ = try scratch.folder("temporary")
    let executable = try #require(Hourglass.executable, "the program is not built")
    #expect(mkfifo("\(scratch.path)/pipe", 0o600) == 0)
    let pipe = open("\(scratch.path)/pipe", O_RDWR | O_CLOEXEC)
    defer { close(pipe) }
    #expect(write(pipe, "a,b\n1,2\n", 8) == 8)
    _ = Foundation.signal(SIGINT, SIG_DFL)
    let process = try RunningProcess(
      executable: "/bin/sh", arguments: ["-c", "exec \"$0\" detect - --out run <pipe", executable],
      folder: scratch.path, environment: ["TMPDIR": scratch.path + "/temporary"], output: nil)
    let end = Date.now + 20
    func files() -> [String] { scratch.names("temporary").flatMap { scratch.names("temporary/\($0)") } }
    while files().isEmpty, Date.now < end { usleep(2000) }
    #expect(files().count == 1)
    process.send(SIGINT)
    let outcome = try #require(process.wait(seconds: 20))
    #expect(outcome.status == 130 && !outcome.isSignalled, "\(outcome.errors)")
    #expect(outcome.errors == "Stopped by Ctrl-C; no table was read.\n")
    #expect(scratch.names("temporary").isEmpty && !scratch.exists("run"))
  }
}
