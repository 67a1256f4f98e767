import ArgumentParser
import Hourglass
import HourglassData
import HourglassEngine
import HourglassGraph

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a trained model's reconstructions on test images.",
    discussion: """
      Data without a test part are measured whole; a run's own data of that kind on what it kept out of training.
      """)

  @Argument(help: "A run folder, or a .safetensors file.")
  var run: String

  @Option(
    help: ArgumentHelp(
      "A folder with IDX files, CIFAR-10 batches or pictures, a .npy or .npz file, or the name of a data set, instead of the run's.",
      valueName: "dir"))
  var data: String?

  @Option(help: "Worker threads; all cores if not given.")
  var threads: Int?

  @Option(help: ArgumentHelp("Evaluate the first samples only.", valueName: "samples"))
  var limit: Int?

  @Flag(help: "End with one line of JSON on standard output.")
  var json = false

  func run() async throws {
    guard limit.map({ $0 > 0 }) ?? true else {
      throw HourglassError(.usage, "--limit is \(limit ?? 0), but must be at least 1.")
    }
    let threads = try threads?.checkedThreads()
    let (trained, recipe) = try load()
    let (samples, all) = try await samples(for: trained, recipe)
    let indices = Array(all.prefix(limit ?? all.count))
    let evaluation = try trained.evaluate(samples, indices: indices, threads: threads)
    if let (name, value) = evaluation.metrics.first(where: { !$0.value.isFinite }) {
      throw HourglassError(
        .notFinite,
        "The reconstructions of the model in \(run) are not finite (\(name) is \(value)); train it again.")
    }
    for (name, value) in evaluation.metrics.sorted(by: { $0.key < $1.key }) {
      Terminal.note("\(name) \(decimal(value, name == "mse" ? 5 : 3))")
    }
    Terminal.note(
      "\(grouped(evaluation.samples)) samples, \(grouped(Int(evaluation.samplesPerSecond))) samples/s")
    guard json else { return }
    try Terminal.result(
      JSONLine.text([
        "metrics": JSONLine.Value.numbers(evaluation.metrics), "run": .text(run),
        "samples": .integer(evaluation.samples), "samples_per_second": .number(evaluation.samplesPerSecond),
        "seconds": .number(evaluation.seconds), "weights_sha256": .text(trained.weightsDigest),
      ]))
  }

  /// What to measure on, and which of the samples.
  private func samples(
    for trained: TrainedModel, _ recipe: Recipe?
  ) async throws -> (data: SampleArray, samples: [UInt32]) {
    var description = recipe?.data
    if let data {
      let source = try DataSource(option: data)
      description = description ?? DataDescription(source)
      description?.source = source
    }
    guard let description else {
      throw HourglassError(.usage, "\(run) does not say what to evaluate on; add --data DIR.")
    }
    let set = try await description.load(for: trained.model.inputShape) { DownloadBar.draw($0) }
    guard set.training.shape == trained.model.inputShape else {
      throw HourglassError(
        .badData,
        "The images of \(set.name) have shape \(set.training.shape), but the model in \(run) takes "
          + "\(trained.model.inputShape); give other data with --data DIR.")
    }
    if !set.hasTest, data == nil, let recipe {
      return try RunData(set, for: recipe).evaluation
    }
    let samples = set.hasTest ? set.test : set.training
    return (samples, (0..<UInt32(samples.count)).map { $0 })
  }

  /// The model, and the recipe it was trained with if that is known.
  private func load() throws -> (TrainedModel, Recipe?) {
    if run.hasSuffix(".safetensors") && !RunFolder(run).isFolder {
      return (try TrainedModel.read(path: run), nil)
    }
    let folder = RunFolder(run)
    guard folder.holdsRun else {
      throw HourglassError(
        .environment, "There is no run in \(run); give the folder of a run, or a .safetensors file.")
    }
    guard folder.holdsModel else {
      throw HourglassError(
        .environment,
        "The run in \(run) is not finished; go on with it with hourglass train --resume --out \(run).")
    }
    return (try TrainedModel.read(path: folder.model), try RecipeCatalogue.recipe(folder.recipe))
  }
}
