import Foundation
import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassFiles
import HourglassPictures

/// A detection run on one self-contained page.
struct DetectionReport {
  var result: DetectionResult
  var outcome: DetectionOutcome
  /// The one that is kept.
  var detector: AnomalyDetector
  /// Of the one that was measured, whose threshold the scores are compared with.
  var highestOrdinary: Double
  /// Of a table, those with the highest scores.
  var top: TopAlerts
  /// Whether it is known of some rows that they are anomalies, or that they are none.
  var hasLabels: Bool
  /// Whether a column of a table names the rows.
  var hasNames: Bool
  /// Of images, the sheet of heat maps.
  var pictures: Picture?
  /// What can be done with the detector.
  var nextStep: String?

  func write(to folder: DetectionFolder) throws {
    for (name, chart) in DetectionCharts(outcome: outcome).all {
      try AtomicFile.write(chart.svg().text + "\n", to: "\(folder.figures)/\(name).svg")
    }
    if let pictures { try PNG.write(pictures, to: "\(folder.figures)/heat-maps.png") }
    try AtomicFile.write(try html(), to: folder.report)
  }

  func html() throws -> String {
    ReportPage.page(
      title: "Anomalies in \(name) · Hourglass",
      header: ReportPage.header(
        "Anomalies in \(name)",
        [result.split, result.howScored].compactMap(\.self).map { ReportPage.paragraph($0, style: "soft") }),
      main: [
        ReportPage.tiles(tiles),
        ReportPage.section("Which detector wins", [ReportPage.paragraph(result.verdict), comparison]),
        try heatMaps,
        ReportPage.section(
          "Scores", DetectionCharts(outcome: outcome).all.map { ReportPage.chart($0.chart) }),
        isTable ? ReportPage.section("The top alerts", [topAlerts]) : "",
        nextStep.map { ReportPage.section("What next", [ReportPage.paragraph($0)]) } ?? "",
        ReportPage.section("How it was done", [ReportPage.list(protocolLines), ReportPage.facts(facts)]),
      ]
    ).text
  }

  private var name: String { DataSource(result.data).title }

  private var isTable: Bool {
    if case .table = detector.input { true } else { false }
  }

  private var noun: String { isTable ? "row" : "image" }

  private var tiles: [ReportPage.Tile] {
    var tiles: [ReportPage.Tile] = []
    if let area = result.metrics["roc_auc"], let precision = result.metrics["average_precision"] {
      tiles += [
        .init(name: "ROC-AUC", value: ReportText.fixed(area, 4), note: "1 is perfect, 0.5 a guess"),
        .init(
          name: "Average precision", value: ReportText.fixed(precision, 4),
          note:
            "a guess has \(ReportText.fixed(Double(outcome.anomalies) / Double(max(outcome.labels.count, 1)), 4))"
        ),
      ]
    }
    tiles.append(
      .init(
        name: "Alerts", value: grouped(result.alerts),
        note:
          "of \(ReportText.count(result.scoredRows, isTable ? noun : "test \(noun)")), threshold \(result.thresholdRule)"
      ))
    if let f1 = result.metrics["f1"], let quality = outcome.alertQuality {
      tiles += [
        .init(
          name: "F1 at the threshold", value: ReportText.fixed(f1, 4),
          note:
            "precision \(ReportText.fixed(quality.precision, 4)), recall \(ReportText.fixed(quality.recall, 4))"
        ),
        .init(
          name: "Anomalies found",
          value: "\(grouped(quality.truePositives)) of \(grouped(outcome.anomalies))",
          note: "and \(ReportText.count(quality.falsePositives, "false alert"))"),
      ]
    }
    tiles.append(
      .init(
        name: "Time to fit", value: ReportText.duration(result.seconds),
        note:
          "\(ReportText.count(isTable ? result.scoredRows : result.trainingRows, noun)), \(ReportText.count(result.threads, "thread"))"
      )
    )
    return tiles
  }

  private var comparison: HTML {
    let hasLabels = outcome.own.first?.quality != nil
    let rows = (outcome.own + outcome.simple).enumerated().map { index, entry in
      let title = index == 0 ? "\(entry.title) (alerts go by it)" : entry.title
      // The three ways share one fit.
      let seconds = index == 0 || index >= outcome.own.count ? ReportText.fixed(entry.seconds, 2) : ""
      guard hasLabels else {
        let agreement = outcome.own.first.map { rankCorrelation($0.scores, entry.scores) } ?? 1
        return [title, ReportText.fixed(agreement, 3), seconds]
      }
      return [
        title, entry.quality.map { ReportText.fixed($0.areaUnderROC, 4) } ?? "–",
        entry.quality.map { ReportText.fixed($0.averagePrecision, 4) } ?? "–", seconds,
      ]
    }
    return ReportPage.table(
      label: "Detectors",
      header: hasLabels
        ? ["Detector", "ROC-AUC", "Average precision", "Seconds"]
        : ["Detector", "Agreement of the order", "Seconds"], firstNumber: 1, rows: rows)
  }

  private var heatMaps: HTML {
    get throws {
      guard let pictures else { return "" }
      let link = DataLink.link(to: try PNG.encode(pictures), mediaType: "image/png")
      let text =
        "Test images with high scores above, ordinary ones below: the image, what the model makes of it, and where it "
        + "departs. The brighter, the farther the pixel is from what it should be, measured by what is usual there."
      return ReportPage.section(
        "Where images depart",
        [
          """
          <figure><img style="max-width:100%;height:auto" alt="\(text)" src="\(link)">\
          <figcaption>\(text)</figcaption></figure>
          """
        ])
    }
  }

  private var topAlerts: HTML {
    let top = top.alerts
    guard !top.isEmpty else {
      return ReportPage.paragraph(
        "No row lies above the threshold of \(ReportText.significant(outcome.threshold)).")
    }
    let lines = top.map { alert in
      let (label, score) = (alert.truth.map { $0 ? "anomaly" : "normal" } ?? "–", alert.score)
      return [grouped(score.row + 1)] + (hasNames ? [alert.name] : [])
        + [score.value.isNaN ? "–" : ReportText.fixed(score.value, 3)] + (hasLabels ? [label] : [])
        + [score.reason]
    }
    let intro =
      "Each alert with why it is one: the cells that depart most from what the model expects of such a row, a relation "
      + "that does not hold, categories that do not go together, or the training rows that it was compared with. Rows count from 1 without "
      + "the header; all rows stand in scores.csv."
    let header =
      ["Row"] + (hasNames ? [result.identifier ?? "Name"] : []) + ["Score"]
      + (hasLabels ? ["Label"] : []) + ["Why"]
    let table = ReportPage.table(
      label: "The top alerts", header: header, firstNumber: header.count, rows: lines, isProse: true)
    return "\(ReportPage.paragraph(intro, style: "soft"))\(table)"
  }

  /// What the distance to neighbours is, after "how far".
  private var whereNeighboursAre: String {
    let (neighbours, nearestShare) = (
      detector.neighbourDistance.neighbours, detector.neighbourDistance.nearestShare
    )
    let mean = "the mean over \(grouped(neighbours))"
    return switch detector.neighbourDistance.space {
    case .codes:
      "its code is from those of training \(noun)s (the \(ordinal(neighbours)) nearest)"
    case .edges:
      "its edges are from those of training \(noun)s (the \(ordinal(neighbours)) nearest)"
    case .joined:
      "it is from the nearest training \(noun)s (\(nearestShare == 0 ? mean : "halfway between that to the first and \(mean)")), by its encoded numbers and by what the "
        + "autoencoder misses of them"
    }
  }

  /// How a combined score without tails is made, before its parts.
  private var meanOfTwo: String {
    let share = detector.neighbourDistance.reconstructionShare
    let words = "mean of two standardised logarithms"
    return share == 0.5
      ? "the \(words)" : "a \(words), of which the first counts \(ReportText.significant(100 * share, 2)) %"
  }

  /// Why the parts of a combined score go together as they do; empty where nothing was chosen.
  private var howCombined: String {
    let found = detector.combinationPrecisions
    guard !found.isEmpty else { return "" }
    let figures = PartCombination.allCases.map {
      "\($0.rawValue) \(ReportText.fixed(found[$0, default: 0], 3))"
    }
    return
      " It was chosen by anomalies made of \(noun)s held out from training, whose numbers were moved or whose cells were "
      + "exchanged. Their mean average precision: \(figures.joined(separator: ", ")); another than the maximum is taken where it is "
      + "better by \(ReportText.significant(AnomalyDetector.clearlyBetter))."
  }

  private var protocolLines: [String] {
    let rarity =
      "how rare its single cells are (the mean over encoded columns of the negative logarithm of the share of training "
      + "\(noun)s that lie as far out or farther, or have the same category)"
    let weight = detector.tailWeight
    let isWeighted = weight < 1 && detector.combination.usesTailWeight
    let tailWeight =
      isWeighted ? ", times \(ReportText.significant(weight, 2)), since there are more than ten columns" : ""
    let way =
      switch detector.scoring {
      case .combined where detector.tails != nil:
        "The score is \(detector.combination.words) of two standardised logarithms: how far \(whereNeighboursAre), and \(rarity)\(tailWeight); it is "
          + "standardised once more, so that 0 is usual and a tenth of ordinary \(noun)s lies above 1.\(howCombined)"
      case .tails: "The score is the standardised logarithm of \(rarity)."
      case .combined:
        "The score is \(meanOfTwo): how badly the autoencoder rebuilds the \(noun) (the "
          + "Mahalanobis distance of the residual) and how far \(whereNeighboursAre)."
      case .reconstruction:
        "The score is the standardised logarithm of how badly the autoencoder rebuilds the \(noun) (the Mahalanobis distance "
          + "of the residual)."
      case .neighbours:
        "The score is the standardised logarithm of a distance: how far \(whereNeighboursAre)."
      }
    let threshold =
      "The threshold is \(ReportText.significant(outcome.threshold)) by \(result.thresholdRule), chosen on "
      + "\(result.thresholdChosenOn); never on test \(noun)s."
    let fairness =
      "PCA, k nearest neighbours and isolation forest (100 trees of 256 samples) saw the same encoded training \(noun)s and "
      + "scored the same test \(noun)s."
    let broken =
      relations.isEmpty
      ? []
      : [
        "A row that breaks a relation between columns (\(relations)) is an alert. Its score is the larger of its own and of the "
          + "highest of the rows that the threshold was chosen on (\(ReportText.significant(highestOrdinary))), plus the "
          + "decimal logarithm of how many times what is usual the relation is missed; other rows' scores stay as they are."
      ]
    let labelling =
      detector.labels == nil && detector.tails != nil
      ? [
        "Nothing labels these rows: all are taken as normal, though anomalies may be among those trained on."
      ] : []
    return labelling + [way, threshold] + broken + [fairness] + result.notes
  }

  private var relations: String {
    guard case .table(let encoding) = detector.input else { return "" }
    return encoding.relations.map { "\($0.target) = \($0.formula)" }.joined(separator: "; ")
  }

  private func ordinal(_ number: Int) -> String {
    switch number {
    case 1: "first"
    case 2: "second"
    case 3: "third"
    default: "\(number)th"
    }
  }

  private var facts: [(name: String, html: HTML)] {
    let layers =
      (try? detector.model.model.rows().map { "\($0.title) \($0.shape)" }.joined(separator: ", ")) ?? ""
    let finished = Date().formatted(.iso8601)
    return [
      ("Data", "\(result.data)"),
      ("Seed", "\(result.seed)"),
      (
        "Input",
        "\(grouped(result.features)) numbers\(isTable ? " from \(ReportText.count(result.columns, "column"))" : "")"
      ),
      ("Layers", "\(layers)"),
      ("Parameters", "\(grouped(result.parameters))"), ("Epochs", "\(grouped(result.epochs))"),
      ("Reading", "\(ReportText.duration(result.secondsReading))"),
      ("Weights, SHA-256", "<code>\(result.weightsSHA256)</code>"),
      ("Finished", "\(finished)"),
      ("Processor", "\(Machine.current.processor)"),
      ("Threads", "\(grouped(result.threads)), \(result.instructionSet)"),
    ]
  }
}
