import Foundation
import Testing

/// Ctrl-C and SIGTERM end a run at a checkpoint.
struct InterruptTests {
  private let arguments = [
    "train", "mnist-conv", "--data", "data", "--epochs", "40", "--batch-size", "16", "--out", "run", "--json",
  ]

  @Test(arguments: [(SIGINT, Int32(130), "Ctrl-C"), (SIGTERM, 143, "SIGTERM")])
  func endsAtACheckpoint(signal: Int32, status: Int32, name: String) throws {
    let scratch = try Scratch()
    // A test that was started in the background has it ignored, and so would the program.
    _ = Foundation.signal(SIGINT, SIG_DFL)
    let running = try scratch.hourglass.start(arguments)
    #expect(running.waitForErrors("epoch 1 "))
    running.send(signal)
    let outcome = try #require(running.wait(seconds: 20))
    #expect(outcome.status == status && !outcome.isSignalled, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.complaints.isEmpty)
    let last = outcome.errors.split(separator: "\n").last ?? ""
    #expect(last == "Stopped by \(name); to go on: hourglass train run/recipe.yaml --resume --out run")
    #expect(scratch.exists("run/checkpoint/manifest.json"))
    #expect(!scratch.exists("run/result.json"))

    // The checkpoint is of the moment it stopped, not of the last epoch's end.
    let resumed = try scratch.hourglass(arguments + ["--resume"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    let unbroken = try scratch.hourglass(arguments.map { $0 == "run" ? "unbroken" : $0 })
    #expect(resumed.weights == unbroken.weights)
    #expect(try scratch.history("run") == scratch.history("unbroken"))
  }
}
