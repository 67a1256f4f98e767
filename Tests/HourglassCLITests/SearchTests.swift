import Foundation
import Hourglass
import HourglassTestSupport
import Testing

/// `index` and `search`.
struct SearchTests {
  private func trained() throws -> Scratch {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "train", "fashion-codes", "--data", "data", "--epochs", "1", "--out", "run", "--threads", "1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return scratch
  }

  /// By hand from the codes that `transform` gives, in double precision.
  private func expectedPrecision(_ model: TrainedModel, _ set: DataSet, _ count: Int) throws -> Double {
    let (train, test) = (try model.encode(set.training), try model.encode(set.test))
    let rows = (0..<train.count).map { train.sample($0).map(Double.init) }
    var hits = 0.0
    for query in 0..<test.count {
      let row = test.sample(query).map(Double.init)
      let squares = rows.map { zip(row, $0).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
      let last = squares.sorted()[count - 1]
      // Those equally near share the last places; single precision does not tell the nearest of them apart.
      func hitsAndAll(_ isChosen: (Double) -> Bool) -> (Double, Double) {
        let chosen = squares.indices.filter { isChosen(squares[$0]) }
        let same = chosen.count { set.trainingLabels[$0] == set.testLabels[query] }
        return (Double(same), Double(chosen.count))
      }
      let nearer = hitsAndAll { $0 < last * (1 - 1e-6) }
      let tied = hitsAndAll { abs($0 - last) <= last * 1e-6 }
      hits += nearer.0 + tied.0 * (Double(count) - nearer.1) / tied.1
    }
    return hits / Double(test.count * count)
  }

  @Test func measuresPrecision() throws {
    let scratch = try trained()
    let made = try scratch.hourglass("index", "run", "--data", "data", "--out", "all.index", "--json")
    #expect(made.status == 0, "\(made.errors)")
    #expect(made.json["samples"] as? Int == 200 && made.json["features"] as? Int == 32)
    let model = try TrainedModel.read(path: "\(scratch.path)/run/model.safetensors")
    let expected = try expectedPrecision(model, DataFolder.load("\(scratch.path)/data"), 10)
    // The index needs neither the run nor the data it was made of.
    try FileManager.default.removeItem(atPath: "\(scratch.path)/run")
    for threads in ["1", "3"] {
      let outcome = try scratch.hourglass(
        "search", "all.index", "--data", "data", "--split", "test", "-k", "10", "--json", "--out",
        "page.html",
        "--threads", threads)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.split(separator: "\n").count == 1)
      #expect(outcome.json["queries"] as? Int == 64 && outcome.json["k"] as? Int == 10)
      #expect((outcome.json["queries_per_second"] as? Double ?? 0) > 0)
      #expect(
        Set(outcome.metrics.keys) == ["precision_at_10", "precision_at_10_pixels", "precision_at_10_pca"])
      #expect(abs((outcome.metrics["precision_at_10"] ?? 0) - expected) < 1e-9)
    }
    let page = String(decoding: try scratch.read("page.html"), as: UTF8.self)
    #expect(page.components(separatedBy: "<section").count == 65 && page.contains("data, test 63"))
    let skipped = try scratch.hourglass(
      "search", "all.index", "--data", "data", "--skip-baselines", "--limit", "4", "--out", "sheet.png",
      "--json")
    #expect(try Picture.read(path: "\(scratch.path)/sheet.png").width > 11 * 28)
    #expect(Set(skipped.metrics.keys) == ["precision_at_10"])
  }

  /// A picture finds itself first, also through an index that grew.
  @Test func findsPictures() throws {
    let scratch = try trained()
    let data = try DataFolder.load("\(scratch.path)/data")
    for (part, range) in [("one", 0..<20), ("two", 20..<50)] {
      for index in range {
        let folder = try scratch.folder("\(part)/class\(index % 2)")
        try PNG.write(
          Picture(samples: data.training.sample(index), shape: [1, 28, 28]),
          to: "\(folder)/\(100 + index).png")
      }
    }
    #expect(try scratch.hourglass("index", "run", "--data", "one", "--out", "my.index").status == 0)
    let before = try scratch.read("my.index")
    // Another model does not go with it, and nothing is lost by trying.
    #expect(
      try scratch.hourglass(
        "train", "fashion-codes", "--data", "data", "--epochs", "1", "--seed", "2", "--out", "other",
        "--threads", "1"
      ).status == 0)
    expectRefusal(
      try scratch.hourglass("index", "other", "--data", "two", "--out", "my.index", "--add"), status: 64,
      saying: "my.index holds the codes of another model")
    #expect(try scratch.read("my.index") == before)
    let added = try scratch.hourglass("index", "run", "--data", "two", "--out", "my.index", "--add", "--json")
    #expect(added.status == 0, "\(added.errors)")
    #expect(added.json["samples"] as? Int == 50 && added.json["added"] as? Int == 30)

    let outcome = try scratch.hourglass(
      "search", "my.index", "two/class1/133.png", "-k", "3", "--json", "--out", "found.html")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let results = try #require(outcome.json["results"] as? [[String: Any]])
    let found = try #require(results[0]["found"] as? [[String: Any]])
    #expect(results[0]["query"] as? String == "two/class1/133.png" && found.count == 3)
    #expect(found[0]["name"] as? String == "two/class1/133.png" && found[0]["label"] as? String == "class1")
    #expect(found[0]["distance"] as? Double == 0 && found[0]["rank"] as? Int == 1)
    #expect(String(decoding: try scratch.read("found.html"), as: UTF8.self).contains("two/class1/133.png"))
    let plain = try scratch.hourglass("search", "my.index", "two/class1/133.png", "-k", "3")
    let list = plain.output.split(separator: "\n")
    #expect(plain.status == 0 && list.count == 4, "\(plain.errors)")
    #expect(
      list[0] == "rank  distance  class   sample" && list[1] == "   1    0.0000  class1  two/class1/133.png")
    // Added once more, every picture is in it twice.
    #expect(!added.errors.contains("already"), "\(added.errors)")
    let again = try scratch.hourglass("index", "run", "--data", "two", "--out", "my.index", "--add")
    #expect(
      again.status == 0 && again.errors.contains("Of 30 names added, 30 were in the index already"),
      "\(again.errors)")
  }

  /// Results of a few queries are listed on standard output; of many they need a file. No index has more than it has.
  @Test func listsResults() throws {
    let scratch = try Scratch(data: false)
    func write(_ numbers: [Float], _ name: String) throws {
      try NPY.write(
        SampleArray(trustedFloats: numbers, count: numbers.count / 2, shape: [2]),
        to: "\(scratch.path)/\(name)")
    }
    try write([0, 0, 3, 4, 0, 1], "vectors.npy")
    try write([0, 0, 3, 3], "two.npy")
    try write((0..<42).map { Float($0 % 5) }, "many.npy")
    #expect(try scratch.hourglass("index", "vectors.npy", "--out", "i").status == 0)
    let listed = try scratch.hourglass("search", "i", "two.npy", "-k", "2")
    #expect(listed.status == 0, "\(listed.errors)")
    #expect(
      listed.output == """
        two.npy 0
        rank  distance  sample
           1    0.0000  vectors.npy 0
           2    1.0000  vectors.npy 2

        two.npy 1
        rank  distance  sample
           1    1.0000  vectors.npy 1
           2    3.6056  vectors.npy 2

        """)
    #expect(!listed.errors.contains("-k is"))
    let all = try scratch.hourglass("search", "i", "two.npy", "-k", "2000", "--json")
    #expect(all.status == 0 && all.json["k"] as? Int == 3)
    #expect(
      all.errors.split(separator: "\n").first
        == "-k is 2,000, but the index has 3 vectors: each query gets all of them.")
    expectRefusal(
      try scratch.hourglass("search", "i", "many.npy"), status: 64, saying: "21 queries are too many", "--out"
    )
    for enough in [["--limit", "20"], ["--out", "found.csv"], ["--json"]] {
      #expect(
        try scratch.hourglass(["search", "i", "many.npy", "-k", "1"] + enough).status == 0, "\(enough)")
    }
  }

  /// The cosine needs directions: an index that could not be searched is not written.
  @Test func vectorsOfZeros() throws {
    let scratch = try Scratch(data: false)
    func write(_ numbers: [Float], _ name: String) throws {
      try NPY.write(
        SampleArray(trustedFloats: numbers, count: numbers.count / 2, shape: [2]),
        to: "\(scratch.path)/\(name)")
    }
    try write([1, 0, 3, 4, 0, 0, 0, 1], "z.npy")
    try write([0, 2, 5, 0], "good.npy")
    try write([2, 2, 0, 0], "queries.npy")
    for extra in [[], ["--approximate"]] {
      expectRefusal(
        try scratch.hourglass(["index", "z.npy", "--metric", "cosine", "--out", "i"] + extra), status: 65,
        saying: "Sample 2 of z.npy has a vector of zeros", "use the Euclidean distance")
      #expect(!scratch.exists("i"))
    }
    #expect(try scratch.hourglass("index", "good.npy", "--metric", "cosine", "--out", "i").status == 0)
    let before = try scratch.read("i")
    expectRefusal(
      try scratch.hourglass("index", "z.npy", "--out", "i", "--add"), status: 65, saying: "Sample 2 of z.npy")
    #expect(try scratch.read("i") == before)
    expectRefusal(
      try scratch.hourglass("search", "i", "queries.npy", "-k", "2"), status: 65, saying: "Query 1 is zero")
    #expect(try scratch.hourglass("index", "z.npy", "--out", "e").status == 0)
    #expect(try scratch.hourglass("search", "e", "queries.npy").status == 0)
  }

  /// Vectors of any origin, exactly and by a graph.
  @Test func vectorsWithoutModel() throws {
    let scratch = try Scratch(data: false)
    var random = RandomNumbers(seed: 1, purpose: .initialization)
    func write(_ count: Int, _ name: String) throws {
      let floats = (0..<count * 12).map { _ in Float(random.normal()) }
      try NPY.write(
        SampleArray(trustedFloats: floats, count: count, shape: [12]), to: "\(scratch.path)/\(name)")
    }
    try write(900, "vectors.npy")
    try write(40, "queries.npy")
    var tables: [String] = []
    for extra in [[], ["--approximate", "--m", "12", "--ef-construction", "80"]] {
      let made = try scratch.hourglass(["index", "vectors.npy", "--out", "v.index", "--json"] + extra)
      #expect(made.status == 0, "\(made.errors)")
      #expect((made.metrics["recall_at_10"] ?? 0) > (extra.isEmpty ? -1 : 0.95))
      for more in [["--ef", "900"], ["--exact"], ["--one-by-one", "--ef", "900"]] {
        let outcome = try scratch.hourglass(
          ["search", "v.index", "queries.npy", "-k", "5", "--out", "found.csv", "--json"] + more)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.json["queries"] as? Int == 40)
        tables.append(String(decoding: try scratch.read("found.csv"), as: UTF8.self))
      }
    }
    let lines = tables[0].split(separator: "\n")
    #expect(lines[0] == "query,rank,index,distance,name,label" && lines.count == 201)
    // With as many candidates as vectors a graph misses nothing.
    #expect(tables.allSatisfy { $0 == tables[0] })
  }

  @Test func refusals() throws {
    let scratch = try trained()
    #expect(try scratch.hourglass("index", "run", "--limit", "30", "--out", "i").status == 0)
    var damaged = try scratch.read("i")
    damaged[damaged.count - 9] ^= 4
    try scratch.write(damaged, "damaged")
    try scratch.write("no picture", "p.png")
    let wide = try SampleArray(floats: [1, 2, 3], count: 1, shape: [3])
    try NPY.write(wide, to: "\(scratch.path)/wide.npy")
    let many = try SampleArray(floats: [Float](repeating: 1, count: 1500), count: 500, shape: [3])
    try NPY.write(many, to: "\(scratch.path)/many.npy")
    let cases: [([String], Int32, String)] = [
      (["search", "i"], 64, "nothing to search for"), (["search", "i", "p.png"], 65, "p.png"),
      (["search", "i", "p.png", "--data", "data"], 64, "both as files and with --data"),
      (
        ["search", "i", "p.png", "data/"], 64,
        "data/ is a folder, not a picture; give pictures, one .npy file, or all samples of a folder with --data data/."
      ),
      (["search", "i", "wide.npy"], 65, "The queries of wide.npy have shape (3)"),
      (["search", "i", "many.npy"], 65, "The queries of many.npy have shape (3)"),
      (["search", "i", "many.npy", "--json"], 65, "The queries of many.npy have shape (3)"),
      (["search", "i", "gone.png"], 1, "gone.png"), (["search", "gone", "p.png"], 1, "gone"),
      (["search", "damaged", "p.png"], 65, "damaged is damaged"),
      (["search", "run/model.safetensors", "p.png"], 65, "is no index"),
      (["search", "i", "p.png", "-k", "0"], 64, "-k is 0"),
      (["search", "i", "p.png", "--ef", "0"], 64, "--ef is 0"),
      (["search", "i", "p.png", "--out", "x.gif"], 64, "must name a file that ends in .html, .png or .csv"),
      (["search", "i", "wide.npy", "p.png"], 64, "give it alone"),
      (["index", "run", "--out", "j", "--m", "4"], 64, "are for --approximate"),
      (["index", "run", "--out", "j", "--approximate", "--m", "1"], 64, "2 to 256 links"),
      (
        ["index", "run", "--out", "i", "--add", "--approximate"], 64,
        "leave --approximate, --m and --ef-construction out, or make a new index."
      ),
      (
        ["index", "run", "--out", "i", "--add", "--metric", "cosine"], 64,
        "was made with the Euclidean distance"
      ),
      (["index", "wide.npy", "--out", "i", "--add"], 64, "holds the codes of another model"),
      (["index", "wide.npy", "--data", "data", "--out", "j"], 64, "--data has no meaning"),
      (["index", "run/model.safetensors", "--out", "j"], 64, "does not say what data"),
      (["index", "run", "--out", "j", "--split", "test", "--limit", "0"], 64, "--limit is 0"),
    ]
    for (arguments, status, piece) in cases {
      expectRefusal(try scratch.hourglass(arguments), status: status, saying: piece)
      #expect(!scratch.exists("j"))
    }
  }
}
