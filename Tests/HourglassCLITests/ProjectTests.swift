import Foundation
import Hourglass
import HourglassTestSupport
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
    #expect(lines.count == 201 && lines[0] == "x,y,label,pca_x,pca_y")
    #expect(lines[14].split(separator: ",").count == 5 && lines[14].split(separator: ",")[2] == "3")
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
    #expect(outcome.errors.contains("trustworthiness  among its class"), "\(outcome.errors)")
  }

  /// A user's own pictures and vectors, without classes.
  @Test func unlabelledData() throws {
    let scratch = try trained()
    let data = try DataFolder.load("\(scratch.path)/data")
    for index in 0..<40 {
      let picture = try Picture(samples: data.training.sample(index), shape: [1, 28, 28])
      try PNG.write(picture, to: "\(try scratch.folder("photos"))/\(100 + index).png")
    }
    let folder = try scratch.hourglass(
      "project", "run", "--data", "photos", "--perplexity", "8", "--out", "photos.html", "--json")
    #expect(folder.status == 0, "\(folder.errors)")
    #expect(folder.json["samples"] as? Int == 40 && folder.metrics["label_accuracy"] == nil)
    #expect((folder.metrics["trustworthiness"] ?? 0) > 0.7)
    let lines = String(decoding: try scratch.read("photos.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 41 && lines[0] == "x,y,label,pca_x,pca_y,name")
    #expect(lines[1].split(separator: ",", omittingEmptySubsequences: false)[2].isEmpty)
    #expect(lines[1].hasSuffix(",photos/100.png") && lines[40].hasSuffix(",photos/139.png"))
    let page = String(decoding: try scratch.read("photos.html"), as: UTF8.self)
    #expect(page.contains("photos: 40 codes") && page.contains("\"photos/139.png\"]"))
    // Placed pictures keep their files too; those of the old map are not known any more.
    let placed = try scratch.hourglass(
      "project", "run", "--data", "photos", "--limit", "7", "--into", "photos.html")
    #expect(placed.status == 0, "\(placed.errors)")
    let table = String(decoding: try scratch.read("placed.csv"), as: UTF8.self).split(separator: "\n")
    #expect(table.count == 8 && table[0] == "x,y,label,pca_x,pca_y,name")
    #expect(table[7].hasSuffix(",photos/106.png"))
    #expect(
      String(decoding: try scratch.read("placed.html"), as: UTF8.self).contains("\"photos/106.png\"]"))

    let vectors = try SampleArray(
      floats: (0..<200).map { Float($0 * $0 % 17) }, count: 50, shape: [4])
    try NPY.write(vectors, to: "\(scratch.path)/vectors.npy")
    let plain = try scratch.hourglass(
      "project", "vectors.npy", "--perplexity", "5", "--out", "v.html", "--json")
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(Set(plain.metrics.keys) == ["kl_divergence", "trustworthiness", "trustworthiness_pca"])
    let wide = try SampleArray(floats: [Float](repeating: 1, count: 5 * 5000), count: 5, shape: [5000])
    try NPY.write(wide, to: "\(scratch.path)/wide.npy")
    expectRefusal(
      try scratch.hourglass("project", "wide.npy", "--method", "pca"), status: 65,
      saying: "The vectors have 5,000 numbers each, and 4,096 can be mapped; map a model's codes of them")
  }

  /// New samples find their places; the old ones stay.
  @Test func placesIntoAMap() throws {
    let scratch = try trained()
    let made = try scratch.hourglass(
      "project", "run", "--split", "train", "--out", "old.html", "--limit", "150")
    #expect(made.status == 0, "\(made.errors)")
    let old = try scratch.read("old.csv")
    var tables: [[UInt8]] = []
    for (name, threads) in [("old.html", "1"), ("old.csv", "3")] {
      let outcome = try scratch.hourglass(
        "project", "run", "--split", "test", "--into", name, "--threads", threads, "--json")
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.json["samples"] as? Int == 64 && outcome.json["map"] as? String == "placed.html")
      #expect(Set(outcome.metrics.keys) == ["label_accuracy", "label_accuracy_codes"])
      tables.append(try scratch.read("placed.csv"))
    }
    #expect(tables[0] == tables[1])
    #expect(try scratch.read("old.csv") == old)
    let lines = String(decoding: tables[0], as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 65 && lines[0] == "x,y,label,pca_x,pca_y")
    #expect(lines[8].split(separator: ",")[2] == "7")
    #expect(String(decoding: try scratch.read("placed.html"), as: UTF8.self).contains("\"placed\":64"))
    // A sample of the map itself, placed anew, comes near to where it is.
    let again = try scratch.hourglass(
      "project", "run", "--split", "train", "--limit", "30", "--into", "old", "--out", "again.html")
    #expect(again.status == 0, "\(again.errors)")
    func points(_ bytes: [UInt8]) -> [[Double]] {
      String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map {
        $0.split(separator: ",").prefix(2).map { Double($0) ?? .nan }
      }
    }
    let (first, second) = (points(old), points(try scratch.read("again.csv")))
    let extent = (first.map { $0[0] }.max() ?? 0) - (first.map { $0[0] }.min() ?? 0)
    let moved = (0..<30).map { hypot(first[$0][0] - second[$0][0], first[$0][1] - second[$0][1]) }.sorted()
    #expect(moved[15] < extent / 10, "\(moved[15]) of \(extent)")
  }

  /// The table has every map, and classes by number and by name.
  @Test func tableHasAllMaps() throws {
    let scratch = try trained()
    let data = try DataFolder.load("\(scratch.path)/data")
    for index in 0..<30 {
      let folder = try scratch.folder("clothes/\(index % 2 == 0 ? "boot, left" : "shoe")")
      try PNG.write(
        Picture(samples: data.training.sample(index), shape: [1, 28, 28]), to: "\(folder)/\(100 + index).png")
    }
    let plane = try scratch.hourglass(
      "train", "fashion-plane", "--data", "data", "--epochs", "1", "--out", "plane", "--threads", "1")
    #expect(plane.status == 0, "\(plane.errors)")
    let outcome = try scratch.hourglass(
      "project", "run", "--data", "clothes", "--beside", "plane", "--out", "all.html")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = String(decoding: try scratch.read("all.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 31 && lines[0] == "x,y,label,class,pca_x,pca_y,beside_x,beside_y,name")
    // The folders' order gives the numbers.
    #expect(lines[1].contains(",0,\"boot, left\",") && lines[30].contains(",1,shoe,"))
    let picture = try Picture.read(path: "\(scratch.path)/clothes/shoe/129.png")
    let codes = try TrainedModel.read(path: "\(scratch.path)/plane/model.safetensors")
      .encode(SampleArray([picture.fitted(PictureFitting())]))
    #expect(lines[30].hasSuffix(",\(codes.sample(0)[0]),\(codes.sample(0)[1]),clothes/shoe/129.png"))
    #expect(lines[1].hasSuffix(",\"clothes/boot, left/100.png\""))
    let own = try scratch.hourglass(
      "project", "plane", "--method", "pca", "--limit", "20", "--out", "own.html")
    #expect(own.status == 0, "\(own.errors)")
    #expect(
      String(decoding: try scratch.read("own.csv"), as: UTF8.self).hasPrefix("x,y,label,code_x,code_y\n"))
  }

  @Test func refusals() throws {
    let scratch = try trained()
    try scratch.write("<html>", "page.html")
    let cases: [([String], Int32, String)] = [
      (["run", "--limit", "0"], 64, "--limit is 0"),
      (["run", "--limit", "50", "--perplexity", "30"], 64, "perplexity is 30.0"),
      (["run", "--seed=-1"], 64, "--seed is -1"), (["run", "--threads", "0"], 64, "--threads is 0"),
      (["run", "--out", "map.png"], 64, "ends in .html"), (["run", "--out", ".html"], 64, "ends in .html"),
      (["run", "--perplexity", "nan", "--limit", "60"], 64, "perplexity is nan"),
      (["run/model.safetensors"], 64, "does not say what data"), (["nothing"], 1, "no run in nothing"),
      (["run", "--method", "pca", "--limit", "1"], 64, "at least 2 samples"),
      (
        ["run", "--into", "gone.html"], 1,
        "There is no map gone.html; give the page of an earlier map with --into MAP.html, or make a map with hourglass project."
      ),
      (["run", "--into", "page.html"], 1, "without page.safetensors, which is missing beside it"),
      (["run", "--into", "run/model.safetensors"], 65, "has no format \"hourglass map 1\""),
      (["run", "--into", "x.html", "--method", "pca"], 64, "leave them out"),
      (["run", "--into", "x.html", "--out", "x.html"], 64, "would replace the map"),
    ]
    for (arguments, status, piece) in cases {
      expectRefusal(try scratch.hourglass(["project"] + arguments), status: status, saying: piece)
      #expect(!scratch.exists("map.html"))
    }
    let missing = try scratch.hourglass("project", "run", "--method", "pca", "--out", "no/such/map.html")
    #expect(missing.status == 1 && missing.complaints.first?.contains("no/such/map.html") ?? false)
    // Few samples have fewer neighbours than the usual thirty.
    let few = try scratch.hourglass("project", "run", "--limit", "30", "--out", "few.html")
    #expect(few.status == 0 && scratch.exists("few.html"), "\(few.errors)")
  }
}
