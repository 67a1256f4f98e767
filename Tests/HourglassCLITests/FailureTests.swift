import Foundation
import Testing

/// Training that leaves the finite numbers.
struct FailureTests {
  private func arguments(_ more: [String]) -> [String] {
    [
      "train", "mnist-conv", "--data", "data", "--epochs", "3", "--batch-size", "16", "--out", "run",
      "--json",
      "--checkpoint-seconds", "0",
    ] + more
  }

  @Test func namesThePlaceAndKeepsTheCheckpoint() throws {
    let scratch = try Scratch()
    // Without the sigmoid nothing bounds the reconstruction.
    let more = [
      "--set", "optimizer={sgd: {learning_rate: 1000000}}", "--set",
      "model.decoder.5.conv2d.activation=linear",
    ]
    let outcome = try scratch.hourglass(arguments(more))
    #expect(outcome.status == 1 && !outcome.isSignalled, "\(outcome.errors)")
    #expect(outcome.complaints.count == 1, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    let sentence = outcome.complaints.first ?? ""
    #expect(sentence.contains(/epoch \d+, (after )?step \d+/), "\(sentence)")
    #expect(sentence.contains(/layers? ?.*(en|de)coder\.\d/), "\(sentence)")
    #expect(sentence.contains("last good checkpoint is kept"), "\(sentence)")
    #expect(!scratch.exists("run/model.safetensors"))
    let names = scratch.names("run/checkpoint")
    let before = try names.map { try scratch.read("run/checkpoint/\($0)") }

    let again = try scratch.hourglass(arguments(more + ["--resume"]))
    #expect(again.status == 1)
    #expect(again.complaints == outcome.complaints)
    #expect(scratch.names("run/checkpoint") == names)
    #expect(try names.map { try scratch.read("run/checkpoint/\($0)") } == before)
  }

  /// Whatever the rate, it ends well or with one sentence.
  @Test(arguments: ["1000", "30000", "100000", "1000000"])
  func anyLearningRate(rate: String) throws {
    let scratch = try Scratch()
    for optimizer in ["sgd", "adam", "rmsprop"] {
      let outcome = try scratch.hourglass([
        "train", "mnist-conv", "--data", "data", "--epochs", "2", "--limit", "64", "--batch-size", "32",
        "--out",
        optimizer, "--set", "optimizer={\(optimizer): {learning_rate: \(rate)}}", "--json", "--threads", "1",
        "--set", "model.decoder.5.conv2d.activation=linear",
      ])
      #expect(!outcome.isSignalled)
      #expect(
        outcome.status == 0 || outcome.status == 1 && outcome.complaints.count == 1, "\(outcome.errors)")
      #expect(outcome.status == 0 || outcome.complaints[0].contains("Training stopped"), "\(outcome.errors)")
    }
  }
}
