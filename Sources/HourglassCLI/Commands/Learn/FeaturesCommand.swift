import ArgumentParser
import Hourglass

struct FeaturesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "Draws what each unit of a model's code stands for.",
    discussion: """
      For each unit, the page shows what it adds to a reconstruction and the samples that fire it most, the most active units first; units that say the same of every sample are told as dead. What is \
      looked at is the test part of the run's data, or of those that --data names. The page needs no network.
      """)

  enum Page: UsualOutputKind {
    static let valueName = "features.html"
    static let help = "The page to write."
    static let endings = OutputEndings.oneOf([".html"])
    static let usualPath = "features.html"
  }

  @OptionGroup var source: RunArgument
  @OptionGroup var options: DataOptions

  @OptionGroup var out: UsualOutput<Page>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func run() async throws {
    try source.checkSaysData(options.data)
    try out.file.check(isNot: source.files + [options.data])
    let model = try source.model()
    let part = try await options.part(of: source, for: model, usual: .test)
    let bar = ProgressBar()
    let features = try Interruption.stops("no page was written") {
      let features = try CodeFeatures(
        model, samples: part.samples, threads: threads.count, progress: bar.report)
      let page = FeaturePage(
        title: "Features of \(source.run)", features: features, samples: part.samples,
        form: model.model.input, captions: part.labels.map { part.classNames[$0] })
      try out.file.write { try page.write(to: $0, progress: bar.report) }
      return features
    }
    let (count, dead) = (features.units.count, features.dead.count)
    let activity =
      features.isVariational
      ? ""
      : ", active in \(ReportText.fixed(100 * mean(features.units.map(\.activeShare)), 1)) % of samples in the mean"
    Terminal.note(
      "\(part.name): \(ReportText.count(count, features.areChannels ? "channel" : "unit"))\(activity), \(dead) dead"
    )
    Terminal.note("page: \(out.path)")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "active_share": JSONLine.Value.number(mean(features.units.map(\.activeShare))),
        "dead_units": .list(features.dead.map { Double($0.index) }.sorted()),
        "mean_activation": .number(mean(features.units.map(\.meanActivation))), "page": .text(out.path),
        "run": .text(source.run), "samples": .integer(features.sampleCount), "units": .integer(count),
      ]))
  }

  private func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(max(numbers.count, 1)) }
}
