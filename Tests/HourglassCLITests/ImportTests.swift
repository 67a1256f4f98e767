import Foundation
import Testing

/// Models of PyTorch, imported and trained further; the files are those of the tests of HourglassONNX and HourglassModels.
struct ImportTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  private static let model = tests.appending(
    path: "HourglassONNXTests/Frameworks/torch-convolutions-script.onnx"
  ).path
  private static let weights = tests.appending(
    path: "HourglassModelsTests/StateDicts/Stored/variational.safetensors"
  ).path

  /// The mean squared error of a run.
  private func error(_ scratch: Scratch, _ run: String) throws -> Double {
    let outcome = try scratch.hourglass("evaluate", run, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let line = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let measures = line?["metrics"] as? [String: Any] ?? line
    return try #require(measures?["mse"] as? Double)
  }

  @Test func importedModelsLearnFurther() throws {
    let scratch = try Scratch()
    let imported = try scratch.hourglass("import", Self.model, "--data", "data", "--out", "run", "--json")
    #expect(imported.status == 0, "\(imported.errors)")
    #expect(imported.output.contains("\"code_shape\":[6]"))
    let before = try error(scratch, "run")
    let trained = try scratch.hourglass("train", "run", "--resume", "--out", "run")
    #expect(trained.status == 0, "\(trained.errors)")
    let after = try error(scratch, "run")
    #expect(after < 0.8 * before, "\(before), then \(after)")
  }

  /// Without ONNX Runtime the file is read again; what is named as its library must be one.
  @Test func exportedModelsAreVerified() throws {
    let scratch = try Scratch()
    #expect(try scratch.hourglass("import", Self.model, "--data", "data", "--out", "run").status == 0)
    let verified = try scratch.hourglass("export", "run", "--out", "again.onnx", "--verify", "9", "--json")
    #expect(verified.status == 0, "\(verified.errors)")
    let line = try #require(
      JSONSerialization.jsonObject(with: Data(verified.output.utf8)) as? [String: Any])
    let differences = try #require(line["differences"] as? [String: Double])
    #expect(Set(differences.keys) == ["code", "reconstruction"])
    #expect(differences.values.allSatisfy { $0 < 1e-5 }, "\(differences)")
    #expect(line["verified_samples"] as? Int == 9)

    try Data("no library".utf8).write(to: URL(filePath: scratch.path + "/runtime.so"))
    let refused = try scratch.hourglass(
      "export", "run", "--out", "more.onnx", "--verify", "9", "--runtime", "runtime.so")
    #expect(refused.status == 1 && refused.errors.contains("ONNX Runtime cannot be loaded from ./runtime.so"))
  }

  private static let recipe = """
    name: small
    data: {file: rows.npy}
    model:
      input: [12]
      encoder:
        - dense: {units: 10, activation: relu}
        - gaussian_code: {units: 3}
      decoder:
        - dense: {units: 10, activation: relu}
        - dense: {units: 12, activation: sigmoid}
    objective: vae
    epochs: 1
    """

  @Test func weightsGetARecipe() throws {
    let scratch = try Scratch(data: false)
    try scratch.write(Self.recipe, "small.yaml")
    let outcome = try scratch.hourglass("import", Self.weights, "--recipe", "small.yaml", "--out", "run")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("encoder.1.mean_weight") && outcome.output.contains("fc_mu.weight"))
    #expect(outcome.errors.contains("run: "))
    #expect(scratch.exists("run/recipe.yaml") && scratch.exists("run/model.safetensors"))
    let other = Self.recipe.replacingOccurrences(of: "units: 10", with: "units: 9")
    try scratch.write(other, "other.yaml")
    expectRefusal(
      try scratch.hourglass("import", Self.weights, "--recipe", "other.yaml", "--out", "other"), status: 65,
      saying: "no tensors for encoder.0.weight (9, 12)")
    #expect(!scratch.exists("other"))
  }

  @Test func weightsAndModelsAreNotMixedUp() throws {
    let scratch = try Scratch(data: false)
    expectRefusal(try scratch.hourglass("import", Self.weights), status: 64, saying: "--recipe")
    expectRefusal(
      try scratch.hourglass("import", Self.model, "--recipe", "vae"), status: 64,
      saying: "--recipe is for weights")
    expectRefusal(
      try scratch.hourglass("import", Self.weights, "--recipe", "vae", "--code", "x"), status: 64,
      saying: "--code")
  }
}
