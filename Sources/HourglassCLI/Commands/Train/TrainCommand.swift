import ArgumentParser
import Foundation
import Hourglass

struct TrainCommand: AsyncParsableCommand, WorksInProcesses {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a recipe and writes a run folder: model, history, pictures, report.",
    discussion: """
      Ctrl-C ends a run at a checkpoint, as do SIGTERM and a terminal that is closed, and --resume goes on from there with the same result, bit for bit. \
      mpirun -n 4 hourglass train ... trains in four processes, again with the same result (a program that is built with --traits MPI).
      """)

  @OptionGroup var options: RecipeOptions

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var out: RunFolderOptions

  @Option(
    help: ArgumentHelp(
      "Seconds between two checkpoints within an epoch; every epoch ends with one.", valueName: "seconds"))
  var checkpointSeconds = 15.0

  @Flag(
    help:
      "Go on with a run that was broken off, or with --epochs to more epochs than it was for; in runs/RECIPE or where --out says."
  )
  var resume = false

  @Option(
    name: .customLong("tensorboard"),
    help: ArgumentHelp(
      "Also write curves, weights, pictures and codes for TensorBoard, into a folder of the run's name in this one.",
      valueName: "dir"), completion: .directory)
  var tensorBoard: String?

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(tensorBoard != "", "--tensorboard is empty; name the folder that TensorBoard reads.")
    try require(
      0...86_400 ~= checkpointSeconds,
      "--checkpoint-seconds is \(checkpointSeconds), but must be from 0 (after every batch) to 86400.")
  }

  func run() async throws {
    let processes = try Processes.join()
    var given = try options.load()
    given.tensorBoard = tensorBoard ?? given.tensorBoard
    let threads = threads.count
    var place = out
    if resume {
      let folder =
        try out.path.map { RunFolder($0) } ?? options.source.runFolder ?? RunFolder("runs/\(given.name)")
      place.path = folder.path
      if try processes.isFirst && folder.holdsRun {
        try checkEpochs(given, folder)
        // It ended within its first epoch; what is not there cannot say whether data changed since.
        if try folder.leastEpochs == 0, try !FileEntry.exists(folder.model) {
          Terminal.note("The run in \(folder.path) has no checkpoint yet; training begins anew.")
        }
      } else {
        Terminal.note("There is no run in \(folder.path) to go on with; training begins anew.")
      }
    }
    let (recipe, data) = try await given.loadDataHeedingSignals(adapts: options.data.name != nil)
    if processes != nil { Interruption.watch() }
    func open(_ folder: RunFolder) throws -> TrainingRun {
      try TrainingRun(
        recipe: recipe, data: data, folder: folder, resume: resume, threads: threads,
        secondsBetweenCheckpoints: checkpointSeconds, processes: processes, progress: ProgressBar().show)
    }
    let run =
      processes.isFirst
      ? try await place.inFolder(named: recipe.name, open) : try open(RunFolder(place.path ?? recipe.name))
    let folder = run.folder
    Terminal.note(
      "\(recipe.name): \(grouped(try recipe.model.parameterCount())) parameters, \(data.name), "
        + (processes.map { "\(grouped($0.count)) processes of " } ?? "")
        + "\(threads ?? WorkerTeam.coreCount) thread\((threads ?? WorkerTeam.coreCount) == 1 ? "" : "s"), \(try KernelSet.selected().name), into \(folder.path)"
    )
    if let events = run.eventFolder { Terminal.note("events for TensorBoard: \(events)") }
    let known = run.notes + recipe.objective.notes(for: recipe.model)
    for note in known { Terminal.note(note) }
    let result = try await train(run)
    let metrics = result.metrics.sorted { $0.key < $1.key }
      .map { "\($0.key) \(ReportText.fixed($0.value, $0.key.hasPrefix("mse") ? 5 : 3))" }.joined(
        separator: "  ")
    for note in result.notes where !(known + data.notes).contains(note) {
      Terminal.note(note)
    }
    Terminal.note(metrics)
    Terminal.note("report: \(folder.report)")
    if json.isAsked { try Terminal.result(result.json()) }
  }

  /// Epochs that nobody asked for do not change how far a run goes.
  private func checkEpochs(_ recipe: Recipe, _ folder: RunFolder) throws {
    let there = try RecipeCatalogue.recipe(folder.recipe).plan.epochs
    guard !options.saysEpochs, there != recipe.plan.epochs else { return }
    // Epochs that were done are not taken back.
    let onward: [HourglassError.Remedy] =
      try folder.leastEpochs <= recipe.plan.epochs
      ? [.text("add --epochs \(recipe.plan.epochs) to go on to there")] : []
    throw HourglassError(
      .usage,
      "\(folder.path) holds a run of \(ReportText.count(there, "epoch")), but the recipe has \(recipe.plan.epochs)",
      remedies: onward + [.resumeRun(recipe: folder.recipe, folder: folder.path)])
  }

  /// How long a process that does not write the folder goes on after a signal, so that the one that does can bring together what is to be in
  /// the checkpoint.
  private static let patience = Duration.milliseconds(700)

  private func train(_ run: TrainingRun) async throws -> RunResult {
    let progress = TrainingProgress()
    Interruption.watch()
    do {
      let present: @Sendable (FinishedRun) throws -> Void = {
        try $0.writeReport(commandAgain: Reproduction.command($0.recipe, folder: $0.folder.path))
      }
      return try await run.run(
        { event in
          progress.report(event)
          try Interruption.check(after: Processes.isFirst ? .zero : Self.patience)
        }, present: present)
    } catch {
      guard let interruption = Interruption(error) else { throw error }
      Terminal.note(
        "\(interruption.fact); to go on: \(ErrorWording.resumption(recipe: run.folder.recipe, folder: run.folder.path))"
      )
      throw ExitCode(interruption.exitStatus)
    }
  }
}
