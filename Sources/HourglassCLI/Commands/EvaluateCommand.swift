import ArgumentParser
import Hourglass
import HourglassData
import HourglassGraph

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a trained model's reconstructions on test images.")

  @Argument(help: "A run folder, or a .safetensors file.")
  var run: String

  @Option(
    help: ArgumentHelp("A folder with the four IDX files, instead of the run's data.", valueName: "dir"))
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
    let source = try ModelSource(run: run, data: data, purpose: "what to evaluate on")
    let trained = source.model
    let set = try await ImageDataSet.load(source.data)
    let test = set.test
    guard test.shape == trained.model.inputShape else {
      throw HourglassError(
        .badData,
        "The images of \(set.name) have shape \(test.shape), but the model in \(run) takes "
          + "\(trained.model.inputShape); give other data with --data DIR.")
    }
    let indices = (0..<UInt32(min(limit ?? test.count, test.count))).map { $0 }
    let evaluation = try trained.evaluate(test, indices: indices, threads: threads)
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
}
