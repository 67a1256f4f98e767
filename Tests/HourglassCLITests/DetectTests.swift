import Foundation
import Hourglass
import Testing

/// `detect fit` and `detect score`.
struct DetectTests {
  /// Rows on a curve in four numbers, with a category and missing cells; one in twelve lies off the curve.
  private func table(_ count: Int, seed: UInt64, label: Bool = true) -> String {
    var state = seed
    func draw() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24) * 2 - 1
    }
    var lines = ["a;b;c;\"d e\";kind\(label ? ";Class" : "")"]
    for row in 0..<count {
      let (t, isAnomaly) = (draw(), row % 12 == 7)
      let c = isAnomaly ? draw() : t * t
      let cells = [t, 3 * t + 0.05 * draw(), c + 0.02 * draw(), 1000 * (t + c) + draw()].map {
        String(format: "%.4f", $0)
      }
      let kind = t > 0 ? "up" : "down"
      lines.append(
        (cells.enumerated().map { row % 50 == 3 && $0.offset == 1 ? "" : $0.element } + ["\"\(kind)\""]
          + (label ? [isAnomaly ? "1" : "0"] : [])).joined(separator: ";"))
    }
    return lines.joined(separator: "\r\n") + "\r\n"
  }

  private func scratch() throws -> Scratch {
    let scratch = try Scratch(data: false)
    try scratch.write(table(900, seed: 1), "rows.csv")
    return scratch
  }

  private func lines(_ scratch: Scratch, _ name: String) throws -> [String] {
    String(decoding: try scratch.read(name), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Fits a detector to the table with labels.
  private func fit(_ scratch: Scratch, _ run: String, threads: Int = 1) throws -> Hourglass.Outcome {
    let outcome = try scratch.hourglass(
      "detect", "fit", "rows.csv", "--label-column", "Class", "--seed", "3", "--epochs", "60", "--json",
      "--out",
      run, "--threads", "\(threads)")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome
  }

  @Test func fitMeasures() throws {
    let outcome = try fit(scratch(), "run")
    #expect(outcome.output.split(separator: "\n").count == 1)
    #expect((outcome.metrics["roc_auc"] ?? 0) > 0.9 && (outcome.metrics["average_precision"] ?? 0) > 0.6)
    let baselines = try #require(outcome.json["baselines"] as? [String: [String: Double]])
    #expect(Set(baselines.keys) == ["pca", "nearest_neighbours", "isolation_forest"])
    for figures in baselines.values {
      #expect(0...1 ~= figures["roc_auc"] ?? -1 && 0...1 ~= figures["average_precision"] ?? -1)
    }
    // 540 of 900 rows, of which 75 are anomalies in all.
    let left = 75 - (outcome.json["test_anomalies"] as? Int ?? 0)
    #expect(outcome.json["training_rows"] as? Int == 540 - left && outcome.json["test_rows"] as? Int == 360)
    #expect((outcome.json["verdict"] as? String)?.contains("ROC-AUC") ?? false)
  }

  @Test func fitLeavesItsFiles() throws {
    let scratch = try scratch()
    _ = try fit(scratch, "run")
    #expect(
      scratch.names("run") == ["figures", "model.safetensors", "report.html", "result.json", "scores.csv"])
    #expect(scratch.names("run/figures") == ["precision-recall.svg", "roc.svg", "scores.svg"])
    let page = String(decoding: try scratch.read("run/report.html"), as: UTF8.self)
    #expect(page.contains("isolation forest") && page.contains(", expected ") && !page.contains("http://127"))
    let rows = try lines(scratch, "run/scores.csv")
    #expect(rows.count == 901 && rows[900].hasPrefix("900,"))
    #expect(
      rows[0]
        == "row,score,alert,anomaly,column1,actual1,expected1,column2,actual2,expected2,column3,actual3,expected3,reason"
    )
    #expect(
      rows.dropFirst().contains { $0.split(separator: ",")[2] == "1" && $0.split(separator: ",").count >= 14 }
    )
  }

  @Test func threadsDoNotMatter() throws {
    let scratch = try scratch()
    let (one, other) = (try fit(scratch, "run"), try fit(scratch, "again", threads: 3))
    #expect(one.weights == other.weights && !one.weights.isEmpty)
    #expect(try scratch.read("again/scores.csv") == scratch.read("run/scores.csv"))
    #expect(try scratch.read("again/model.safetensors") == scratch.read("run/model.safetensors"))
  }

  /// `detect FILE` scores the file, names its rows, and says what can be done next.
  @Test func theCommandAlone() throws {
    let scratch = try Scratch(data: false)
    let rows = table(300, seed: 2, label: false).split(separator: "\r\n")
    let named = rows.enumerated().map { $0 == 0 ? "who;\($1)" : "N\($0 * 37 % 1000);\($1)" }
    try scratch.write(named.joined(separator: "\n"), "rows.csv")
    let outcome = try scratch.hourglass("detect", "rows.csv", "--epochs", "5", "--out", "run", "--json")
    #expect(outcome.status == 0 && outcome.json["id_column"] as? String == "who", "\(outcome.errors)")
    #expect(outcome.errors.contains("Every score comes from a detector that had not learnt its row: "))
    #expect(outcome.errors.hasSuffix("next: hourglass detect score run new.csv --out new-scores.csv\n"))
    let lines = try lines(scratch, "run/scores.csv")
    #expect(lines.count == 301 && lines[300].hasPrefix("300,N\(300 * 37 % 1000),"))
    let page = String(decoding: try scratch.read("run/report.html"), as: UTF8.self)
    #expect(page.contains("hourglass detect score run new.csv"))
    #expect(outcome.errors.contains("; the highest scores:\n  row "))
    #expect(
      outcome.errors.contains(
        "The threshold percentile:99 comes from 180 held-out scores, about 2 of which lie above it: so few that the"
      ))

    let scored = try scratch.hourglass("detect", "score", "run", "rows.csv", "--out", "s.csv")
    #expect(scored.status == 0, "\(scored.errors)")
    #expect(try self.lines(scratch, "s.csv")[2].hasPrefix("2,N74,"))
    let other = try scratch.hourglass(
      "detect", "score", "run", "rows.csv", "--id", "kind", "--out", "t.csv")
    #expect(try other.status == 0 && self.lines(scratch, "t.csv")[0].hasPrefix("row,id,score"))
    let cases: [([String], String)] = [
      (["score", "run", "rows.csv", "--id", "whom"], "no column \"whom\" to name rows by"),
      (["score", "run", "rows.csv", "--out", "s.txt"], "must name a file that ends in .csv"),
    ]
    for (arguments, piece) in cases {
      expectRefusal(try scratch.hourglass(["detect"] + arguments), status: 64, saying: piece)
    }
    let unnamed = try scratch.hourglass("detect", "rows.csv", "--id", "whom", "--out", "none")
    #expect(unnamed.status == 64 && unnamed.complaints.count == 1, "\(unnamed.errors)")
    #expect(unnamed.errors.contains("no column \"whom\" to name rows by"))
  }

  /// A column of words such as ok and fraud is told when nobody said that it holds labels.
  @Test func whatLooksLikeLabelsIsTold() throws {
    let scratch = try Scratch(data: false)
    let rows = (0..<120).map {
      "\($0 * 37 % 101),\($0 * 53 % 97).5,\($0 % 20 == 3 ? "Fraud" : "ok"),\($0 % 3)"
    }
    try scratch.write("a,b,the state,n\n" + rows.joined(separator: "\n"), "rows.csv")
    func told(_ arguments: String...) throws -> Bool {
      let outcome = try scratch.hourglass(["detect", "rows.csv", "--epochs", "1"] + arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return outcome.errors.contains(
        "Column \"the state\" holds \"Fraud\" and \"ok\", and is a feature: is it the label? "
          + "Then fit again with --label-column 'the state'.")
    }
    #expect(try told("--out", "one"))
    #expect(try !told("--out", "two", "--label-column", "the state"))
    #expect(try !told("--out", "three", "--ignore", "the state"))
  }

  @Test func scoresAreTheSameFromTheFileAlone() throws {
    let scratch = try scratch()
    _ = try fit(scratch, "run")
    let scored = try scratch.hourglass("detect", "score", "run", "rows.csv", "--out", "all.csv", "--json")
    #expect(scored.status == 0 && scored.json["rows"] as? Int == 900, "\(scored.errors)")
    #expect((scored.metrics["roc_auc"] ?? 0) > 0.9)
    #expect(scored.json["notes"] is [String])
    let again = try scratch.hourglass(
      "detect", "score", "run/model.safetensors", "rows.csv", "--out", "again.csv")
    #expect(try again.status == 0 && scratch.read("again.csv") == scratch.read("all.csv"))
    #expect(try lines(scratch, "all.csv")[0] == lines(scratch, "run/scores.csv")[0])
  }

  @Test func scoresOtherFiles() throws {
    let scratch = try scratch()
    let fit = try scratch.hourglass(
      "detect", "fit", "rows.csv", "--label-column", "Class", "--epochs", "5", "--out", "run", "--threshold",
      "best-f1")
    #expect(fit.status == 0, "\(fit.errors)")
    // Without labels, in another order of columns, with a new level and a column more.
    let more = ["kind,extra,d e,c,b,a", "sideways,x,250,0.2,1,0.3", "up,y,9999,-7,1,0.3"]
    try scratch.write(more.joined(separator: "\n"), "more.csv")
    let outcome = try scratch.hourglass(
      "detect", "score", "run/model.safetensors", "more.csv", "--contributors", "1", "--out",
      "more-scores.csv", "--json")
    #expect(outcome.status == 0 && outcome.metrics.isEmpty, "\(outcome.errors)")
    let rows = try lines(scratch, "more-scores.csv")
    #expect(
      rows.count == 3 && rows[0] == "row,score,alert,column1,actual1,expected1,reason"
        && rows[2].contains(",1,"))
    try scratch.write("kind,d e,c,b,a\n,1,1,1,1\nU,1,1,1,1\nD,1,1,1,1", "recoded.csv")
    let recoded = try scratch.hourglass(
      "detect", "score", "run", "recoded.csv", "--out", "recoded-scores.csv")
    #expect(
      recoded.status == 0 && recoded.errors.contains("In column \"kind\" 66.7 % of the cells hold texts"),
      "\(recoded.errors)")
    let cases: [(String, Int32, String)] = [
      ("a,b,c,kind\n1,2,3,up\n", 65, "no column \"d e\""),
      ("a,b,c,d e,kind\n", 65, "no rows below its header"),
      (
        "0.1,0.3,0.01,110.5,up\n-0.2,-0.6,0.04,-160.5,down\n", 65,
        "its first line must hold the names of the columns, \"a\", \"b\", \"c\" and 2 more."
      ),
      ("a,b,c,d e,kind\n1,2\n", 65, "Line 2"),
    ]
    for (text, status, piece) in cases {
      try scratch.write(text, "bad.csv")
      expectRefusal(
        try scratch.hourglass("detect", "score", "run", "bad.csv", "--out", "none.csv"), status: status,
        saying: piece)
      #expect(!scratch.exists("none.csv"))
    }
  }

  @Test func withoutLabelsThereIsNoVerdict() throws {
    let scratch = try Scratch(data: false)
    try scratch.write(table(300, seed: 2, label: false), "rows.csv")
    let outcome = try scratch.hourglass(
      "detect", "fit", "rows.csv", "--epochs", "5", "--split", "time", "--train-share", "0.5", "--threshold",
      "alerts:20",
      "--out", "run", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.metrics.isEmpty && outcome.json["training_rows"] as? Int == 150)
    #expect((outcome.json["verdict"] as? String)?.contains("Without labels nobody can say") ?? false)
    let baselines = outcome.json["baselines"] as? [String: [String: Double]] ?? [:]
    #expect(baselines["pca"]?["rank_correlation"] != nil && baselines["pca"]?["roc_auc"] == nil)
    let rows = try lines(scratch, "run/scores.csv")
    #expect(rows[1].hasPrefix("1,") && rows.count == 301)
    let before = try scratch.read("run/model.safetensors")
    let again = try scratch.hourglass("detect", "fit", "rows.csv", "--epochs", "1", "--out", "run")
    #expect(again.status == 64 && again.errors.contains("run already holds a detector"), "\(again.errors)")
    #expect(try scratch.read("run/model.safetensors") == before)
  }

  @Test func labelsThatAreMissingOrOneSided() throws {
    let scratch = try Scratch(data: false)
    func write(anomalies: Set<Int>) throws {
      let rows = (0..<300).map { row in
        let label = row % 100 < 5 && row >= 100 ? "" : anomalies.contains(row) ? "1" : "0"
        return "\(row * 37 % 101).5,\(row * 53 % 97).25,\(label)"
      }
      try scratch.write("a,b,Class\n" + rows.joined(separator: "\n"), "rows.csv")
    }
    var runs = 0
    func fit(_ arguments: String...) throws -> Hourglass.Outcome {
      runs += 1
      return try scratch.hourglass(
        ["detect", "fit", "rows.csv", "--label-column", "Class", "--split", "time", "--train-share", "0.5"]
          + ["--epochs", "2", "--out", "run\(runs)", "--threads", "1", "--json"] + arguments)
    }
    func verdict(_ outcome: Hourglass.Outcome) -> String { outcome.json["verdict"] as? String ?? "" }
    try write(anomalies: [7])
    let none = try fit()
    #expect(none.status == 0 && verdict(none).hasPrefix("The test part has no anomalies"), "\(none.errors)")
    #expect(none.errors.contains("their 1 anomaly left out"))
    #expect(
      none.errors.contains("10 rows without a label: 5 trained on as normal, 5 scored but not measured."))
    try write(anomalies: Set(160..<166))
    let few = try fit()
    #expect(
      few.status == 0
        && verdict(few).hasSuffix("6 anomalies in the test part are few, so the order may be chance."))
    try write(anomalies: Set(10..<300))
    let many = try fit()
    #expect(many.status == 0 && verdict(many).hasPrefix("The test part has only anomalies"), "\(many.errors)")
    #expect(
      many.errors.contains("96.6 % of the rows with a label are anomalies, and only 15 rows are left"),
      "\(many.errors)")
  }

  /// Pictures in one folder, of another size than the model takes.
  @Test func imagesWithoutClasses() throws {
    let scratch = try Scratch(data: false)
    let folder = try scratch.folder("photos")
    for index in 0..<40 {
      let bytes = (0..<24 * 18).map { UInt8(($0 * 7 + index * 31) % 200) }
      try Picture(width: 24, height: 18, channels: 1, bytes: bytes).write(
        to: "\(folder)/p\(String(format: "%02d", index)).png")
    }
    let outcome = try scratch.hourglass(
      "detect", "fit", "--data", "photos", "--size", "16,20", "--epochs", "2", "--out", "run", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["training_rows"] as? Int == 24 && outcome.json["test_rows"] as? Int == 16)
    #expect(outcome.metrics.isEmpty && outcome.errors.contains("60 % of the images, drawn at random"))
    let rows = try lines(scratch, "run/scores.csv")
    #expect(rows.count == 17 && rows[0] == "row,score,alert,file")
    #expect(rows[1].hasSuffix(".png") && rows[1].contains(",photos/p"))
    let scored = try scratch.hourglass(
      "detect", "score", "run", "--data", "photos", "--out", "s.csv", "--figure", "f.png", "--json")
    #expect(scored.status == 0 && scored.json["rows"] as? Int == 40, "\(scored.errors)")
    let all = Set(try lines(scratch, "s.csv"))
    #expect(rows.allSatisfy { all.contains($0) })
    #expect(try Picture.read(path: "\(scratch.path)/f.png").width > 10 * 20)
    let cases: [([String], String)] = [
      (["fit", "--data", "photos", "--normal", "p"], "have no classes"),
      (
        ["score", "run", "--data", "photos", "--figure", "f.txt"],
        "--figure is \"f.txt\", but must name a file"
      ),
      (["score", "run", "rows.csv", "--figure", "f.png"], "--figure is for images"),
    ]
    for (arguments, piece) in cases {
      expectRefusal(
        try scratch.hourglass(["detect"] + arguments + ["--out", "none.csv"]), status: 64, saying: piece)
      #expect(!scratch.exists("none.csv"))
    }
    // One size is asked for by the command's own option, and what was left out is told too.
    try Picture(width: 12, height: 10, channels: 1, bytes: [UInt8](repeating: 9, count: 120)).write(
      to: "\(folder)/z.png")
    try scratch.write("?", "photos/a.gif")
    let mixed = try scratch.hourglass("detect", "fit", "--data", "photos", "--out", "none")
    #expect(mixed.status == 65)
    #expect(
      mixed.complaints == [
        "error: photos/z.png has 10 x 12 pixels (rows x columns), but photos/p00.png has 18 x 24; give all that size by "
          + "--size 18,24."
      ], "\(mixed.errors)")
    #expect(mixed.errors.hasPrefix("1 file was left out: 1 .gif (not read;"), "\(mixed.errors)")
  }

  @Test func images() throws {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "detect", "fit", "--data", "data", "--normal", "3", "--epochs", "3", "--out", "run", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["training_rows"] as? Int == 20 && outcome.json["test_rows"] as? Int == 64)
    #expect(outcome.metrics["roc_auc"] != nil)
    #expect(try scratch.read("run/figures/heat-maps.png").starts(with: [0x89, 0x50, 0x4e, 0x47]))
    let scored = try scratch.hourglass("detect", "score", "run", "--data", "data", "--out", "s.csv", "--json")
    #expect(scored.status == 0 && scored.metrics["roc_auc"] == outcome.metrics["roc_auc"], "\(scored.errors)")
    #expect(try scratch.read("s.csv") == scratch.read("run/scores.csv"))
    expectRefusal(
      try scratch.hourglass("detect", "fit", "--data", "data", "--out", "none"), status: 64,
      saying: "--normal CLASS")
  }

  @Test func refusals() throws {
    let scratch = try scratch()
    try scratch.write("x,y\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n1,2\n", "same.csv")
    try scratch.write("x,y\n1,2\n", "one.csv")
    try scratch.write("x,y\n1,2\n3,5\n4,1\n", "three.csv")
    try scratch.write("x,y,c\n1,2,no\n3,5,no\n4,1,yes\n7,2,yes\n5,8,no\n9,3,no\n", "six.csv")
    _ = try scratch.folder("photos")
    let cases: [([String], Int32, String)] = [
      ([], 64, "either a CSV file, or images"),
      (["rows.csv", "--data", "x", "--normal", "1"], 64, "either a CSV file"),
      (["rows.csv", "--label-column", "Clas"], 64, "no column \"Clas\" for labels"),
      (["rows.csv", "--threshold", "best-f1"], 64, "needs labels"),
      (["rows.csv", "--threshold", "percentile:200"], 64, "percentile takes one number"),
      (["rows.csv", "--train-share", "2"], 64, "--train-share is 2.0"),
      (["rows.csv", "--seed=-1"], 64, "--seed is -1"),
      (["rows.csv", "--ignore", "zzz"], 64, "no column \"zzz\""),
      (["rows.csv", "--code", "0"], 64, "--code is 0"),
      (["rows.csv", "--separator", "ab"], 64, "--separator is \"ab\""),
      (["nothing.csv"], 1, "does not exist"),
      (["photos"], 64, "photos is a folder, not a table; give a CSV file, or images with --data photos."),
      (["rows.csv", "--normal", "1"], 64, "--normal is for images"), (["one.csv"], 65, "too few"),
      (
        ["three.csv"], 65,
        "The 3 rows were divided into 1 to train on and 2 to measure on, so there is 1 normal sample to train on, but"
      ),
      (
        ["six.csv", "--label-column", "c", "--split", "time", "--train-share", "0.7"], 65,
        "The 6 rows were divided into 2 to train on, 2 anomalies left out of training and 2 to measure on, so there"
      ),
      (["same.csv"], 65, "No column of the table is left to learn from"),
      (["--data", "x"], 1, "no folder x"),
      (["rows.csv", "--anomaly-label", "1"], 64, "without --label-column"),
      (["rows.csv", "--out", ""], 64, "--out is empty"),
    ]
    for (arguments, status, piece) in cases {
      let out = arguments.contains("--out") ? [] : ["--out", "run"]
      let outcome = try scratch.hourglass(["detect", "fit"] + arguments + out)
      #expect(outcome.status == status && !outcome.isSignalled, "\(arguments): \(outcome.errors)")
      #expect(
        outcome.complaints.count == 1 && outcome.errors.contains(piece), "\(arguments): \(outcome.errors)")
      #expect(!scratch.exists("run"), "nothing is left of \(arguments)")
    }
    expectRefusal(
      try scratch.hourglass("detect", "score", "nowhere", "rows.csv"), status: 1,
      saying: "no detector in nowhere")
    expectRefusal(
      try scratch.hourglass("detect", "score", "nowhere", "photos"), status: 64,
      saying: "photos is a folder, not a table; give a CSV file, or images with --data photos.")
    _ = try scratch.folder("mine")
    try scratch.write("x", "mine/keep.txt")
    let others = try scratch.hourglass("detect", "fit", "rows.csv", "--out", "mine")
    #expect(
      others.status == 64 && others.errors.contains("holds other files, such as keep.txt"), "\(others.errors)"
    )
  }
}
