import Foundation
import HourglassBase
import HourglassData
import HourglassEngine
import HourglassModels
import HourglassNN
import HourglassRuns
import HourglassTestSupport
import Testing

/// Several processes, here threads with data and parameters of their own, train as one does, and the first writes the folder.
@Suite struct TrainingInProcessesTests {
  private let fixture = RunFixture()

  /// 150 samples to train on and 50 to validate, in batches of several shards.
  private static func data(seed: UInt64 = 1) throws -> DataSet {
    var numbers = TestNumbers(seed)
    let bytes = (0..<200 * 16).map { _ in UInt8.random(in: 0...255, using: &numbers) }
    return try DataSet(
      name: "test", training: SampleArray(trustedBytes: bytes, count: 200, shape: [1, 4, 4]))
  }

  private static let usual = ["batch_size=80", "epochs=3", "early_stopping.patience=2"]

  private func open(
    _ name: String, _ recipe: Recipe, data: DataSet? = nil, resume: Bool = false, threads: Int = 1,
    processes: (any ProcessGroup)? = nil
  ) throws -> TrainingRun {
    // The others see no folder; what they are given for one is not touched.
    try TrainingRun(
      recipe: recipe, data: data ?? Self.data(),
      folder: processes.isFirst ? fixture.folder(name) : RunFolder("/nonexistent/folder"),
      resume: resume,
      threads: threads, processes: processes)
  }

  private static let families: [(name: String, recipe: String)] = [
    ("denoising", smallRecipe),
    (
      "undercomplete",
      smallRecipe.with("denoising: {corruption: {gaussian: 0.2}, loss: l1}", "undercomplete: {}")
    ),
    (
      "sparse-l1",
      smallRecipe.with("denoising: {corruption: {gaussian: 0.2}, loss: l1}", "sparse-l1: {lambda: 0.01}")
    ),
    (
      "sparse-kl",
      smallRecipe.with(
        "denoising: {corruption: {gaussian: 0.2}, loss: l1}", "sparse-kl: {lambda: 0.1, rho: 0.2}"
      )
      .with("activation: tanh", "activation: sigmoid")
    ),
    (
      "contractive",
      smallRecipe.with("denoising: {corruption: {gaussian: 0.2}, loss: l1}", "contractive: {lambda: 0.1}")
    ),
    (
      "vae",
      smallRecipe.with("denoising: {corruption: {gaussian: 0.2}, loss: l1}", "vae: {likelihood: bernoulli}")
        .with("dense: {units: 3, activation: tanh}", "gaussian_code: {units: 3}")
    ),
    (
      "rate-distortion",
      smallRecipe.with(
        "denoising: {corruption: {gaussian: 0.2}, loss: l1}", "rate-distortion: {rate_weight: 0.02}"
      )
      .with("dense: {units: 3, activation: tanh}", "dense: {units: 3}\n    - quantized_code")
    ),
    ("batch normalisation", smallRecipe.with("    - flatten\n", "    - batch_norm\n    - flatten\n")),
    (
      "pretraining",
      smallRecipe.with("denoising: {corruption: {gaussian: 0.2}, loss: l1}", "undercomplete: {}")
        .with("    - conv2d: {filters: 2, kernel: 3, stride: 2, activation: relu}\n", "")
        .with("epochs: 2", "pretraining: {epochs: 1}\nepochs: 2")
    ),
  ]

  /// So many parameters that each process updates a part of them.
  private static let wide: [(name: String, recipe: String)] =
    ["denoising", "sparse-kl", "batch normalisation"].map {
      name in
      let family = families.first { $0.name == name }!.recipe
      return (
        "wide \(name)",
        family.replacing("dense: {units: 3,", with: "dense: {units: 900,")
      )
    } + [
      (
        "wide, clipped",
        smallRecipe.with("dense: {units: 3,", "dense: {units: 900,").with(
          "learning_rate: 0.01,", "learning_rate: 0.01, clip_norm: 0.01,")
      ),
      ("in twenty shards", smallRecipe.with("epochs: 2", "shards: 20\nepochs: 2")),
      (
        "wide, in twenty shards",
        smallRecipe.with("dense: {units: 3,", "dense: {units: 900,").with(
          "epochs: 2", "shards: 20\nepochs: 2")
      ),
    ]

  @Test(arguments: (families + wide).map(\.name))
  func eachFamilyHasTheWeightsOfOneProcess(_ family: String) throws {
    let text = try #require((Self.families + Self.wide).first { $0.name == family }).recipe
    let recipe = try recipe(text, set: Self.usual)
    let whole = try open("whole", recipe).run()
    for (count, threads) in [(2, 1), (3, 2), (4, 1)] {
      let results = LocalProcesses.run(count) { process in
        try open("of \(count)", recipe, threads: threads, processes: process).run()
      }
      for result in results {
        let result = try result.get()
        #expect(result.weightsSHA256 == whole.weightsSHA256 && result.metrics == whole.metrics)
      }
      #expect(try fixture.history("of \(count)") == fixture.history("whole"))
    }
  }

  /// What some processes began others go on with.
  @Test(arguments: [1, 2, 3], [1, 2, 4])
  func aRunGoesOnWithOtherProcesses(_ before: Int, _ after: Int) throws {
    let recipe = try recipe(smallRecipe, set: Self.usual)
    let whole = try open("whole", recipe).run()
    let broken = LocalProcesses.run(before) { process in
      try open("run", recipe, processes: process).run({ event in
        if case .batch(let progress) = event, progress.epoch == 2 { throw BrokenOff() }
      })
    }
    #expect(broken.allSatisfy { $0.error is BrokenOff })
    let resumed = LocalProcesses.run(after) { process in
      try open("run", recipe, resume: true, processes: process).run()
    }
    for result in resumed { #expect(try result.get().weightsSHA256 == whole.weightsSHA256) }
    // And once more, with nothing to do.
    let again = LocalProcesses.run(after) { process in
      try open("run", recipe, resume: true, processes: process).run()
    }
    for result in again { #expect(try result.get().weightsSHA256 == whole.weightsSHA256) }
  }

  /// Where each process has the optimizer's state of a part alone, the first brings it together before it ends.
  @Test(arguments: [2, 3], [1, 2])
  func aRunOfPartsEndsAtACheckpointOfTheNextStep(_ before: Int, _ after: Int) throws {
    let recipe = try recipe(Self.wide[0].recipe, set: Self.usual)
    let whole = try open("whole", recipe).run()
    let broken = LocalProcesses.run(before) { process in
      try open("run", recipe, processes: process).run({ event in
        if process.rank == 0, case .batch(let progress) = event, progress.epoch == 2 { throw BrokenOff() }
      })
    }
    #expect(broken[0].error is BrokenOff && broken.dropFirst().allSatisfy { $0.error is HourglassError })
    let state = try checkpointState("run")
    #expect(state["epoch"] as? Int == 1 && state["batch"] as? Int == 2, "\(state)")
    let resumed = LocalProcesses.run(after) { process in
      try open("run", recipe, resume: true, processes: process).run()
    }
    for result in resumed { #expect(try result.get().weightsSHA256 == whole.weightsSHA256) }
  }

  /// A process that sends its state alone hears that another has left, though it waits for no numbers of it.
  @Test func aProcessThatLeavesAtTheEndOfAnEpochIsHeardByAll() throws {
    let recipe = try recipe(Self.wide[0].recipe, set: Self.usual)
    let begun = ContinuousClock.now
    let results = LocalProcesses.run(3) { process in
      try open("run", recipe, processes: process).run({ event in
        if case .batch(let progress) = event, progress.samplesDone == progress.samples, process.rank == 1 {
          throw BrokenOff()
        }
      })
    }
    #expect(results.allSatisfy { $0.error != nil })
    #expect(ContinuousClock.now - begun < .seconds(50), "nobody gave up waiting")
  }

  /// Arithmetic that differs between machines would otherwise go on unseen.
  @Test func aProcessWithOtherWeightsIsNamed() throws {
    let recipe = try recipe(smallRecipe, set: Self.usual)
    let program = try recipe.model.trainingProgram(recipe.objective)
    let results = LocalProcesses.run(3) { process in
      let trainer = try Trainer(
        program: program, plan: recipe.plan,
        parameters: program.makeParameters(seed: process.rank == 1 ? 9 : 1), data: Self.data().training,
        samples: Array(0..<150), validation: nil, team: WorkerTeam(count: 1), kernels: .selected(),
        state: TrainingState(), best: [:], processes: process)
      try trainer.run { _ in }
    }
    for result in results {
      let error = try #require(result.error as? HourglassError)
      #expect(
        error.message.contains("epoch 1 process 1 (on node1) has other weights than process 0 (on node0)"))
    }
  }

  /// What the lost process alone had is gone, so that there is the checkpoint before.
  @Test func aProcessThatIsLostWithItsPartLeavesTheCheckpointBefore() throws {
    let recipe = try recipe(Self.wide[0].recipe, set: Self.usual)
    let whole = try open("whole", recipe).run()
    let results = LocalProcesses.run(3) { process in
      try open("run", recipe, processes: process).run({ event in
        if case .batch(let progress) = event, progress.epoch == 2, process.rank == 2 { throw BrokenOff() }
      })
    }
    #expect(results.allSatisfy { $0.error != nil })
    let state = try checkpointState("run")
    #expect(state["epoch"] as? Int == 1 && state["batch"] as? Int == 0, "\(state)")
    #expect(try open("run", recipe, resume: true).run().weightsSHA256 == whole.weightsSHA256)
  }

  @Test(arguments: ["denoising", "wide denoising"])
  func gradientsThatAreNotFiniteAreToldAsOfOneProcess(_ family: String) throws {
    let text = try #require((Self.families + Self.wide).first { $0.name == family }).recipe
    let recipe = try recipe(
      text.with(
        "adam: {learning_rate: 0.01, schedule: {cosine: {final: 0.1}}}", "sgd: {learning_rate: 1000000}"
      )
      .with("denoising: {corruption: {gaussian: 0.2}, loss: l1}", "undercomplete: {}")
      .with("    - activation: {activation: sigmoid}\n", "").replacing("tanh", with: "relu"),
      set: Self.usual)
    let alone = #expect(throws: HourglassError.self) { try open("alone", recipe).run() }
    for result in LocalProcesses.run(3, { try open("together", recipe, processes: $0).run() }) {
      let error = try #require(result.error as? HourglassError)
      #expect(error.code == .notFinite && error.fact == alone?.fact)
    }
  }

  /// The checkpoint of an epoch is not written over by that of the same moment: a process that is killed meanwhile would leave neither.
  @Test func aCheckpointOfTheSameMomentHasAFileOfItsOwn() throws {
    let recipe = try recipe(smallRecipe, set: Self.usual)
    let results = LocalProcesses.run(2) { process in
      try open("run", recipe, processes: process).run({ event in
        if case .epoch = event, process.rank == 1 { throw BrokenOff() }
      })
    }
    #expect(results.allSatisfy { $0.error != nil })
    #expect(fixture.scratch.names(in: "run/checkpoint") == ["2-1-2.safetensors", "manifest.json"])
    #expect(
      try open("run", recipe, resume: true).run().weightsSHA256 == open("whole", recipe).run().weightsSHA256)
  }

  private func checkpointState(_ name: String) throws -> [String: Any] {
    let manifest = try JSONSerialization.jsonObject(
      with: Data(fixture.scratch.read("\(name)/checkpoint/manifest.json")))
    return try #require((manifest as? [String: Any])?["state"] as? [String: Any])
  }

  @Test func aProcessThatFailsEndsTheRunAtACheckpoint() throws {
    let recipe = try recipe(smallRecipe, set: Self.usual)
    let whole = try open("whole", recipe).run()
    let results = LocalProcesses.run(3) { process in
      try open("run", recipe, processes: process).run({ event in
        if case .batch(let progress) = event, progress.epoch == 2, process.rank == 2 {
          throw HourglassError(.badData, "The disk of this machine is gone")
        }
      })
    }
    let error = try #require(results[0].error as? HourglassError)
    #expect(
      error.code == .badData
        && error.message.contains("In process 2 (on node2): The disk of this machine is gone"), "\(error)")
    #expect(results[1].error is HourglassError)
    // Its last step before that is not lost.
    let state = try checkpointState("run")
    #expect(state["epoch"] as? Int == 1 && state["batch"] as? Int == 1, "\(state)")
    #expect(error.remedies.contains { if case .resumeRun = $0 { true } else { false } })
    let resumed = try open("run", recipe, resume: true).run()
    #expect(resumed.weightsSHA256 == whole.weightsSHA256)
  }

  /// One that has no shards is heard too.
  @Test func anIdleProcessThatFailsEndsTheRun() throws {
    let recipe = try recipe(smallRecipe, set: ["batch_size=32", "epochs=3"])
    let results = LocalProcesses.run(4) { process in
      _ = try open("run", recipe, processes: process).run({ event in
        if case .batch(let progress) = event, progress.epoch == 2, process.rank == 1 { throw BrokenOff() }
      })
    }
    #expect(results[1].error is BrokenOff)
    for rank in [0, 2, 3] {
      let error = try #require(results[rank].error as? HourglassError)
      #expect(error.message.contains("process 1 (on node1) has left"), "\(error)")
    }
  }

  @Test func aProcessWithOtherWorkIsRefused() throws {
    let small = try recipe(smallRecipe, set: Self.usual)
    let other = try recipe(smallRecipe, set: Self.usual + ["seed=4"])
    let otherData = try Self.data(seed: 2)
    for (what, isOther) in [("another recipe or other settings", true), ("other data", false)] {
      let results = LocalProcesses.run(3) { process in
        let (recipe, data) =
          process.rank == 1 ? (isOther ? other : small, isOther ? nil : otherData) : (small, nil)
        _ = try open("refused", recipe, data: data, processes: process)
      }
      for result in results {
        let error = try #require(result.error as? HourglassError)
        #expect(
          error.code == .usage
            && error.message.contains("process 1 (on node1) has \(what) than process 0 (on node0)"),
          "\(error)")
      }
      // Before anything is written.
      #expect(!fixture.scratch.exists("refused"))
    }
  }
}

extension Result {
  fileprivate var error: (any Error)? {
    if case .failure(let error) = self { error } else { nil }
  }
}
