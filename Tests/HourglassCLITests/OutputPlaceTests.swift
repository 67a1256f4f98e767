import Foundation
import Hourglass
import HourglassTestSupport
import Testing

/// No `--out` replaces what the command reads, and none is found wanting after the work.
struct OutputPlaceTests {
  private func trained(_ recipe: String) throws -> Scratch {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "train", recipe, "--data", "data", "--epochs", "1", "--out", "run", "--threads", "1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return scratch
  }

  private func refuses(_ scratch: Scratch, _ file: String, _ arguments: [String], as what: String = "--out")
    throws
  {
    let before = try scratch.read(file)
    expectRefusal(
      try scratch.hourglass(arguments), status: 64, saying: "\(what) is the input itself, ", file,
      "would be lost; choose another place")
    #expect(try scratch.read(file) == before, "\(arguments)")
  }

  @Test func inputsOfModelsOfCodesStay() throws {
    let scratch = try trained("fashion-codes")
    let numbers = try SampleArray(floats: (0..<80).map { Float($0 * $0 % 17) }, count: 20, shape: [4])
    try NPY.write(numbers, to: "\(scratch.path)/v.npy")
    let images = try DataFolder.load("\(scratch.path)/data").test.prefix(20)
    try NPY.write(
      SampleArray(trustedFloats: images.floats, count: 20, shape: [1, 28, 28]), to: "\(scratch.path)/i.npy")
    try scratch.write(try scratch.read("run/model.safetensors"), "m.safetensors")
    #expect(try scratch.hourglass("index", "v.npy", "--out", "ix.html").status == 0)
    #expect(try scratch.hourglass("transform", "run", "--limit", "5", "--out", "c.npy").status == 0)
    let alias = try link("v.npy", "link.npy", scratch)
    try refuses(scratch, "v.npy", ["index", "v.npy", "--out", "./v.npy"])
    try refuses(scratch, "v.npy", ["index", "v.npy", "--out", alias])
    try refuses(scratch, "v.npy", ["index", "v.npy", "--out", "data/../v.npy"])
    try refuses(scratch, "run/model.safetensors", ["index", "run", "--out", "run/model.safetensors"])
    try refuses(scratch, "ix.html", ["search", "ix.html", "v.npy", "--out", "ix.html"])
    try refuses(scratch, "c.npy", ["inverse-transform", "run", "c.npy", "--out", "c.npy"])
    try refuses(scratch, "i.npy", ["transform", "run", "--data", "i.npy", "--out", "i.npy"])
    try refuses(
      scratch, "i.npy", ["transform", "run", "--data", "i.npy", "--out", "x.npy", "--labels", "i.npy"],
      as: "--labels")
    // Files that are written beside the page count too.
    try refuses(
      scratch, "m.safetensors", ["project", "m.safetensors", "--data", "data", "--out", "m.html"],
      as: "m.safetensors beside --out")
    #expect(try scratch.hourglass("project", "v.npy", "--method", "pca", "--out", "old.html").status == 0)
    _ = try link("old.safetensors", "new.safetensors", scratch)
    try refuses(
      scratch, "old.safetensors", ["project", "v.npy", "--into", "old.html", "--out", "new.html"],
      as: "new.safetensors beside --out")
    let end = "data/train-images-idx3-ubyte"
    let drawing = try link(end, "link.png", scratch)
    try refuses(scratch, end, ["interpolate", "run", "--from", end, "--to", "1", "--out", drawing])
    #expect(!scratch.exists("x.npy") && !scratch.exists("m.html") && !scratch.exists("new.html"))
    // A picture of a folder that is read.
    for index in 0..<6 {
      try PNG.write(
        Picture(samples: images.sample(index), shape: [1, 28, 28]),
        to: "\(try scratch.folder("photos"))/\(index).png")
    }
    try refuses(
      scratch, "photos/3.png",
      ["project", "run", "--data", "photos", "--method", "pca", "--out", "photos/3.html"],
      as: "photos/3.png beside --out")
  }

  /// - Returns: `name`, which leads to the file.
  private func link(_ file: String, _ name: String, _ scratch: Scratch) throws -> String {
    try FileManager.default.createSymbolicLink(atPath: "\(scratch.path)/\(name)", withDestinationPath: file)
    return name
  }

  @Test func inputsOfDetectorsAndDrawingsStay() throws {
    let scratch = try Scratch(data: false)
    let rows = (0..<60).map { "\($0 % 7),\($0 * $0 % 11),\($0 % 5)" }
    try scratch.write((["a,b,c"] + rows).joined(separator: "\n") + "\n", "t.csv")
    let fit = try scratch.hourglass(
      "detect", "fit", "t.csv", "--epochs", "1", "--threads", "1", "--out", "q")
    #expect(fit.status == 0, "\(fit.errors)")
    try refuses(scratch, "t.csv", ["detect", "score", "q", "t.csv", "--out", "t.csv"])
    expectRefusal(
      try scratch.hourglass("detect", "score", "q", "t.csv", "--out", "no/x.csv"), status: 1,
      saying: "Cannot write no/x.csv: there is no folder no; create it")
    let model = try link("q/model.safetensors", "model.csv", scratch)
    try refuses(scratch, "q/model.safetensors", ["detect", "score", "q", "t.csv", "--out", model])
    try refuses(
      scratch, "q/scores.csv", ["detect", "fit", "q/scores.csv", "--out", "q"], as: "scores.csv in --out")
    try PNG.write(
      Picture(width: 28, height: 28, channels: 1, trusted: [UInt8](repeating: 9, count: 784)),
      to: "\(scratch.path)/p.png")
    try refuses(scratch, "p.png", ["from-scratch", "--image", "p.png", "--out", "p.png"])
  }

  @Test func inputsOfCompressionStay() throws {
    let scratch = try trained("image-compression")
    try PNG.write(
      Picture(width: 30, height: 28, channels: 1, trusted: (0..<840).map { UInt8($0 % 251) }),
      to: "\(scratch.path)/p.hgz")
    try refuses(scratch, "p.hgz", ["compress", "run", "p.hgz", "--out", "p.hgz"])
    #expect(try scratch.hourglass("compress", "run", "p.hgz", "--out", "c.hgz").status == 0)
    try scratch.write(try scratch.read("c.hgz"), "c.png")
    try refuses(scratch, "c.png", ["decompress", "run", "c.png", "--out", "c.png"])
    try scratch.write(try scratch.read("run/model.safetensors"), "m.safetensors")
    let page = try link("m.safetensors", "page.html", scratch)
    try refuses(
      scratch, "m.safetensors", ["rate-distortion", "m.safetensors", "--data", "data", "--out", page])
  }

  /// The folder is missing: said at once, before there is anything to read.
  @Test func foldersAreCheckedFirst() throws {
    let scratch = try Scratch(data: false)
    try scratch.write("a,b\n1,2\n", "t.csv")
    let commands = [
      ["index", "gone.npy", "--out", "no/x"], ["project", "gone.npy", "--out", "no/x.html"],
      ["project", "gone.npy", "--codes", "no/x.csv"], ["transform", "gone", "--out", "no/x.npy"],
      ["inverse-transform", "gone", "c.npy", "--out", "no/x.npy"],
      ["search", "gone", "q.npy", "--out", "no/x.csv"],
      ["compress", "gone", "p.png", "--out", "no/x.hgz"],
      ["decompress", "gone", "x.hgz", "--out", "no/x.png"],
      ["denoise", "gone", "p.png", "--out", "no/x.png"], ["generate", "gone", "--out", "no/x.png"],
      ["interpolate", "gone", "--from", "1", "--to", "2", "--out", "no/x.png"],
      ["rate-distortion", "gone", "--out", "no/x.html"],
      ["report", "gone", "--out", "no/x.html"], ["from-scratch", "--image", "gone.png", "--out", "no/x.png"],
    ]
    for command in commands {
      expectRefusal(
        try scratch.hourglass(command), status: 1, saying: "Cannot write no/x",
        "there is no folder no; create it, or choose another --out")
    }
    expectRefusal(
      try scratch.hourglass("index", "gone.npy", "--out", "t.csv/x"), status: 1,
      saying: "t.csv is not a folder")
    expectRefusal(
      try scratch.hourglass("index", "gone.npy", "--out", "."), status: 1, saying: "it is a folder")
  }
}
