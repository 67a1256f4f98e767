import Testing

/// `report` judges a run on one page.
struct ReportTests {
  @Test func writesACard() throws {
    let scratch = try Scratch()
    let trained = try scratch.hourglass(
      "train", "fashion-denoise", "--data", "data", "--epochs", "1", "--out", "run")
    #expect(trained.status == 0, "\(trained.errors)")
    let outcome = try scratch.hourglass("report", "run", "--limit", "40", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["report"] as? String == "run/report-card.html")
    let uses = outcome.json["uses"] as? [String: Any] ?? [:]
    #expect(uses["reconstruct"] != nil && uses["generate"] != nil)
    let page = String(decoding: try scratch.read("run/report-card.html"), as: UTF8.self)
    #expect(page.contains("run: report card"))
    // The validation samples are the test part's.
    let seen = "The model was trained on 200 samples."
    #expect(page.contains(seen) && outcome.errors.contains(seen), "\(outcome.errors)")
    let file = try scratch.hourglass(
      "report", "run/model.safetensors", "--data", "data", "--out", "card.html")
    #expect(file.status == 0 && scratch.exists("card.html"), "\(file.errors)")
    #expect(file.errors.contains("On how many samples the model was trained is not known."))
    let cases: [([String], Int32, String)] = [
      (["run", "--limit", "0"], 64, "--limit is 0"), (["run", "--limit", "5"], 64, "needs 20 samples"),
      (["run", "--out", "card.png"], 64, "ends in .html"), (["nothing"], 1, "no run in nothing"),
      (["run/model.safetensors", "--data", "data"], 64, "--out CARD.html"),
      (["run", "--seed=-1"], 64, "--seed is -1"),
    ]
    for (arguments, status, piece) in cases {
      expectRefusal(try scratch.hourglass(["report"] + arguments), status: status, saying: piece)
    }
  }
}
