import Foundation
import Testing

/// `evaluate` finds what `train` found.
struct EvaluateTests {
  @Test(arguments: ["fashion-denoise", "mnist-conv"])
  func agreesWithTraining(recipe: String) throws {
    let scratch = try Scratch()
    let trained = try scratch.hourglass(
      "train", recipe, "--data", "data", "--epochs", "2", "--seed", "5", "--out", "run", "--json")
    #expect(trained.status == 0, "\(trained.errors)")
    let names: Set =
      recipe == "mnist-conv" ? ["mse", "psnr", "ssim"] : ["mse", "psnr", "ssim", "psnr_shown"]
    #expect(names.isSubset(of: trained.metrics.keys), "\(trained.metrics)")
    let commands = [
      ["run"], ["run", "--data", "data"], ["run/"], ["run", "--threads", "3"],
      ["run/model.safetensors", "--data", "data"],
    ]
    for command in commands {
      let outcome = try scratch.hourglass(["evaluate"] + command + ["--json"])
      #expect(outcome.status == 0, "\(command): \(outcome.errors)")
      #expect(outcome.output.split(separator: "\n").count == 1)
      #expect(outcome.metrics == trained.metrics, "\(command)")
      #expect(outcome.weights == trained.weights)
      #expect(outcome.json["samples"] as? Int == 64)
    }
    let some = try scratch.hourglass("evaluate", "run", "--limit", "10", "--json")
    #expect(some.json["samples"] as? Int == 10)
    #expect(try scratch.hourglass("evaluate", "run", "--limit", "1000", "--json").metrics == trained.metrics)
    let quiet = try scratch.hourglass("evaluate", "run")
    #expect(quiet.output.isEmpty && quiet.errors.contains("psnr"))
  }

  /// A bottleneck loses more than hardly any noise did, and the program says so wherever it tells the numbers.
  @Test func saysWhenTheOutputIsWorseThanTheInput() throws {
    let scratch = try Scratch()
    let sentence = "the model loses more than the noise did"
    let trained = try scratch.hourglass(
      "train", "fashion-denoise", "--data", "data", "--epochs", "1", "--out", "run", "--json", "--set",
      "objective.denoising.corruption.gaussian=0.01")
    #expect(trained.status == 0 && trained.errors.contains(sentence), "\(trained.errors)")
    let notes = trained.json["notes"] as? [String] ?? []
    #expect(notes.contains { $0.contains(sentence) })
    #expect(String(decoding: try scratch.read("run/report.html"), as: UTF8.self).contains(sentence))
    let outcome = try scratch.hourglass("evaluate", "run", "--json")
    #expect(outcome.errors.contains(sentence))
    #expect((outcome.json["notes"] as? [String] ?? []).contains { $0.contains(sentence) })
  }

  @Test func otherImages() throws {
    let scratch = try Scratch()
    #expect(
      try scratch.hourglass("train", "mnist-conv", "--data", "data", "--epochs", "1", "--out", "run").status
        == 0)
    try SmallData(side: 20).write(to: scratch.folder("small"))
    expectRefusal(
      try scratch.hourglass("evaluate", "run", "--data", "small"), status: 65,
      saying: "(1, 20, 20)", "(1, 28, 28)")
    expectRefusal(
      try scratch.hourglass("evaluate", "run", "--data", "nowhere/at/all"), status: 1, saying: "nowhere")
  }
}
