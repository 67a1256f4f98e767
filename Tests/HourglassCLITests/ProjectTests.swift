import Foundation
import Testing

/// `project` maps a model's codes.
struct ProjectTests {
  private func trained() throws -> Scratch {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "train", "fashion-denoise", "--data", "data", "--epochs", "1", "--out", "run")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return scratch
  }

  @Test func writesMapAndMeasures() throws {
    let scratch = try trained()
    let commands = [
      ["run", "--threads", "1"], ["run", "--threads", "3"], ["run/model.safetensors", "--data", "data"],
    ]
    var maps: [[UInt8]] = []
    for command in commands {
      let outcome = try scratch.hourglass(
        ["project"] + command + ["--split", "train", "--out", "plane.html", "--codes", "codes.csv", "--json"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.split(separator: "\n").count == 1)
      #expect(outcome.json["samples"] as? Int == 200)
      #expect(outcome.json["method"] as? String == "tsne")
      #expect((outcome.json["seconds"] as? Double ?? 0) > 0)
      #expect(
        Set(outcome.metrics.keys) == [
          "kl_divergence", "trustworthiness", "label_accuracy", "trustworthiness_pca", "label_accuracy_pca",
          "label_accuracy_codes",
        ])
      #expect((outcome.metrics["trustworthiness"] ?? 0) > 0.8)
      maps.append(try scratch.read("plane.csv"))
    }
    #expect(maps[0] == maps[1] && maps[0] == maps[2])
    let lines = String(decoding: maps[0], as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 201 && lines[0] == "x,y,label" && lines[14].hasSuffix(",3"))
    let codes = String(decoding: try scratch.read("codes.csv"), as: UTF8.self).split(separator: "\n")
    #expect(codes.count == 201 && codes[0].hasPrefix("code0,code1,"))
    #expect(try scratch.read("plane.png").starts(with: [0x89, 0x50, 0x4e, 0x47]))
    let page = String(decoding: try scratch.read("plane.html"), as: UTF8.self)
    #expect(page.contains("t-SNE") && page.contains("PCA"))
  }

  @Test func principalComponents() throws {
    let scratch = try trained()
    let outcome = try scratch.hourglass(
      "project", "run", "--method", "pca", "--limit", "30", "--json", "--seed", "4")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["samples"] as? Int == 30 && outcome.json["map"] as? String == "map.html")
    #expect(outcome.metrics["kl_divergence"] == nil)
    #expect(scratch.exists("map.html") && scratch.exists("map.png") && scratch.exists("map.csv"))
  }

  @Test func refusals() throws {
    let scratch = try trained()
    let cases: [([String], Int32, String)] = [
      (["run", "--limit", "0"], 64, "--limit is 0"), (["run", "--limit", "50"], 64, "perplexity is 30.0"),
      (["run", "--seed=-1"], 64, "--seed is -1"), (["run", "--threads", "0"], 64, "--threads is 0"),
      (["run", "--out", "map.png"], 64, "ends in .html"), (["run", "--out", ".html"], 64, "ends in .html"),
      (["run", "--perplexity", "nan", "--limit", "60"], 64, "perplexity is nan"),
      (["run/model.safetensors"], 64, "does not say what data"), (["nothing"], 1, "no run in nothing"),
      (["run", "--method", "pca", "--limit", "1"], 64, "at least 2 samples"),
    ]
    for (arguments, status, piece) in cases {
      expectRefusal(try scratch.hourglass(["project"] + arguments), status: status, saying: piece)
      #expect(!scratch.exists("map.html"))
    }
    let missing = try scratch.hourglass("project", "run", "--method", "pca", "--out", "no/such/map.html")
    #expect(missing.status == 1 && missing.complaints.first?.contains("no/such/map.html") ?? false)
  }
}
