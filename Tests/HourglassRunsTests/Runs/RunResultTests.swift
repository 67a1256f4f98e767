import Foundation
import HourglassRuns
import Testing

@Suite struct RunResultTests {
  private func result(validation: Double? = 0.02, secondsToFirstEpoch: Double? = 1.5) -> RunResult {
    RunResult(
      recipe: "small", parameters: 107, epochs: 2, seconds: 3.25, samplesPerSecond: 80,
      secondsToFirstEpoch: secondsToFirstEpoch, trainLoss: 0.1 + 0.2, validationLoss: validation,
      metrics: ["mse": 1.0 / 3, "psnr": 20], weightsSHA256: "abc", run: "runs/small", seed: 3, threads: 2,
      instructionSet: "avx2", trainingSamples: 30, validationSamples: 10, notes: ["One \"sentence\".\nTwo."])
  }

  private func fields(_ result: RunResult) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(result.json().utf8)) as? [String: Any])
  }

  /// The names are what scripts read.
  @Test func namesOfItsFields() throws {
    #expect(
      try fields(result()).keys.sorted() == [
        "epochs", "instruction_set", "metrics", "notes", "parameters", "recipe", "run", "samples_per_second",
        "seconds", "seconds_to_first_epoch", "seed", "threads", "train_loss", "training_samples",
        "validation_loss", "validation_samples", "weights_sha256",
      ])
  }

  @Test func whatThereIsNotIsLeftOut() throws {
    let names = try fields(result(validation: nil, secondsToFirstEpoch: nil)).keys
    #expect(!names.contains("validation_loss") && !names.contains("seconds_to_first_epoch"))
  }

  @Test func isOneLine() throws {
    let json = try result().json()
    #expect(!json.contains("\n") && json.contains("\"run\":\"runs/small\""))
  }

  @Test func everyNumberComesBack() throws {
    let read = try JSONDecoder().decode(RunResult.self, from: Data(result().json().utf8))
    #expect(read.trainLoss == 0.1 + 0.2 && read.metrics == ["mse": 1.0 / 3, "psnr": 20])
    #expect(try read.json() == result().json())
  }
}
