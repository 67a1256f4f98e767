import Foundation
import Hourglass
import Testing

/// `compress`, `decompress` and `rate-distortion`.
struct CompressTests {
  private func trained() throws -> Scratch {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "train", "image-compression", "--data", "data", "--epochs", "2", "--out", "run", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect((outcome.metrics["file_bits_per_pixel"] ?? 0) > 0 && (outcome.metrics["bits_per_pixel"] ?? 0) > 0)
    let shades = (0..<70 * 40 * 3).map { index -> UInt8 in
      let column = index / 3 % 70
      return UInt8(column * 3)
    }
    try PNG.write(
      Picture(width: 70, height: 40, channels: 3, trusted: shades), to: "\(scratch.path)/picture.png")
    return scratch
  }

  @Test func picturesComeBack() throws {
    let scratch = try trained()
    let outcome = try scratch.hourglass("compress", "run", "picture.png", "--out", "x.hgz", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n").count == 1)
    #expect(outcome.json["bytes"] as? Int == (try scratch.read("x.hgz").count))
    #expect(outcome.json["pixels"] as? Int == 2800 && outcome.json["ms_ssim_scales"] as? Int == 2)
    for key in ["psnr", "ms_ssim", "bits_per_pixel", "mse", "encode_seconds", "decode_seconds"] {
      #expect((outcome.json[key] as? Double)?.isFinite ?? false, "\(key)")
    }
    let jpeg = try #require(outcome.json["jpeg_bytes"] as? Int)
    #expect((outcome.json["jpeg_psnr"] as? Double ?? 0) >= outcome.json["psnr"] as? Double ?? 100)
    let bytes = try scratch.read("x.hgz").count
    #expect(
      outcome.errors.contains(bytes < jpeg ? "The model is the better choice" : "JPEG is the better choice"))
    // A copy of the model alone is enough.
    try scratch.write(try scratch.read("run/model.safetensors"), "model.safetensors")
    let back = try scratch.hourglass(
      "decompress", "model.safetensors", "x.hgz", "--out", "back.png", "--json")
    #expect(back.status == 0, "\(back.errors)")
    #expect(back.json["width"] as? Int == 70 && back.json["height"] as? Int == 40)
    let picture = try PNG.read(path: "\(scratch.path)/back.png")
    #expect(picture.width == 70 && picture.height == 40 && picture.channels == 3)
    // What the two programs said of the error agrees with the pictures.
    let original = try PNG.read(path: "\(scratch.path)/picture.png")
    let error =
      zip(picture.bytes, original.bytes).reduce(0.0) { sum, pair in
        let difference = (Double(pair.0) - Double(pair.1)) / 255
        return sum + difference * difference
      } / Double(original.bytes.count)
    #expect(abs((outcome.json["mse"] as? Double ?? 0) - error) < 1e-6)
  }

  @Test func setsComeBack() throws {
    let scratch = try trained()
    for (limit, name) in [("64", "set.npy"), ("10", "set.png")] {
      let outcome = try scratch.hourglass(
        "compress", "run", "--data", "data", "--limit", limit, "--out", "set.hgz", "--threads", "1", "--json")
      #expect(outcome.status == 0 && outcome.json["samples"] as? Int == Int(limit), "\(outcome.errors)")
      let back = try scratch.hourglass("decompress", "run", "set.hgz", "--out", name, "--json")
      #expect(back.status == 0 && back.json["samples"] as? Int == Int(limit), "\(back.errors)")
    }
    #expect(try NPY.read(path: "\(scratch.path)/set.npy").count == 64)
    #expect(try PNG.read(path: "\(scratch.path)/set.png").width == 4 * 28)
  }

  /// Files and what comes of them are the same, byte for byte.
  @Test func instructionSetsAgree() throws {
    let scratch = try trained()
    var files: Set<[UInt8]> = []
    for name in Scratch.instructionSets {
      var hourglass = scratch.hourglass
      hourglass.environment["HOURGLASS_ISA"] = name
      for arguments in [
        ["compress", "run", "picture.png", "--out", "\(name).hgz"],
        ["compress", "run", "--data", "data", "--out", "\(name)-set.hgz"],
      ] {
        #expect(try hourglass(arguments).status == 0)
      }
      let outcomes = [
        try hourglass("decompress", "run", "\(name).hgz", "--out", "\(name).png"),
        try hourglass("decompress", "run", "\(name)-set.hgz", "--out", "\(name).npy"),
      ]
      #expect(outcomes.allSatisfy { $0.status == 0 }, "\(outcomes.map(\.errors))")
      files.insert(
        try [".hgz", "-set.hgz", ".png", ".npy"].flatMap { try scratch.read("\(name)\($0)") })
    }
    #expect(files.count == 1 && Scratch.instructionSets.contains("portable"))
  }

  @Test func damageIsFound() throws {
    let scratch = try trained()
    // The picture itself cannot be the place of its file.
    expectRefusal(
      try scratch.hourglass("compress", "run", "picture.png", "--out", "picture.png"), status: 64,
      saying: "ends in .hgz")
    #expect(try scratch.hourglass("compress", "run", "picture.png", "--out", "x.hgz").status == 0)
    let bytes = try scratch.read("x.hgz")
    for place in [0, 3, 4, 12, bytes.count / 2, bytes.count - 1] {
      var flipped = bytes
      flipped[place] ^= 16
      try scratch.write(flipped, "y.hgz")
      expectRefusal(
        try scratch.hourglass("decompress", "run", "y.hgz", "--out", "y.png"), status: 65, saying: "y.hgz")
    }
    #expect(!scratch.exists("y.png"))
    let other = try scratch.hourglass(
      "train", "image-compression", "--data", "data", "--epochs", "1", "--seed", "2", "--out", "other")
    #expect(other.status == 0)
    expectRefusal(
      try scratch.hourglass("decompress", "other", "x.hgz", "--out", "y.png"), status: 65,
      saying: "x.hgz", "made it", "and this one is")
  }

  @Test func refusals() throws {
    let scratch = try trained()
    #expect(
      try scratch.hourglass("train", "fashion-denoise", "--data", "data", "--epochs", "1", "--out", "plain")
        .status == 0)
    let cases: [([String], Int32, String)] = [
      (["compress", "run", "--out", "x.hgz"], 64, "Nothing says what to compress"),
      (["compress", "run", "picture.png", "--data", "data", "--out", "x.hgz"], 64, "one at a time"),
      (["compress", "run", "--data", "data", "--limit", "0", "--out", "x.hgz"], 64, "--limit is 0"),
      (["compress", "run", "picture.png", "--threads", "0", "--out", "x.hgz"], 64, "--threads is 0"),
      (["compress", "run", "missing.png", "--out", "x.hgz"], 1, "missing.png"),
      (
        ["compress", "run", "data", "--out", "x.hgz"], 64,
        "data is a folder, not a picture; give a PNG, JPEG or WebP file, or all samples of a folder with --data data."
      ),
      (
        ["compress", "run", "data/train-images-idx3-ubyte", "--out", "x.hgz"], 65, "neither a PNG nor a JPEG"
      ),
      (["compress", "plain", "picture.png", "--out", "x.hgz"], 64, "quantized_code"),
      (["compress", "nothing", "picture.png", "--out", "x.hgz"], 1, "no run in nothing"),
      (["decompress", "run", "picture.png", "--out", "x.png"], 65, "give a .hgz file"),
      (["decompress", "run", "picture.png", "--out", "x.jpg"], 64, "ends in .png or .npy"),
      (["rate-distortion", "run", "--out", "x.png"], 64, "ends in .html"),
      (["rate-distortion", "run", "--limit", "0"], 64, "--limit is 0"),
      (["rate-distortion", "run", "plain"], 64, "quantized_code"),
    ]
    for (arguments, status, piece) in cases {
      expectRefusal(try scratch.hourglass(arguments), status: status, saying: piece)
    }
    #expect(!scratch.exists("x.hgz") && !scratch.exists("x.png"))
  }

  /// A folder with a model and no recipe is called what it is.
  @Test func foldersWithAModelAlone() throws {
    let scratch = try trained()
    _ = try scratch.folder("alone")
    try scratch.write(try scratch.read("run/model.safetensors"), "alone/model.safetensors")
    expectRefusal(
      try scratch.hourglass("compress", "alone", "picture.png", "--out", "x.hgz"), status: 1,
      saying: "alone has a model.safetensors, but no recipe.yaml", "by its file, alone/model.safetensors.")
    let file = try scratch.hourglass(
      "compress", "alone/model.safetensors", "picture.png", "--out", "x.hgz")
    #expect(file.status == 0, "\(file.errors)")
    let rows = (0..<60).map { "\($0 * 37 % 101),\($0 * 53 % 97).5" }
    try scratch.write("a,b\n" + rows.joined(separator: "\n"), "rows.csv")
    let detector = try scratch.hourglass("detect", "rows.csv", "--epochs", "1", "--out", "detector")
    #expect(detector.status == 0, "\(detector.errors)")
    expectRefusal(
      try scratch.hourglass("compress", "detector", "picture.png", "--out", "y.hgz"), status: 64,
      saying: "detector holds an anomaly detector", "hourglass detect score detector FILE.csv")
  }

  @Test func curve() throws {
    let scratch = try trained()
    let outcome = try scratch.hourglass("rate-distortion", "run", "run", "--limit", "30", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["samples"] as? Int == 30)
    #expect((outcome.json["hourglass"] as? [Any])?.count == 2)
    #expect(
      (outcome.json["jpeg"] as? [Any])?.count ?? 0 > 4 && (outcome.json["webp"] as? [Any])?.count ?? 0 > 4)
    for file in ["html", "png", "csv"] { #expect(scratch.exists("rate-distortion.\(file)")) }
    // One model is one point: there is no range to speak of.
    for runs in [["run"], ["run", "run"]] {
      let one = try scratch.hourglass(["rate-distortion"] + runs + ["--limit", "30"])
      #expect(one.status == 0 && !one.errors.contains(" from "), "\(one.errors)")
      #expect(
        one.errors.contains(" % of WebP's bytes.") || one.errors.contains("not compared"), "\(one.errors)")
    }
  }
}
