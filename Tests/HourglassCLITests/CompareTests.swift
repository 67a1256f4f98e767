import Foundation
import Hourglass
import Testing

/// `compare` puts runs side by side.
struct CompareTests {
  @Test func tablesFigureAndPage() throws {
    let scratch = try Scratch()
    for (name, rate) in [("a", "0.001"), ("b", "0.01")] {
      let outcome = try scratch.hourglass(
        "train", "undercomplete", "--data", "data", "--epochs", "2", "--out", name, "--threads", "1", "--set",
        "optimizer.adam.learning_rate=\(rate)")
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let outcome = try scratch.hourglass(
      "compare", "a", "b", "--figure", "c.svg", "--report", "c.html", "--cards", "--limit", "40", "--threads",
      "1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for piece in [
      "measure ", "\nmse ", "optimizer.adam.learning_rate  0.001  0.01", "\nReconstruction:\n  a: ",
    ] {
      #expect(outcome.output.contains(piece), "no \(piece): \(outcome.output)")
    }
    #expect(outcome.errors.contains("figure: c.svg\ncomparison: c.html\n"))
    let page = String(decoding: try scratch.read("c.html"), as: UTF8.self)
    #expect(page.contains("2 runs compared") && page.contains("PCA, as many numbers"))
    #expect(String(decoding: try scratch.read("c.svg"), as: UTF8.self).contains("Validation loss"))

    let json = try scratch.hourglass("compare", "a", "b", "--figure", "c.png", "--json").json
    #expect((json["runs"] as? [[String: Any]])?.count == 2 && json["figure"] as? String == "c.png")
    let differences = json["differences"] as? [[String: Any]]
    #expect(differences?.count == 1 && differences?[0]["values"] as? [String] == ["0.001", "0.01"])
    #expect(try Picture.read(path: "\(scratch.path)/c.png").width == 960)
    let again = try scratch.hourglass("compare", "a", "b", "--figure", "c.png")
    #expect(again.errors.contains("replaced c.png\n"))
  }

  @Test func mistakesAreOneSentence() throws {
    let scratch = try Scratch(data: false)
    let cases: [([String], Int32, String)] = [
      (["a"], 64, "but one run"), (["a", "b"], 1, "There is no run in a"),
      (["a", "b", "--limit", "9"], 64, "add --cards"), (["a", "b", "--data", "x"], 64, "add --cards"),
      (["a", "b", "--figure", "x.jpg"], 64, "ends in .svg or .png"),
      (["a", "b", "--report", "x.png"], 64, "ends in .html"),
    ]
    for (arguments, status, piece) in cases {
      expectRefusal(try scratch.hourglass(["compare"] + arguments), status: status, saying: piece)
    }
  }
}
