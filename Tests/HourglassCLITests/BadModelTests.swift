import Foundation
import HourglassTestSupport
import Testing

/// Models for `evaluate` that are damaged or not there.
struct BadModelTests {
  private func file(header: String, data: [UInt8], length: Int? = nil) -> [UInt8] {
    let text = Array(header.utf8)
    return littleEndian(length ?? text.count, 8) + text + data
  }

  @Test func malformedFiles() throws {
    let scratch = try Scratch()
    let trained = try scratch.hourglass(
      "train", "mnist-conv", "--data", "data", "--epochs", "1", "--out", "run")
    #expect(trained.status == 0, "\(trained.errors)")
    let good = try scratch.read("run/model.safetensors")
    let text = String(decoding: good[8...], as: UTF8.self)
    #expect(text.contains("__metadata__"))
    func tensor(_ name: String, _ begin: Int, _ end: Int) -> String {
      "\"\(name)\":{\"dtype\":\"F32\",\"shape\":[\((end - begin) / 4)],\"data_offsets\":[\(begin),\(end)]}"
    }
    var spoiled = good
    // A NaN among the weights.
    spoiled.replaceSubrange((good.count - 4)..., with: [0, 0, 0xc0, 0x7f])
    var random: UInt64 = 1
    let noise = (0..<4096).map { _ -> UInt8 in
      random = random &* 6_364_136_223_846_793_005 &+ 1
      return UInt8(truncatingIfNeeded: random >> 40)
    }
    let cases: [([UInt8], String)] = [
      ([], ""), (Array(good.prefix(5)), ""), (Array(good.prefix(good.count / 2)), ""),
      (Array(good.dropLast()), ""),
      (good + [0], ""), (noise, ""), (spoiled, "not finite"),
      (file(header: "{}", data: [], length: 0x7fff_ffff), "header"),
      (
        file(header: "{\(tensor("a", 0, 8)),\(tensor("b", 4, 12))}", data: Array(repeating: 0, count: 12)),
        "within another"
      ),
      (file(header: "{\(tensor("a", 0, 1 << 40))}", data: []), ""),
      (file(header: "{\(tensor("a", 0, 4))}", data: [0, 0, 0, 0]), "no model of hourglass"),
      (file(header: "{\"__metadata__\":{\"format\":\"hourglass autoencoder 1\"}}", data: []), "lacks"),
      (
        file(
          header:
            "{\"__metadata__\":{\"format\":\"hourglass autoencoder 1\",\"model\":\"{}\",\"objective\":\"{}\","
            + "\"seed\":\"1\"}}", data: []), "cannot be built"
      ),
    ]
    for (bytes, piece) in cases {
      try scratch.write(bytes, "bad.safetensors")
      let outcome = try scratch.hourglass("evaluate", "bad.safetensors", "--data", "data", "--json")
      expectRefusal(outcome, status: 65, saying: piece.isEmpty ? "bad.safetensors" : piece)
      // The same inside a run's folder.
      try scratch.write(bytes, "run/model.safetensors")
      #expect(try scratch.hourglass("evaluate", "run").status == 65)
    }
  }

  @Test func runsThatAreNotThere() throws {
    let scratch = try Scratch()
    expectRefusal(try scratch.hourglass("evaluate", "nowhere"), status: 1, saying: "nowhere")
    expectRefusal(try scratch.hourglass("evaluate", "data"), status: 1, saying: "no run in data")
    expectRefusal(try scratch.hourglass("evaluate", ""), status: 1)
    expectRefusal(
      try scratch.hourglass("evaluate", "no.safetensors", "--data", "data"), status: 1,
      saying: "no.safetensors")
    expectRefusal(try scratch.hourglass("evaluate", "no.safetensors"), status: 64, saying: "--data")
    try scratch.write("name: x", "\(try scratch.folder("begun").split(separator: "/").last!)/recipe.yaml")
    expectRefusal(try scratch.hourglass("evaluate", "begun"), status: 1, saying: "not finished")
  }

  @Test func optionsOutOfRange() throws {
    let scratch = try Scratch(data: false)
    for option in ["--limit=0", "--limit=-1", "--threads=0", "--threads=99999"] {
      expectRefusal(try scratch.hourglass("evaluate", "nowhere", option), status: 64, saying: "--")
    }
  }
}
