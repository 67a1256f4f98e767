import Foundation
import Testing

/// Where output goes, and what happens when it cannot.
struct OutputTests {
  private let arguments = ["train", "mnist-conv", "--data", "data", "--epochs", "2", "--batch-size", "32"]

  @Test func resultOnOutputAndProgressOnErrors() throws {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(arguments + ["--out", "run", "--json"])
    #expect(outcome.status == 0)
    #expect(outcome.output.split(separator: "\n").count == 1, "\(outcome.output)")
    #expect(outcome.output.hasSuffix("}\n"))
    let keys: Set = [
      "recipe", "parameters", "epochs", "seconds", "samples_per_second", "seconds_to_first_epoch",
      "train_loss",
      "validation_loss", "metrics", "weights_sha256", "run", "seed", "threads", "instruction_set",
      "training_samples", "validation_samples", "notes", "program",
    ]
    #expect(Set(outcome.json.keys) == keys)
    #expect(outcome.json["training_samples"] as? Int == 200)
    #expect(outcome.json["validation_samples"] as? Int == 64)
    #expect(outcome.errors.contains("epoch 1 ") && outcome.errors.contains("epoch 2 "))
    #expect(outcome.errors.contains("report: run/report.html"))
    #expect(!outcome.errors.contains("\u{1B}"), "no redrawing where nobody sees it")
    #expect(String(decoding: try scratch.read("run/result.json"), as: UTF8.self) == outcome.output)
    let files = ["checkpoint", "figures", "history.csv", "model.safetensors", "recipe.yaml", "report.html"]
    #expect(Set(files).isSubset(of: scratch.names("run")), "\(scratch.names("run"))")

    let quiet = try scratch.hourglass(arguments + ["--out", "quiet"])
    #expect(quiet.status == 0 && quiet.output.isEmpty)
  }

  @Test func placesThatCannotBeWritten() throws {
    let scratch = try Scratch()
    try scratch.write("a file", "file")
    for place in ["file", "file/inside", "file/inside/deeper"] {
      expectRefusal(try scratch.hourglass(arguments + ["--out", place]), status: 1, saying: "file", "--out")
    }
    // The system's own words, as everywhere else.
    #expect(try scratch.hourglass(arguments + ["--out", "file/inside"]).errors.contains("(Not a directory)"))
    #expect(try scratch.read("file") == Array("a file".utf8))
    guard getuid() != 0 else { return print("skipped: root may write everywhere") }
    let locked = try scratch.folder("locked")
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: locked)
    expectRefusal(
      try scratch.hourglass(arguments + ["--out", "locked"]), status: 1, saying: "locked", "--out")
    expectRefusal(
      try scratch.hourglass(arguments + ["--out", "locked/run"]), status: 1, saying: "locked", "--out")
  }

  /// A folder in the place of a file that is to be written.
  @Test func foldersInThePlaceOfFiles() throws {
    let scratch = try Scratch()
    let names = [
      "history.csv", "model.safetensors", "report.html", "result.json", "figures/reconstructions.png",
    ]
    for (number, name) in names.enumerated() {
      let run = "run-\(number)"
      #expect(try scratch.hourglass(arguments + ["--out", run]).status == 0)
      // A run that was begun, and in which someone has put a folder since.
      for file in ["checkpoint", "result.json", name] where scratch.exists("\(run)/\(file)") {
        try FileManager.default.removeItem(atPath: "\(scratch.path)/\(run)/\(file)")
      }
      _ = try scratch.folder("\(run)/\(name)")
      let outcome = try scratch.hourglass(arguments + ["--out", run, "--resume"])
      #expect(outcome.status == 1 && !outcome.isSignalled, "\(name): \(outcome.errors)")
      #expect(outcome.complaints.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains(name), "\(outcome.errors)")
    }
  }

  @Test func fullDisk() throws {
    let scratch = try Scratch()
    #if os(Linux)
      let disk = try scratch.folder("disk")
      guard getuid() == 0, mount("tmpfs", disk, "tmpfs", 0, "size=64k") == 0 else {
        return print("skipped: only root can make a small disk")
      }
      defer { umount2(disk, Int32(MNT_DETACH)) }
      try scratch.write([UInt8](repeating: 1, count: 40_000), "disk/filler")
      let outcome = try scratch.hourglass(arguments + ["--out", "disk/run"])
      #expect(outcome.status == 1 && !outcome.isSignalled, "\(outcome.errors)")
      #expect(outcome.complaints.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains("the disk is full"), "\(outcome.errors)")
      #expect(!scratch.names("disk/run/checkpoint").contains { $0.hasSuffix(".partial") })
      // With space again it goes on.
      #expect(mount("tmpfs", disk, "tmpfs", UInt(MS_REMOUNT), "size=8m") == 0)
      let resumed = try scratch.hourglass(arguments + ["--out", "disk/run", "--resume", "--json"])
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(try scratch.hourglass(arguments + ["--out", "run", "--json"]).weights == resumed.weights)
    #else
      print("skipped: only Linux makes a small disk")
    #endif
  }

  @Test func closedOutput() throws {
    let scratch = try Scratch()
    let commands = [
      ["recipes"], ["recipes", "--json"], ["summary", "mnist-conv"],
      ["explain", "mnist-conv", "--stage", "passes"],
      arguments + ["--out", "run", "--json"],
    ]
    for command in commands {
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      let running = try scratch.hourglass.start(command, output: pipe.fileHandleForWriting)
      try pipe.fileHandleForWriting.close()
      let outcome = try #require(running.wait(seconds: 60))
      #expect(!outcome.isSignalled && outcome.status == 1, "\(command): \(outcome.status) \(outcome.errors)")
      #expect(
        outcome.complaints.count == 1 && outcome.errors.contains("standard output"), "\(outcome.errors)")
    }
    #expect(scratch.exists("run/result.json"), "the run itself is complete")
  }

  /// Closed from the start: no file of the run may be taken for standard output.
  @Test func noOutputAtAll() throws {
    let scratch = try Scratch()
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    let command = (arguments + ["--out", "run", "--json"]).joined(separator: " ")
    shell.arguments = ["-c", "exec '\(try #require(Hourglass.executable))' \(command) >&- 2>errors"]
    shell.currentDirectoryURL = URL(filePath: scratch.path)
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 1 && shell.terminationReason == .exit)
    #expect(
      String(decoding: try scratch.read("errors"), as: UTF8.self).contains(
        "error: The result cannot be written"))
    let recipe = String(decoding: try scratch.read("run/recipe.yaml"), as: UTF8.self)
    #expect(recipe.hasPrefix("name: mnist-conv\n") && !recipe.contains("{\""))
  }

  @Test func fullOutput() throws {
    guard let full = FileHandle(forWritingAtPath: "/dev/full") else { return print("skipped: no /dev/full") }
    let scratch = try Scratch(data: false)
    let running = try scratch.hourglass.start(["recipes"], output: full)
    let outcome = try #require(running.wait(seconds: 20))
    #expect(!outcome.isSignalled && outcome.status == 1)
    #expect(outcome.complaints.count == 1, "\(outcome.errors)")
  }
}
