import Foundation
import Testing

/// `features`: what the units of a code stand for.
struct FeaturesTests {
  @Test func pageOfARun() throws {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "train", "sparse-l1", "--data", "data", "--epochs", "1", "--limit", "64", "--out", "run", "--set",
      "model.encoder.1.dense.units=12")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let features = try scratch.hourglass("features", "run", "--json")
    #expect(features.status == 0, "\(features.errors)")
    #expect(features.json["units"] as? Int == 12 && features.json["samples"] as? Int == 64)
    #expect(features.json["page"] as? String == "features.html")
    let dead = try #require(features.json["dead_units"] as? [Int])
    #expect(
      features.errors.contains("data, test: 12 units, active in ")
        && features.errors.contains("\(dead.count) dead"))
    let page = String(decoding: try scratch.read("features.html"), as: UTF8.self)
    #expect(page.contains("<h1>Features of run</h1>") && page.contains("12 units of the code, in 64 images."))
    #expect(page.split(separator: "<section").count - 1 == 12 - dead.count)
    // Nothing from outside, and the same bytes again.
    #expect(!page.contains("http:") && !page.contains("https:"))
    let again = try scratch.hourglass("features", "run", "--out", "again.html", "--threads", "1")
    #expect(again.status == 0 && again.output.isEmpty, "\(again.errors)")
    #expect(try scratch.read("again.html") == scratch.read("features.html"))
    let replaced = try scratch.hourglass("features", "run", "--limit", "10")
    #expect(replaced.errors.contains("replaced features.html") && replaced.errors.contains("data, test:"))
  }

  /// The decoder alone makes no sample; the sentence says what does.
  @Test func aResidualModelIsRefused() throws {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(
      "train", "fashion-denoise", "--data", "data", "--epochs", "1", "--limit", "16", "--out", "run", "--set",
      "model.residual=true")
    #expect(outcome.status == 0, "\(outcome.errors)")
    expectRefusal(
      try scratch.hourglass("features", "run"), status: 64,
      saying: "a code alone gives no sample; give a model",
      "model.residual")
    #expect(!scratch.exists("features.html"))
  }

  @Test func refusals() throws {
    let scratch = try Scratch(data: false)
    expectRefusal(try scratch.hourglass("features", "none"), status: 1, saying: "no run in none")
    expectRefusal(
      try scratch.hourglass("features", "m.safetensors"), status: 64, saying: "--data")
  }
}
