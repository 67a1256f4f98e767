import Foundation
import Testing

/// A run that is killed at any moment goes on with the same bits.
struct KillTests {
  /// Small batches and a checkpoint after each: a kill lands within an epoch, and often within a checkpoint.
  private let arguments = [
    "train", "mnist-conv", "--data", "data", "--epochs", "3", "--batch-size", "4", "--limit", "120",
    "--threads", "2", "--json",
  ]

  @Test func killedAnywhere() throws {
    let scratch = try Scratch()
    let unbroken = try scratch.hourglass(arguments + ["--out", "unbroken"])
    #expect(unbroken.status == 0, "\(unbroken.errors)")

    var kills = 0
    var finished: Hourglass.Outcome?
    var midEpoch = 0
    for attempt in 0..<200 where finished == nil {
      let running = try scratch.hourglass.start(
        arguments + ["--out", "run", "--resume", "--checkpoint-seconds", "0"])
      // Later and later, or a slow machine would never come past the start.
      let delay = 0.01 + 0.013 * Double(attempt % 7) + 0.004 * Double(attempt)
      if let outcome = running.wait(seconds: delay) {
        finished = outcome
      } else {
        running.send(SIGKILL)
        let outcome = try #require(running.wait(seconds: 10))
        // It may just have finished.
        if outcome.status == 0 && !outcome.isSignalled { finished = outcome } else { kills += 1 }
      }
      if let manifest = try? scratch.read("run/checkpoint/manifest.json"), let state = Self.state(manifest) {
        if (state["batch"] as? Int ?? 0) > 0 { midEpoch += 1 }
      }
    }
    let resumed = try #require(finished, "200 starts did not finish the run")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(kills >= 5 && midEpoch >= 2, "\(kills) kills, \(midEpoch) within an epoch")
    #expect(resumed.weights == unbroken.weights)
    #expect(resumed.metrics == unbroken.metrics)
    #expect(try scratch.history("run") == scratch.history("unbroken"))
    #expect(try scratch.read("run/model.safetensors") == scratch.read("unbroken/model.safetensors"))
    for folder in ["run", "run/checkpoint", "run/figures"] {
      #expect(!scratch.names(folder).contains { $0.hasSuffix(".partial") })
    }
    #expect(scratch.names("run/checkpoint").count == 2, "\(scratch.names("run/checkpoint"))")
  }

  private static func state(_ manifest: [UInt8]) -> [String: Any]? {
    let json = try? JSONSerialization.jsonObject(with: Data(manifest)) as? [String: Any]
    return json?["state"] as? [String: Any]
  }

  /// Early stopping and plateaus have a memory of their own, which has to survive as well.
  @Test func killedWithEarlyStopping() throws {
    let scratch = try Scratch()
    let arguments = [
      "train", "fashion-denoise", "--data", "data", "--epochs", "12", "--batch-size", "32", "--set",
      "early_stopping.patience=2", "--set", "early_stopping.minimum_delta=0.005", "--set",
      "optimizer.adam.schedule.reduce_on_plateau.patience=1", "--set",
      "optimizer.adam.schedule.reduce_on_plateau.minimum_delta=0.005", "--json",
    ]
    let unbroken = try scratch.hourglass(arguments + ["--out", "unbroken"])
    #expect(unbroken.status == 0, "\(unbroken.errors)")
    #expect(unbroken.errors.contains("learning rate reduced"))
    #expect(!unbroken.errors.contains("epoch 12 "), "early stopping did not end the run")
    for epoch in 1...3 {
      let running = try scratch.hourglass.start(
        arguments + ["--out", "run", "--resume", "--checkpoint-seconds", "0"])
      #expect(running.waitForErrors("epoch \(epoch) ") || !running.isRunning)
      running.send(SIGKILL)
      _ = try #require(running.wait(seconds: 10))
    }
    let resumed = try scratch.hourglass(arguments + ["--out", "run", "--resume"])
    #expect(resumed.weights == unbroken.weights)
    #expect(try scratch.history("run") == scratch.history("unbroken"))
  }
}
