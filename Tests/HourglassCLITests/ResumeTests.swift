import Foundation
import Testing

/// What may go on, and what may not.
struct ResumeTests {
  private func train(_ more: [String] = [], data: String = "data") -> [String] {
    ["train", "mnist-conv", "--data", data, "--epochs", "1", "--out", "run", "--json"] + more
  }

  @Test func finishedRunStaysAsItIs() throws {
    let scratch = try Scratch()
    let first = try scratch.hourglass(train())
    #expect(first.status == 0, "\(first.errors)")
    let before = try scratch.names("run").filter { !scratch.names("run/\($0)").isEmpty ? false : true }
      .map { ($0, try scratch.read("run/\($0)")) }
    let checkpoint = scratch.names("run/checkpoint")
    let again = try scratch.hourglass(train(["--resume"]))
    #expect(again.status == 0)
    #expect(again.output == first.output)
    #expect(!again.errors.contains("epoch 1"))
    for (name, bytes) in before { #expect(try scratch.read("run/\(name)") == bytes, "\(name)") }
    #expect(scratch.names("run/checkpoint") == checkpoint)
  }

  @Test func anotherRecipeOrSettingIsRefused() throws {
    let scratch = try Scratch()
    #expect(try scratch.hourglass(train()).status == 0)
    let before = try scratch.read("run/model.safetensors")
    expectRefusal(
      try scratch.hourglass(train()), status: 64, saying: "run already holds a run", "--resume", "--out")
    expectRefusal(
      try scratch.hourglass(train(["--resume", "--seed", "7"])), status: 64,
      saying: "seed is 1 there and 7 here")
    expectRefusal(
      try scratch.hourglass(train(["--resume", "--set", "optimizer.adam.learning_rate=0.5"])), status: 64,
      saying: "optimizer.adam.learning_rate", "0.5")
    expectRefusal(
      try scratch.hourglass(train(["--resume", "--set", "model.encoder.0.conv2d.filters=12"])), status: 64,
      saying: "model.encoder.0.conv2d.filters is 16 there and 12 here")
    let other = train(["--resume"]).map { $0 == "mnist-conv" ? "fashion-denoise" : $0 }
    expectRefusal(try scratch.hourglass(other), status: 64, saying: "another recipe", "fashion-denoise")
    #expect(try scratch.read("run/model.safetensors") == before)
  }

  @Test func otherDataAreRefused() throws {
    let scratch = try Scratch()
    #expect(try scratch.hourglass(train()).status == 0)
    try SmallData(seed: 2).write(to: scratch.folder("other"))
    // Another place; then the same place, but not what was there; then only other test images.
    try SmallData(seed: 2).write(to: scratch.folder("data"))
    for data in ["other", "data", "tests"] {
      if data == "tests" {
        try SmallData().write(to: scratch.folder("tests"))
        let images = try scratch.read("other/t10k-images-idx3-ubyte")
        try scratch.write(images, "tests/t10k-images-idx3-ubyte")
      }
      let outcome = try scratch.hourglass(train(["--resume"], data: data))
      #expect(outcome.status == 64, "\(data)")
      #expect(outcome.complaints.count == 1)
      #expect(outcome.errors.contains("other data"))
    }
  }

  @Test func dataMayMove() throws {
    let scratch = try Scratch()
    let first = try scratch.hourglass(train())
    #expect(first.status == 0, "\(first.errors)")
    try FileManager.default.moveItem(atPath: "\(scratch.path)/data", toPath: "\(scratch.path)/moved")
    let again = try scratch.hourglass(train(["--resume"], data: "moved"))
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output == first.output)
  }

  @Test func twoTrainersDoNotShareAFolder() throws {
    let scratch = try Scratch()
    let arguments = [
      "train", "mnist-conv", "--data", "data", "--epochs", "30", "--batch-size", "16", "--json", "--out",
    ]
    let running = try scratch.hourglass.start(arguments + ["run"])
    #expect(running.waitForErrors("epoch 1 "))
    for more in [[], ["--resume"]] {
      let second = try scratch.hourglass(arguments + ["run"] + more)
      expectRefusal(second, status: 1, saying: "Another process is training in run")
    }
    let first = try #require(running.wait(seconds: 60))
    #expect(first.status == 0, "\(first.errors)")
    #expect(try scratch.hourglass(arguments + ["alone"]).weights == first.weights)
  }

  @Test func resumeBeginsWhereThereIsNothing() throws {
    let scratch = try Scratch()
    let outcome = try scratch.hourglass(train(["--resume"]))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("There is no run in run to go on with; training begins anew.\n"))
    #expect(scratch.exists("run/result.json"))
  }

  @Test func aRunWithoutACheckpointBeginsAnewAndSaysSo() throws {
    let scratch = try Scratch()
    let first = try scratch.hourglass(train())
    #expect(first.status == 0, "\(first.errors)")
    for name in ["checkpoint", "history.csv", "model.safetensors", "result.json"] {
      try FileManager.default.removeItem(atPath: "\(scratch.path)/run/\(name)")
    }
    let again = try scratch.hourglass(train(["--resume"]))
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.hasPrefix("The run in run has no checkpoint yet; training begins anew.\n"))
    #expect(again.weights == first.weights)
  }

  /// `--epochs` takes a finished run further, with the bits of one that was for so many from the beginning.
  @Test func moreEpochsGoOn() throws {
    let scratch = try Scratch()
    func train(_ epochs: Int?, _ folder: String, _ more: String...) throws -> Hourglass.Outcome {
      let options = epochs.map { ["--epochs", "\($0)"] } ?? []
      return try scratch.hourglass(
        ["train", "mnist-conv", "--data", "data", "--limit", "64", "--json", "--out", folder] + options + more
      )
    }
    let whole = try train(3, "whole")
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(try train(1, "run").status == 0)
    expectRefusal(
      try train(nil, "run", "--resume"), status: 64, saying: "a run of 1 epoch,", "add --epochs 10")
    let more = try train(3, "run", "--resume")
    #expect(more.status == 0 && more.weights == whole.weights, "\(more.errors)")
    #expect(more.errors.contains("The run was for 1 epoch and has done 1; it goes on to 3"))
    #expect(try scratch.history("run") == scratch.history("whole"))
    expectRefusal(try train(2, "run", "--resume"), status: 64, saying: "has done epoch 3", "3 at least")
    // What would take epochs back is no advice.
    let recipe = try scratch.hourglass("recipes", "--show", "mnist-conv").output
    try scratch.write(recipe.replacing("epochs: 10", with: "epochs: 2"), "fewer.yaml")
    let fewer = try scratch.hourglass(
      "train", "fewer.yaml", "--data", "data", "--limit", "64", "--out", "run", "--resume")
    expectRefusal(fewer, status: 64, saying: "a run of 3 epochs, but the recipe has 2; go on with it by")
    #expect(!fewer.errors.contains("add --epochs"), "\(fewer.errors)")
    // The folder itself says which recipe, and where.
    let again = try scratch.hourglass("train", "run", "--data", "data", "--resume", "--json")
    #expect(again.status == 0 && again.weights == whole.weights, "\(again.errors)")
  }

  @Test func runsGoIntoFreeFolders() throws {
    let scratch = try Scratch()
    let arguments = ["train", "mnist-conv", "--data", "data", "--epochs", "1", "--limit", "16"]
    for name in ["mnist-conv", "mnist-conv-2"] {
      let outcome = try scratch.hourglass(arguments)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
      #expect(scratch.exists("runs/\(name)/report.html"))
    }
  }
}
