import Foundation
import Testing

/// `runs` lists what was trained, in one table.
struct RunsTests {
  /// Two finished runs of different epochs, a detector, and a damaged run.
  private func trained() throws -> Scratch {
    let scratch = try Scratch()
    for (name, epochs) in [("runs/one", "1"), ("runs/two", "2")] {
      let outcome = try scratch.hourglass(
        "train", "undercomplete", "--data", "data", "--epochs", epochs, "--out", name, "--threads", "1")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let rows = (0..<60).map { "\($0 % 7),\($0 * $0 % 11),\($0 % 5)" }
    try scratch.write((["a,b,c"] + rows).joined(separator: "\n") + "\n", "t.csv")
    let fit = try scratch.hourglass("detect", "fit", "t.csv", "--epochs", "1", "--out", "runs/odd")
    #expect(fit.status == 0, "\(fit.errors)")
    try scratch.write("name: broken\n", "runs/broken/recipe.yaml")
    try scratch.write("{", "runs/broken/result.json")
    return scratch
  }

  @Test func listsSortsAndChooses() throws {
    let scratch = try trained()
    let all = try scratch.hourglass("runs")
    #expect(all.status == 0, "\(all.errors)")
    let lines = all.output.split(separator: "\n")
    #expect(lines.count == 5 && lines[0].contains("recipe") && lines[0].hasPrefix("run "))
    #expect(
      lines.dropFirst().map { $0.prefix { $0 != " " } } == [
        "runs/broken", "runs/odd", "runs/one", "runs/two",
      ])
    #expect(lines[1].contains("damaged") && lines[2].contains("detection") && lines[3].contains("finished"))
    #expect(all.errors.contains("runs/broken: runs/broken/result.json is damaged"))

    let json = try scratch.hourglass("runs", "--json", "--sort", "loss", "--where", "kind=training").json
    let runs = try #require(json["runs"] as? [[String: Any]])
    #expect(runs.map { $0["run"] as? String } == ["runs/two", "runs/one", "runs/broken"])
    #expect(runs[0]["epochs"] as? Int == 2 && (runs[0]["weights_sha256"] as? String)?.count == 64)
    #expect(runs[2]["state"] as? String == "damaged" && runs[2]["complaint"] != nil)

    let csv = try scratch.hourglass(
      "runs", "runs/", "--csv", "--columns", "run,epochs,batch_size", "--where", "epochs>=1", "--where",
      "recipe=undercomplete", "--sort", "epochs", "--descending")
    #expect(csv.output == "run,epochs,batch_size\nruns/two,2,128\nruns/one,1,128\n", "\(csv.output)")
    let whole = try scratch.hourglass("runs", "--csv").output.split(separator: "\n")
    #expect(whole.count == 5 && whole[0].hasPrefix("run,kind,state,recipe,data,epochs,"))
    #expect(whole[0].contains(",mse,"))
  }

  @Test func nothingToShowIsSaid() throws {
    let scratch = try Scratch(data: false)
    expectRefusal(try scratch.hourglass("runs"), status: 1, saying: "There is no folder runs")
    _ = try scratch.folder("runs")
    let empty = try scratch.hourglass("runs", "--where", "x=1", "--sort", "y")
    #expect(empty.status == 0 && empty.output.isEmpty && empty.errors.contains("There are no runs in runs"))
    #expect(try scratch.hourglass("runs", "--json").output == "{\"runs\":[]}\n")
    try scratch.write("name: x\n", "runs/a/recipe.yaml")
    _ = try scratch.folder("runs/a/checkpoint")
    let none = try scratch.hourglass("runs", "--where", "recipe=y")
    #expect(none.output.isEmpty && none.errors.contains("Of 1 run none is as --where says."))
  }

  @Test func mistakesAreOneSentence() throws {
    let scratch = try Scratch(data: false)
    try scratch.write("name: x\n", "runs/a/recipe.yaml")
    _ = try scratch.folder("runs/a/checkpoint")
    let cases: [([String], String)] = [
      (["--sort", "rcipe"], "did you mean \"recipe\"?"), (["--where", "recipe"], "such as recipe=vae"),
      (["--where", "rcipe=x"], "did you mean \"recipe\"?"),
      (["--columns", "run,lss"], "did you mean \"loss\"?"),
      (["--json", "--csv"], "--json and --csv"), (["--json", "--columns", "run"], "--columns is for tables"),
      ([""], "The folder is empty"),
    ]
    for (arguments, piece) in cases {
      expectRefusal(try scratch.hourglass(["runs"] + arguments), status: 64, saying: piece)
    }
  }
}
