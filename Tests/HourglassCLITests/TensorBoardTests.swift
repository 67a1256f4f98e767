import Testing

/// `train --tensorboard` writes events beside the run.
struct TensorBoardTests {
  @Test func eventsLieInAFolderOfTheRunsName() throws {
    let scratch = try Scratch()
    let training = ["train", "undercomplete", "--data", "data", "--epochs", "1", "--threads", "1", "--json"]
    let plain = try scratch.hourglass(training + ["--out", "plain"])
    let told = try scratch.hourglass(training + ["--out", "runs/a", "--tensorboard", "logs/"])
    #expect(told.status == 0 && told.weights == plain.weights, "\(told.errors)")
    #expect(told.errors.contains("events for TensorBoard: logs/a\n"))
    #expect(!plain.errors.contains("TensorBoard"))
    #expect(scratch.names("logs/a").contains { $0.hasPrefix("events.out.tfevents.") })
    #expect(String(decoding: try scratch.read("runs/a/recipe.yaml"), as: UTF8.self).contains("/logs/"))
    // What makes the weights again says nothing of events.
    let report = String(decoding: try scratch.read("runs/a/report.html"), as: UTF8.self)
    #expect(report.contains("hourglass train undercomplete --data data") && !report.contains("--tensorboard"))
    expectRefusal(
      try scratch.hourglass(training.dropLast() + ["--out", "b", "--tensorboard", ""]), status: 64,
      saying: "--tensorboard is empty")
    // Beside the run's own files.
    #expect(try scratch.hourglass(training + ["--out", "runs/b", "--tensorboard", "runs"]).status == 0)
    #expect(scratch.names("runs/b").contains("projector_config.pbtxt"))
  }

  @Test func eventsOfAnotherRunAreNotMixed() throws {
    let scratch = try Scratch()
    let training = [
      "train", "undercomplete", "--data", "data", "--epochs", "1", "--threads", "1", "--tensorboard", "logs",
    ]
    #expect(try scratch.hourglass(training + ["--out", "x/a"]).status == 0)
    let other = try scratch.hourglass(training + ["--out", "y/a"])
    #expect(other.status == 64 && other.complaints.count == 1, "\(other.errors)")
    #expect(other.complaints[0].contains("logs/a holds events of another run"))
    #expect(other.complaints[0].hasSuffix("choose another --tensorboard."), "\(other.errors)")
  }
}
