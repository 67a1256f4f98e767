import ArgumentParser
import Hourglass

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a trained model's reconstructions on test images.",
    discussion: """
      Data without a test part are measured whole; a run's own data of that kind on what it kept out of training.
      """)

  @OptionGroup var source: RunArgument

  @Option(
    help: ArgumentHelp(
      "A folder with IDX files, CIFAR-10 batches or pictures, a .npy or .npz file, or the name of a data set, instead of the run's.",
      valueName: "dir"))
  var data: String?

  @Option(help: "Worker threads; all cores if not given.")
  var threads: Int?

  @Option(help: ArgumentHelp("Evaluate the first samples only.", valueName: "samples"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "For variational models: also estimate the log-likelihood with this many draws a sample.",
      valueName: "draws"))
  var importanceDraws: Int?

  @Flag(help: "End with one line of JSON on standard output.")
  var json = false

  func run() async throws {
    try limit?.checkLimit()
    let threads = try threads?.checkedThreads()
    let run = source.run
    try source.checkSaysData(data)
    let trained = try source.model()
    let (samples, all) = try await source.testSamples(for: trained, data: data)
    let indices = Array(all.prefix(limit ?? all.count))
    var evaluation = try trained.evaluateWithFiles(samples, indices: indices, threads: threads)
    if let importanceDraws {
      evaluation.metrics["log_likelihood_nats"] = try trained.logLikelihood(
        samples, indices: indices, draws: importanceDraws, threads: threads)
    }
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
