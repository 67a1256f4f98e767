import Foundation
import Hourglass
import Testing

/// `--out` and its like: checked alike, and no file is replaced in silence.
struct OutputOptionTests {
  /// Every command that writes files, and the options that name these.
  private static let options: [(command: [String], option: String)] = [
    (["transform", "run"], "--out"), (["transform", "run"], "--labels"),
    (["inverse-transform", "run", "c.npy"], "--out"), (["project", "run"], "--out"),
    (["project", "run"], "--codes"), (["generate", "run"], "--out"),
    (["interpolate", "run", "--from", "0", "--to", "1"], "--out"), (["index", "run"], "--out"),
    (["search", "i", "p.png"], "--out"), (["compress", "run", "p.png"], "--out"),
    (["decompress", "run", "x.hgz"], "--out"), (["rate-distortion", "run"], "--out"),
    (["denoise", "run", "p.png"], "--out"), (["denoise", "run", "p.png", "--out", "x.png"], "--figure"),
    (["detect", "score", "run", "t.csv"], "--out"),
    (["detect", "score", "run", "--data", "photos"], "--figure"),
    (["detect", "fit", "t.csv"], "--out"), (["train", "undercomplete"], "--out"),
    (["train", "undercomplete"], "--tensorboard"),
    (["report", "run"], "--out"), (["features", "run"], "--out"),
    (["compare", "a", "b"], "--figure"), (["compare", "a", "b"], "--report"),
    (["from-scratch", "--image", "p.png"], "--out"),
  ]

  @Test func emptyNamesAreRefused() throws {
    let scratch = try Scratch(data: false)
    for (command, option) in Self.options {
      expectRefusal(
        try scratch.hourglass(command + [option, ""]), status: 64, saying: "error: \(option) is empty; name ")
    }
    #expect(scratch.names("").isEmpty)
  }

  @Test func endingsAreChecked() throws {
    let scratch = try Scratch(data: false)
    let picture = ".png, .jpg or .jpeg"
    let cases: [([String], String, String, String)] = [
      (["transform", "run"], "--out", "c.txt", ".npy or .csv"),
      (["transform", "run"], "--out", ".npy", ".npy or .csv"),
      (["transform", "run"], "--labels", "l.csv", ".npy"),
      (["project", "run"], "--out", "m.htm", ".html"), (["project", "run"], "--out", "no/.html", ".html"),
      (["generate", "run"], "--out", "s.gif", picture),
      (["interpolate", "run", "--from", "0", "--to", "1"], "--out", "png", picture),
      (["search", "i", "p.png"], "--out", "x.gif", ".html, .png or .csv"),
      (["compress", "run", "p.png"], "--out", "x.png", ".hgz"),
      (["decompress", "run", "x.hgz"], "--out", "x.jpg", ".png or .npy"),
      (["rate-distortion", "run"], "--out", "x.png", ".html"),
      (["denoise", "run", "p.png"], "--out", "x", picture),
      (["denoise", "run", "p.png", "--out", "x.png"], "--figure", "x.webp", picture),
      (["detect", "score", "run", "--data", "photos"], "--figure", "f.html", picture),
      (["detect", "score", "run", "t.csv"], "--out", "s.txt", ".csv"),
      (["report", "run"], "--out", "card.png", ".html"),
      (["features", "run"], "--out", "units.png", ".html"),
    ]
    for (command, option, name, endings) in cases {
      expectRefusal(
        try scratch.hourglass(command + [option, name]), status: 64,
        saying: "error: \(option) is \"\(name)\", but must name a file that ends in \(endings)")
    }
    // Pictures may end in capitals: it is only the run that is missing.
    expectRefusal(
      try scratch.hourglass("generate", "run", "--out", "S.PNG"), status: 1, saying: "no run in run")
  }

  @Test func twoOutputsAreTwoFiles() throws {
    let scratch = try Scratch(data: false)
    let cases: [([String], String)] = [
      (
        ["transform", "run", "--out", "x.npy", "--labels", "./x.npy"],
        "--labels is the same file as --out; choose another name"
      ),
      (
        ["project", "run", "--out", "m.html", "--codes", "m.csv"],
        "--codes is the same file as m.csv beside --out; choose another name"
      ),
    ]
    for (command, sentence) in cases {
      expectRefusal(try scratch.hourglass(command), status: 64, saying: sentence)
    }
  }

  /// Runs a command twice: the second time it tells, in one line, what it has replaced.
  private func expectReplaces(
    _ scratch: Scratch, _ command: String..., files: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for note in [[], ["replaced \(files)"]] {
      let outcome = try scratch.hourglass(command + ["--threads", "1"])
      #expect(outcome.status == 0, "\(command): \(outcome.errors)", sourceLocation: sourceLocation)
      let told = outcome.errors.split(separator: "\n").map(String.init).filter { $0.contains("replaced") }
      #expect(told == note, "\(command): \(outcome.errors)", sourceLocation: sourceLocation)
      #expect(!outcome.output.contains("replaced"), sourceLocation: sourceLocation)
    }
  }

  private func trained(_ recipe: String) throws -> Scratch {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "train", recipe, "--data", "data", "--epochs", "1", "--out", "run", "--threads", "1")
    #expect(outcome.status == 0 && !outcome.errors.contains("replaced"), "\(outcome.errors)")
    return scratch
  }

  @Test func whatModelsWriteReplacesNothingInSilence() throws {
    let scratch = try trained("vae")
    try expectReplaces(scratch, "generate", "run", "-n", "4", files: "samples.png")
    try expectReplaces(scratch, "generate", "run", "-n", "4", "--out", "s.jpg", files: "s.jpg")
    try expectReplaces(
      scratch, "interpolate", "run", "--from", "0", "--to", "1", "--steps", "3", files: "interpolation.png")
    try expectReplaces(scratch, "transform", "run", "--limit", "9", files: "codes.npy")
    try expectReplaces(
      scratch, "inverse-transform", "run", "codes.npy", "--out", "pictures",
      files: "pictures/0.png and 8 other files")
    try expectReplaces(scratch, "inverse-transform", "run", "codes.npy", files: "samples.npy")
    try expectReplaces(
      scratch, "project", "run", "--method", "pca", "--limit", "20",
      files: "map.html, map.png, map.csv, map.safetensors")
    try expectReplaces(
      scratch, "project", "run", "--into", "map.html", "--limit", "9",
      files: "placed.html, placed.png, placed.csv")
    try expectReplaces(scratch, "report", "run", "--limit", "40", files: "run/report-card.html")
    try expectReplaces(scratch, "index", "run", "--out", "i", files: "i")
    try expectReplaces(scratch, "search", "i", "--data", "data", "--out", "x.csv", files: "x.csv")
    // Adding to an index is no replacement.
    let added = try scratch.hourglass("index", "run", "--out", "i", "--add")
    #expect(added.status == 0 && !added.errors.contains("replaced"), "\(added.errors)")
    // Each option tells for itself.
    try scratch.write("old", "l.npy")
    let both = try scratch.hourglass("transform", "run", "--out", "c.csv", "--labels", "l.npy")
    #expect(both.status == 0 && both.errors.contains("replaced l.npy\n"), "\(both.errors)")
    #expect(!both.errors.contains("c.csv\n") && !both.errors.contains("replaced c.csv"))
  }

  @Test func compressionReplacesNothingInSilence() throws {
    let scratch = try trained("image-compression")
    try expectReplaces(
      scratch, "compress", "run", "--data", "data", "--limit", "8", "--out", "x.hgz", files: "x.hgz")
    try expectReplaces(scratch, "decompress", "run", "x.hgz", "--out", "x.npy", files: "x.npy")
    try expectReplaces(
      scratch, "rate-distortion", "run", "--limit", "8", "--out", "r.html", files: "r.html, r.png, r.csv")
  }

  @Test func scoresReplaceNothingInSilence() throws {
    let scratch = try Scratch(data: false)
    let rows = (0..<60).map { "\($0 % 7),\($0 * $0 % 11),\($0 % 5)" }
    try scratch.write((["a,b,c"] + rows).joined(separator: "\n") + "\n", "t.csv")
    let fit = try scratch.hourglass("detect", "fit", "t.csv", "--epochs", "1", "--out", "q")
    #expect(fit.status == 0, "\(fit.errors)")
    try expectReplaces(scratch, "detect", "score", "q", "t.csv", files: "scores.csv")
  }

  @Test func theDrawingFromScratchReplacesNothingInSilence() throws {
    let scratch = try Scratch(data: false)
    try PNG.write(
      Picture(width: 28, height: 28, channels: 1, trusted: [UInt8](repeating: 9, count: 784)),
      to: "\(scratch.path)/p.png")
    let command = ["from-scratch", "--image", "p.png"]
    #expect(try !scratch.hourglass(command).errors.contains("replaced"))
    #expect(try scratch.hourglass(command).errors.hasPrefix("replaced from-scratch.png\n"))
    // A command that fails replaces nothing, and says nothing of it.
    let before = try scratch.read("from-scratch.png")
    expectRefusal(try scratch.hourglass("from-scratch", "--image", "gone.png"), status: 1, saying: "gone.png")
    #expect(try scratch.read("from-scratch.png") == before)
  }
}
