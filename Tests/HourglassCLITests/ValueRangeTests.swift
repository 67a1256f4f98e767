import Hourglass
import HourglassTestSupport
import Testing

/// Bytes and floats of the same pictures give the same results, and what was taken for what is said.
struct ValueRangeTests {
  private static let bytes = (0..<40 * 64).map { UInt8($0 * $0 % 251) }

  private static let recipe = """
    name: small
    summary: A recipe for tests
    data: {file: x.npy}
    model:
      input: [1, 8, 8]
      encoder:
        - flatten
        - dense: {units: 4}
      decoder:
        - dense: {units: 64, activation: sigmoid}
        - reshape: {shape: [1, 8, 8]}
    objective:
      undercomplete: {loss: LOSS}
    optimizer:
      adam: {learning_rate: 0.01}
    epochs: 1
    batch_size: 8
    seed: 3
    """

  private func scratch(loss: String = "l2") throws -> Scratch {
    let scratch = try Scratch(data: false)
    let text = "|u1', 'fortran_order': False, 'shape': (40, 8, 8), }"
    let header = "{'descr': '\(text)" + String(repeating: " ", count: 117 - 11 - text.count) + "\n"
    try scratch.write(
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + Self.bytes,
      "x.npy")
    let levels = SampleArray(trustedFloats: Self.bytes.map { Float($0) }, count: 40, shape: [8, 8])
    try NPY.write(levels, to: "\(scratch.path)/levels.npy")
    let broken = SampleArray(trustedFloats: levels.floats.map { $0 / 7 }, count: 40, shape: [8, 8])
    try NPY.write(broken, to: "\(scratch.path)/broken.npy")
    try scratch.write(Self.recipe.replacingOccurrences(of: "LOSS", with: loss), "small.yaml")
    return scratch
  }

  @Test func everyUseReadsFloatsAsTheBytesTheyWere() throws {
    let scratch = try scratch()
    let trained = try scratch.hourglass("train", "small.yaml", "--out", "run", "--threads", "1")
    try #require(trained.status == 0, "\(trained.errors)")
    for (command, file) in [
      ("transform run", "codes.npy"), ("index run", "an.index"),
    ] {
      var results: [[UInt8]] = []
      for data in ["x.npy", "levels.npy"] {
        let words = command.split(separator: " ").map(String.init)
        let outcome = try scratch.hourglass(words + ["--data", data, "--out", "\(data)-\(file)"])
        #expect(outcome.status == 0 && outcome.errors.contains("divided by 255") == (data == "levels.npy"))
        if file == "codes.npy" { results.append(try scratch.read("\(data)-\(file)")) }
      }
      #expect(Set(results).count <= 1)
      expectRefusal(
        try scratch.hourglass(
          command.split(separator: " ").map(String.init) + ["--data", "broken.npy", "--out", file]),
        status: 65, saying: "broken.npy", "bytes, which stand for 0 to 1")
    }
    let own = try scratch.hourglass("evaluate", "run", "--data", "x.npy", "--json")
    let others = try scratch.hourglass("evaluate", "run", "--data", "levels.npy", "--json")
    #expect(own.metrics == others.metrics && !own.metrics.isEmpty && others.errors.contains("divided by 255"))
    let searches = try ["x.npy", "levels.npy"].map {
      try scratch.hourglass("search", "x.npy-an.index", $0, "-k", "2", "--out", "\($0).csv")
    }
    #expect(searches.allSatisfy { $0.status == 0 }, "\(searches.map(\.errors))")
    #expect(searches[1].errors.contains("divided by 255") && !searches[0].errors.contains("divided"))
  }

  @Test func trainingTellsOrRefuses() throws {
    let told = try scratch()
    let outcome = try told.hourglass("train", "small.yaml", "--data", "levels.npy", "--out", "run")
    #expect(
      outcome.status == 0 && outcome.errors.contains("the model's outputs end at 1"), "\(outcome.errors)")
    #expect(outcome.errors.contains("PSNR and SSIM are of images in 0 to 1"))
    #expect(
      String(decoding: try told.read("run/result.json"), as: UTF8.self).contains("divide the data by 255"))
    let measured = try told.hourglass("evaluate", "run", "--data", "levels.npy", "--json")
    let notes = try #require(measured.json["notes"] as? [String])
    #expect(notes.contains { $0.contains("PSNR and SSIM are of images in 0 to 1") }, "\(measured.errors)")
    let refused = try scratch(loss: "bce")
    expectRefusal(
      try refused.hourglass("train", "small.yaml", "--data", "levels.npy", "--out", "run"),
      status: 65, saying: "holds", "probabilities from 0 to 1")
  }

  /// Bytes of vectors may be numbers in units of their own.
  @Test func bytesOfVectorsAreTold() throws {
    let scratch = try scratch()
    let text = "|u1', 'fortran_order': False, 'shape': (40, 64), }"
    let header = "{'descr': '\(text)" + String(repeating: " ", count: 117 - 11 - text.count) + "\n"
    try scratch.write(
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + Self.bytes,
      "v.npy")
    let outcome = try scratch.hourglass("index", "v.npy", "--out", "an.index")
    #expect(
      outcome.status == 0 && outcome.errors.contains("taken as 0 to 1 (divided by 255)"), "\(outcome.errors)")
  }

  /// What an index was made of has its axes, and so have queries.
  @Test func anIndexRemembersAxes() throws {
    let scratch = try scratch()
    let images = SampleArray(
      trustedFloats: (0..<40 * 32).map { Float($0 * 37 % 101) / 100 }, count: 40, shape: [2, 8, 2])
    try NPY.write(images, to: "\(scratch.path)/pairs.npy")
    let recipe = Self.recipe.replacingOccurrences(of: "LOSS", with: "l2")
      .replacingOccurrences(of: "{file: x.npy}", with: "{file: pairs.npy, axes: last}")
      .replacingOccurrences(of: "[1, 8, 8]", with: "[2, 2, 8]")
      .replacingOccurrences(of: "units: 64", with: "units: 32")
    try scratch.write(recipe, "pairs.yaml")
    for command in [
      ["train", "pairs.yaml", "--out", "run"], ["index", "run", "--out", "an.index"],
      ["search", "an.index", "pairs.npy", "-k", "1", "--out", "found.csv"],
      ["search", "an.index", "--data", "pairs.npy", "-k", "1", "--out", "found.csv"],
    ] {
      let outcome = try scratch.hourglass(command)
      #expect(outcome.status == 0 && !outcome.errors.contains("--axes"), "\(outcome.errors)")
    }
    // Each is nearest to itself.
    let table = String(decoding: try scratch.read("found.csv"), as: UTF8.self).split(separator: "\n")
    #expect(table.count == 41)
  }

  @Test func patchesAreTold() throws {
    let scratch = try Scratch(data: false)
    _ = try scratch.folder("photos")
    for index in 1...2 {
      let bytes = (0..<48 * 48 * 3).map { UInt8($0 * index % 256) }
      try PNG.write(
        Picture(width: 48, height: 48, channels: 3, trusted: bytes), to: "\(scratch.path)/photos/\(index).png"
      )
    }
    let trained = try scratch.hourglass(
      "train", "photo-denoise", "--data", "photos", "--set", "data.patches.count=16", "--epochs", "1",
      "--out",
      "run")
    try #require(trained.status == 0, "\(trained.errors)")
    for command in [["transform", "run", "--out", "codes.npy"], ["index", "run", "--out", "an.index"]] {
      let outcome = try scratch.hourglass(command)
      #expect(outcome.status == 0 && outcome.errors.contains("are patches of"), "\(outcome.errors)")
    }
  }
}
