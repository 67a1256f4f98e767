import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassModels

/// Everything that one trained model can do, each beside the simple method that does the same, with a verdict.
///
/// ```swift
/// let card = try await ReportCard(of: model, title: "shoes", data: set)
/// for use in card.sections { print(use.title, use.verdict) }
/// try card.html().write(toFile: "card.html", atomically: true, encoding: .utf8)
/// ```
public struct ReportCard: Sendable {
  /// In the order of the page; a new use is one file and one entry.
  static let uses: [any CardUse.Type] = [
    ReconstructionUse.self, DenoisingUse.self, CompressionUse.self, SearchUse.self, DetectionUse.self,
    GenerationUse.self,
  ]

  let title: String
  /// A use each.
  public let sections: [CardSection]
  private let context: CardContext
  private let dataName: String
  private let patchNote: String?
  /// Samples that the model was trained on; nil where nobody says.
  package var trainedOn: Int?

  /// Samples that were measured.
  package var samples: Int { context.test.count }

  /// Judges a model, which takes seconds to minutes, on a thread that is not one of Swift's cooperative pool. A task that is
  /// cancelled ends it after the use it is at.
  ///
  /// - Parameters:
  ///   - title: what the model is called.
  ///   - set: data of the model's input shape; without a test part, every second sample is measured.
  ///   - limit: samples that are measured at most.
  ///   - seed: of noise and draws; the model's when nil.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - progress: told of each use, by its title, before it is judged; what it throws ends the work.
  /// - Throws: `HourglassError`: badData when there are too few samples or a value is not finite, usage when only `limit` makes
  ///   them too few; `CancellationError` when the task is cancelled; what `progress` throws.
  public init(
    of model: TrainedModel, title: String, data set: DataSet, limit: Int = 2_000, seed: UInt64? = nil,
    threads: Int? = nil, progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws {
    self = try await onOwnThread(telling: progress) { tell in
      let context = try CardContext(
        model, data: set, limit: limit, seed: seed ?? model.seed, threads: threads)
      return try ReportCard(title: title, data: set, context, progress: tell)
    }
  }

  package init(
    title: String, data: DataSet, _ context: CardContext,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    self.title = title
    self.context = context
    dataName = data.name
    patchNote = data.patchNote
    var sections: [CardSection] = []
    for use in Self.uses {
      try progress(WorkProgress(use.title, done: sections.count, of: Self.uses.count, "uses"))
      sections.append(try use.judge(context))
    }
    self.sections = sections
  }

  /// The page: self-contained, opens without a network.
  ///
  /// - Throws: `HourglassError` when a picture is too large for a PNG.
  public func html() throws -> String {
    ReportPage.page(
      title: "\(title) · report card", header: try header, main: [summary] + (try sections.map(Self.html))
    ).text
  }

  private var header: HTML {
    get throws {
      let shape = context.trained.model.inputShape
      let lead =
        "What this autoencoder is good for: each of its uses beside a simple method that does the same. "
        + (try context.width < shape.count
          ? "It squeezes \(grouped(shape.count)) numbers into \(grouped(try context.width))."
          : "Its code has \(grouped(try context.width)) numbers for the \(grouped(shape.count)) of a sample, so it squeezes nothing.")
      let samples =
        "Measured on \(ReportText.count(context.test.count, "sample")) of \(dataName)"
        + (context.isHeldOut
          ? " that nothing learnt from; "
          : ", which have no test part: the model may have been trained on these samples, the simple methods were not; ")
        + "simple methods learnt from \(ReportText.count(context.training.count, "training sample"))."
      return ReportPage.header(
        "\(title): report card",
        [
          ReportPage.paragraph(lead, style: "lead"),
          ReportPage.paragraph((background + [samples]).joined(separator: " "), style: "soft"),
        ])
    }
  }

  /// What is known of the samples that the model saw, one sentence each.
  package var background: [String] {
    let trained =
      trainedOn.map { "The model was trained on \(ReportText.count($0, "sample"))." }
      ?? "On how many samples the model was trained is not known."
    return [trained, patchNote].compactMap(\.self)
  }

  /// All verdicts in one table.
  private var summary: HTML {
    ReportPage.section(
      "Verdicts",
      [
        ReportPage.table(
          label: "Verdicts", header: ["Use", "Better", "In words"], firstNumber: 3,
          rows: sections.map { [$0.title, Self.winner($0), $0.verdict] }, isProse: true)
      ])
  }

  static func winner(_ section: CardSection) -> String {
    section.isBetter.map { $0 ? "the autoencoder" : "the simple method" } ?? "–"
  }

  private static func html(_ section: CardSection) throws -> HTML {
    guard !section.rows.isEmpty else {
      return ReportPage.section(section.title, [ReportPage.paragraph(section.verdict)])
    }
    let table = ReportPage.table(
      label: section.title, header: ["Method"] + section.columns, firstNumber: 1,
      rows: section.rows.map { [$0.name] + $0.values })
    return ReportPage.section(
      section.title,
      [ReportPage.paragraph(section.verdict), table]
        + (try section.figures.map(ReportPage.figure)) + [ReportPage.paragraph(section.method, style: "soft")]
    )
  }
}
