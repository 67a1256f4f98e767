import HourglassDrawing

/// The curves of a detection report.
struct DetectionCharts {
  var outcome: DetectionOutcome

  private static let bins = 60
  /// Points of a curve that are drawn.
  private static let pointLimit = 400

  /// All charts, with the names of their files.
  var all: [(name: String, chart: LineChart)] {
    var charts = [(name: "scores", chart: histogram)]
    if outcome.own.first?.quality != nil {
      charts += [("precision-recall", precisionRecall), ("roc", roc)]
    }
    return charts
  }

  /// Scores of the test samples as steps, each kind in per cent of its own, and the threshold.
  private var histogram: LineChart {
    let scores = outcome.own.first?.scores ?? []
    let sorted = scores.sorted()
    // A few samples far away would leave the rest a single step.
    let (least, most) = sorted.isEmpty ? (0, 1) : (sorted[0], sorted[sorted.count - 1])
    let usual = sorted.isEmpty ? 1 : quantile(sorted, 0.995)
    // The threshold stands on the chart wherever the scores lie.
    let low = min(least, outcome.threshold)
    let reach = max(usual, outcome.threshold)
    let high = max(min(max(most, outcome.threshold), reach + 0.6 * (reach - low)), low + 1e-9)
    func steps(_ values: [Double]) -> [(x: Double, y: Double)] {
      var counts = [Int](repeating: 0, count: Self.bins)
      for value in values {
        counts[
          min(max(Int(saturating: (value - low) / (high - low) * Double(Self.bins)), 0), Self.bins - 1)] += 1
      }
      let width = (high - low) / Double(Self.bins)
      return counts.enumerated().flatMap { index, count -> [(x: Double, y: Double)] in
        let height = 100 * Double(count) / Double(max(values.count, 1))
        return [(low + Double(index) * width, height), (low + Double(index + 1) * width, height)]
      }
    }
    var series: [LineChart.Series] = []
    let labels = outcome.labels
    if outcome.anomalies > 0 {
      series = [
        .init(
          name: "other samples",
          points: steps(scores.indices.filter { labels[$0] != true }.map { scores[$0] })),
        .init(
          name: "anomalies", points: steps(scores.indices.filter { labels[$0] == true }.map { scores[$0] })),
      ]
    } else {
      series = [.init(name: "samples", points: steps(scores))]
    }
    let top = series.flatMap(\.points).map(\.y).max() ?? 1
    series.append(.init(name: "threshold", points: [(outcome.threshold, 0), (outcome.threshold, top)]))
    return LineChart(
      title: "Scores of the test samples",
      horizontalLabel: "score\(most > high ? " (the last step holds all higher ones)" : "")",
      verticalLabel: "% of their kind", series: series)
  }

  private var entries: [DetectionOutcome.Entry] { Array(outcome.own.prefix(1)) + outcome.simple }

  private var precisionRecall: LineChart {
    chart("Precision and recall", across: "recall", up: "precision", area: \.averagePrecision) {
      $0.precisionRecall.map { ($0.recall, $0.precision) }
    }
  }

  private var roc: LineChart {
    chart("ROC", across: "false positive rate", up: "true positive rate", area: \.areaUnderROC) {
      $0.roc.map { ($0.falsePositiveRate, $0.truePositiveRate) }
    }
  }

  /// A curve of each detector, named with the area under it.
  private func chart(
    _ title: String, across: String, up: String, area: (RankingQuality) -> Double,
    points: (RankingQuality) -> [(Double, Double)]
  ) -> LineChart {
    LineChart(
      title: title, horizontalLabel: across, verticalLabel: up,
      series: entries.compactMap { entry in
        entry.quality.map { quality in
          LineChart.Series(
            name: "\(entry.title), \(ReportText.fixed(area(quality), 3))",
            points: Self.thinned(points(quality)))
        }
      })
  }

  /// The points that a drawing can tell apart.
  private static func thinned(_ points: [(Double, Double)]) -> [(x: Double, y: Double)] {
    var kept: [(x: Double, y: Double)] = []
    let step = 1 / Double(pointLimit)
    for (index, point) in points.enumerated() {
      if let last = kept.last, index + 1 < points.count,
        abs(point.0 - last.x) < step, abs(point.1 - last.y) < step
      {
        continue
      }
      kept.append((point.0, point.1))
    }
    return kept
  }
}
