import ArgumentParser
import Hourglass

struct EvaluateCommand: AsyncParsableCommand, WorksInProcesses {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a trained model's reconstructions on test images.",
    discussion: """
      Data without a test part are measured whole; a run's own data of that kind on what it kept out of training.
      """)

  @OptionGroup var source: RunArgument

  @OptionGroup var data: DataSourceOptions<OtherData>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var limit: LimitOptions

  @Option(
    help: ArgumentHelp(
      "For variational models: also estimate the log-likelihood with this many draws a sample.",
      valueName: "draws"))
  var importanceDraws: Int?

  @OptionGroup var json: JSONOptions

  func run() async throws {
    let processes = try Processes.join()
    let threads = threads.count
    let run = source.run
    try source.checkSaysData(data.name)
    let trained = try source.model()
    let (samples, all) = try await source.testSamples(for: trained, data.choice)
    let indices = Array(all.prefix(limit.count ?? all.count))
    try Processes.agree(
      model: source.modelFile(), samples: (samples, indices),
      settings: importanceDraws.map { "\($0) draws" } ?? "")
    var evaluation = try trained.evaluateWithFiles(
      samples, indices: indices, threads: threads, processes: processes)
    if let importanceDraws {
      evaluation.metrics["log_likelihood_nats"] = try trained.logLikelihood(
        samples, indices: indices, draws: importanceDraws, threads: threads, processes: processes)
    }
    if let (name, value) = evaluation.metrics.first(where: { !$0.value.isFinite }) {
      throw HourglassError(
        .notFinite,
        "The reconstructions of the model in \(run) are not finite (\(name) is \(value)); train it again.")
    }
    for (name, value) in evaluation.metrics.sorted(by: { $0.key < $1.key }) {
      Terminal.note("\(name) \(ReportText.fixed(value, name.hasPrefix("mse") ? 5 : 3))")
    }
    for note in evaluation.notes { Terminal.note(note) }
    Terminal.note(
      "\(grouped(evaluation.samples)) samples, \(grouped(Int(saturating: evaluation.samplesPerSecond))) samples/s"
    )
    let shortfall = trained.objective.shortfall(evaluation.metrics)
    if let shortfall { Terminal.note(shortfall) }
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "metrics": JSONLine.Value.numbers(evaluation.metrics), "run": .text(run),
        "notes": .texts(evaluation.notes + [shortfall].compactMap(\.self)),
        "samples": .integer(evaluation.samples),
        "samples_per_second": .number(evaluation.samplesPerSecond),
        "seconds": .number(evaluation.seconds), "weights_sha256": .text(trained.weightsDigest),
      ]))
  }
}
