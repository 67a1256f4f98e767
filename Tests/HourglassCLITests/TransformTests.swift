import Foundation
import Hourglass
import HourglassTestSupport
import Testing

/// `transform` and `inverse-transform`: codes on their way to other tools and back.
struct TransformTests {
  private func trained() throws -> Scratch {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "train", "fashion-codes", "--data", "data", "--epochs", "1", "--out", "run", "--threads", "1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return scratch
  }

  /// The numbers of the library, to the last bit, through both kinds of file.
  @Test func numbersAreTheLibrarys() throws {
    let scratch = try trained()
    let model = try TrainedModel.read(path: "\(scratch.path)/run/model.safetensors")
    let test = try DataFolder.load("\(scratch.path)/data").test
    let codes = try model.encode(test)
    let outcome = try scratch.hourglass(
      "transform", "run", "--split", "test", "--out", "codes.npy", "--labels", "labels.npy", "--json",
      "--threads",
      "2")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["samples"] as? Int == 64 && outcome.json["shape"] as? [Int] == [32])
    #expect(outcome.json["weights_sha256"] as? String == model.weightsDigest)
    #expect(bits(try NPY.read(path: "\(scratch.path)/codes.npy").floats) == bits(codes.floats))
    // int64 as NumPy has it, after a header of 128 bytes.
    let labels = try scratch.read("labels.npy")
    #expect(
      String(decoding: labels, as: UTF8.self).contains("'descr': '<i8'") && labels.count == 128 + 8 * 64)
    #expect((0..<64).allSatisfy { labels[128 + 8 * $0] == UInt8($0 % 10) })

    let table = try scratch.hourglass(
      "transform", "run/model.safetensors", "--data", "data", "--split", "test", "--label-column", "--out",
      "codes.csv"
    )
    #expect(table.status == 0, "\(table.errors)")
    let lines = String(decoding: try scratch.read("codes.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 65 && lines[0].hasPrefix("code0,code1,") && lines[0].hasSuffix(",code31,label"))
    let first = lines[14].split(separator: ",")
    #expect(
      first.last == "3"
        && first.dropLast().map { Float($0)?.bitPattern } == codes.sample(13).map(\.bitPattern))

    let decoded = bits(try model.decode(codes).floats)
    for file in ["codes.npy", "codes.csv"] {
      let outcome = try scratch.hourglass("inverse-transform", "run", file, "--out", "back.npy", "--json")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.json["shape"] as? [Int] == [1, 28, 28])
      #expect(bits(try NPY.read(path: "\(scratch.path)/back.npy").floats) == decoded)
    }
  }

  /// A code of a file says which; codes read back whatever the names hold.
  @Test func filesAreNamed() throws {
    let scratch = try trained()
    let data = try DataFolder.load("\(scratch.path)/data")
    let names = ["a.png", "b, \"the\" second.png", "c\nd.png"]
    for (index, name) in names.enumerated() {
      let picture = try Picture(samples: data.test.sample(index), shape: [1, 28, 28])
      try PNG.write(picture, to: "\(try scratch.folder("photos/class\(index % 2)"))/\(name)")
    }
    for (extra, column) in [([], ""), (["--label-column"], "label,")] {
      let outcome = try scratch.hourglass(
        ["transform", "run", "--data", "photos", "--out", "codes.csv"] + extra)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let text = String(decoding: try scratch.read("codes.csv"), as: UTF8.self)
      #expect(text.contains(",code31,\(column)name\n"))
      #expect(
        text.contains(",photos/class0/a.png\n") && text.contains(",\"photos/class0/c\nd.png\"\n")
          && text.contains(",\"photos/class1/b, \"\"the\"\" second.png\"\n"))
      #expect(
        try scratch.hourglass("transform", "run", "--data", "photos", "--out", "codes.npy").status == 0)
      var arrays: [[UInt32]] = []
      for file in ["codes.csv", "codes.npy"] {
        let back = try scratch.hourglass("inverse-transform", "run", file, "--out", "back.npy", "--json")
        #expect(back.status == 0 && back.json["samples"] as? Int == 3, "\(back.errors)")
        arrays.append(bits(try NPY.read(path: "\(scratch.path)/back.npy").floats))
      }
      #expect(arrays[0] == arrays[1])
    }
  }

  @Test func writesPictures() throws {
    let scratch = try trained()
    #expect(try scratch.hourglass("transform", "run", "--limit", "12").status == 0)
    #expect(try scratch.hourglass("inverse-transform", "run", "codes.npy", "--out", "all").status == 0)
    #expect(scratch.names("all") == (0..<12).map { $0 < 10 ? "0\($0).png" : "\($0).png" })
    let model = try TrainedModel.read(path: "\(scratch.path)/run/model.safetensors")
    let decoded = try model.decode(NPY.read(path: "\(scratch.path)/codes.npy"))
    let picture = try Picture.read(path: "\(scratch.path)/all/03.png")
    #expect(picture == (try Picture(samples: decoded.sample(3), shape: [1, 28, 28])))
    #expect(try scratch.hourglass("inverse-transform", "run", "codes.npy", "--out", "sheet.png").status == 0)
    #expect(try Picture.read(path: "\(scratch.path)/sheet.png").width > 12 * 28)
    #expect(try scratch.hourglass("inverse-transform", "run", "codes.npy", "--out", "sheet.JPG").status == 0)
    #expect(try scratch.read("sheet.JPG").starts(with: [0xff, 0xd8, 0xff]))
  }

  @Test func refusals() throws {
    let scratch = try trained()
    #expect(try scratch.hourglass("transform", "run", "--limit", "3", "--out", "codes.csv").status == 0)
    let good = String(decoding: try scratch.read("codes.csv"), as: UTF8.self)
    try scratch.write(good.replacing("code0", with: "label"), "few.csv")
    try scratch.write(good.split(separator: "\n").dropLast().joined(separator: "\n") + "\n1,2\n", "short.csv")
    var lines = good.split(separator: "\n").map(String.init)
    lines[2] = "nan" + lines[2].drop { $0 != "," }
    try scratch.write(lines.joined(separator: "\n"), "nan.csv")
    try scratch.write("", "empty.csv")
    try scratch.write("text", "text.npy")
    let cases: [([String], Int32, String)] = [
      (["transform", "run", "--out", "codes.txt"], 64, "must name a file that ends in .npy or .csv"),
      (["transform", "run", "--label-column"], 64, "--label-column is for .csv files"),
      (["transform", "run", "--labels", "labels.txt"], 64, "must name a file that ends in .npy"),
      (["transform", "run", "--limit", "0"], 64, "--limit is 0"),
      (["transform", "run/model.safetensors"], 64, "does not say what data"),
      (["transform", "nothing"], 1, "no run in nothing"),
      (["inverse-transform", "run", "codes.txt"], 64, "must be in a .npy or .csv file"),
      (
        ["inverse-transform", "run", "few.csv"], 65,
        "has 31 columns of numbers, but a code of the model has 32"
      ),
      (["inverse-transform", "run", "short.csv"], 65, "has 2 cells in line 4, but 32 in its first"),
      (["inverse-transform", "run", "nan.csv"], 65, "has \"nan\" in line 3, which is no finite number"),
      (["inverse-transform", "run", "empty.csv"], 65, "no line of numbers"),
      (["inverse-transform", "run", "text.npy"], 65, "text.npy"),
      (["inverse-transform", "run", "gone.npy"], 1, "gone.npy does not exist"),
      (["inverse-transform", "run", "codes.csv", "--out", "no/such/x.npy"], 1, "no/such/x.npy"),
    ]
    for (arguments, status, piece) in cases {
      expectRefusal(try scratch.hourglass(arguments), status: status, saying: piece)
    }
  }

  /// Pictures of several sizes: one sentence that says how to go on, and the way it says works.
  @Test func picturesOfSeveralSizes() throws {
    let scratch = try trained()
    for (index, side) in [30, 41, 28].enumerated() {
      let picture = try Picture(
        width: side, height: 28, channels: 1, bytes: (0..<28 * side).map { UInt8($0 % 251) })
      try PNG.write(picture, to: "\(try scratch.folder("photos"))/\(index).png")
    }
    expectRefusal(
      try scratch.hourglass("transform", "run/model.safetensors", "--data", "photos"), status: 65,
      saying: "photos/0.png has 28 x 30 pixels (rows x columns), but the model's input has 28 x 28",
      "in training by --set data.resize=28 or --set data.crop=28, here by --fit resize or --fit crop.")
    // Commands without --fit do not speak of it.
    let without = try scratch.hourglass("evaluate", "run/model.safetensors", "--data", "photos")
    expectRefusal(without, status: 65, saying: "photos/0.png has 28 x 30 pixels", "--set data.resize=28")
    #expect(!without.errors.contains("--fit"))
    expectRefusal(
      try scratch.hourglass("data", "photos"), status: 65,
      saying: "photos/1.png has 28 x 41 pixels", "--set 'data.resize=[28, 30]'")
    for fit in ["crop", "resize"] {
      let outcome = try scratch.hourglass(
        "transform", "run/model.safetensors", "--data", "photos", "--fit", fit, "--json")
      #expect(outcome.status == 0 && outcome.json["samples"] as? Int == 3, "\(outcome.errors)")
    }
  }
}
