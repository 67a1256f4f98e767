import Foundation
import Hourglass
import HourglassTestSupport
import Testing

/// The same mistake has the same exit status in every command: 64 for what is asked, 65 for what files hold, 1 for what is
/// not there.
struct ExitStatusTests {
  private func trained() throws -> Scratch {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "train", "fashion-codes", "--data", "data", "--epochs", "1", "--limit", "64", "--out", "run")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try scratch.hourglass("index", "run", "--limit", "30", "--out", "i").status == 0)
    return scratch
  }

  @Test func dataThatCannotBeUsed() throws {
    let scratch = try trained()
    try scratch.write("text", "notes.txt")
    _ = try scratch.folder("empty")
    try NPY.write(
      SampleArray(trustedFloats: [1, 2, 3, 4, 5, 6], count: 2, shape: [3]), to: "\(scratch.path)/wide.npy")
    let commands = [
      ["train", "mnist-conv", "--out", "x"], ["evaluate", "run"], ["report", "run"],
      ["project", "run", "--out", "x.html"], ["transform", "run", "--out", "x.npy"],
      ["index", "run", "--out", "x"], ["search", "i"],
    ]
    let cases: [(String, Int32, String)] = [
      ("nowhere", 1, "There is no folder nowhere, and no data set of that name"),
      ("./nowhere", 1, "./nowhere does not exist"), ("none.npy", 1, "none.npy does not exist"),
      ("empty", 1, "empty has neither IDX files"), ("notes.txt", 65, "notes.txt is a file"),
      ("wide.npy", 65, "shape (3)"), ("fashion-mnst", 64, "did you mean fashion-mnist?"),
    ]
    for command in commands {
      for (data, status, piece) in cases {
        expectRefusal(try scratch.hourglass(command + ["--data", data]), status: status, saying: piece)
      }
    }
    #expect(!scratch.exists("x") && !scratch.exists("x.html") && !scratch.exists("x.npy"))
  }

  /// A name that was left empty, as by a shell's variable that is not set, is noticed before anything is read.
  @Test func emptyNamesOfData() throws {
    let scratch = try Scratch(data: false)
    let commands = [
      ["train", "mnist-conv"], ["summary", "mnist-conv"], ["evaluate", "run"], ["report", "run"],
      ["project", "run"], ["transform", "run"], ["interpolate", "run", "--from", "0", "--to", "1"],
      ["index", "run", "--out", "x"],
      ["search", "i"], ["compress", "run", "--out", "x.hgz"], ["rate-distortion", "run"],
      ["detect", "fit", "--out", "x"], ["detect", "score", "run"],
    ]
    for command in commands {
      expectRefusal(
        try scratch.hourglass(command + ["--data", ""]), status: 64,
        saying: "--data is empty; name a data set, a folder or a file.")
    }
    #expect(scratch.names("").isEmpty)
  }

  /// Too few of them is the data's fault, unless --limit leaves too few.
  @Test func tooFewSamples() throws {
    let scratch = try trained()
    let data = try DataFolder.load("\(scratch.path)/data")
    for index in 0..<3 {
      try PNG.write(
        Picture(samples: data.training.sample(index), shape: [1, 28, 28]),
        to: "\(try scratch.folder("few"))/\(index).png")
    }
    let cases: [([String], Int32, String)] = [
      (["report", "run", "--data", "few"], 65, "A report card needs 20 samples"),
      (["report", "run", "--limit", "5"], 64, "a higher --limit"),
      (["project", "run", "--data", "few"], 65, "few has 3 samples, but a map needs at least 4"),
      (["project", "run", "--limit", "3"], 64, "t-SNE needs at least 4 samples"),
    ]
    for (arguments, status, piece) in cases {
      expectRefusal(try scratch.hourglass(arguments), status: status, saying: piece)
    }
  }
}
