import HourglassDrawing

/// How a detector fares on test samples, beside simple detectors on the same ones.
struct DetectionOutcome: Sendable {
  /// One detector's scores.
  struct Entry: Sendable {
    /// In results, such as `pca`.
    var key: String
    var title: String
    var scores: [Double]
    var seconds: Double
    /// On the labelled samples; nil without labels of both kinds.
    var quality: RankingQuality?
  }

  /// The detector's own ways of scoring; the first is the one alerts go by.
  var own: [Entry]
  var simple: [Entry]
  /// Of the test samples; nil where it is not known.
  var labels: [Bool?]
  var threshold: Double
  /// On the labelled samples; nil without any.
  var alertQuality: AlertQuality?
  var alerts: Int
  /// That most test samples are alerts where they should not be; nil where they are not.
  var alertDoubt: String?

  /// Places of the samples whose label is known.
  private static func known(_ labels: [Bool?]) -> [Int] { labels.indices.filter { labels[$0] != nil } }

  /// - Parameters:
  ///   - flagged: places of samples that are alerts whatever their score.
  ///   - noun: what a sample is called.
  init(
    _ scores: AnomalyScores, detector: AnomalyDetector, labels: [Bool?], flagged: Set<Int> = [],
    noun: String, seconds: Double,
    task: SimpleDetector.Task,
    report: (String) throws -> Void
  ) throws {
    let known = Self.known(labels)
    let truth = known.map { labels[$0] ?? false }
    func entry(_ key: String, _ title: String, _ values: [Double], _ seconds: Double) -> Entry {
      Entry(
        key: key, title: title, scores: values, seconds: seconds,
        quality: RankingQuality(scores: known.map { values[$0] }, isAnomaly: truth))
    }
    var ways: [AnomalyScoring: (String, [Double])] = [
      .combined: ("autoencoder, both combined", detector.values(scores, by: .combined)),
      .reconstruction: ("autoencoder, reconstruction error", scores.reconstruction),
      .neighbours: (detector.neighbourDistance.title, scores.neighbours),
    ]
    if case .edges = detector.neighbourDistance.space { ways[.combined]?.0 = "autoencoder and edges" }
    if detector.tails != nil {
      ways[.combined]?.0 =
        switch detector.combination {
        case .maximum, .mean: "autoencoder and tails"
        case .neighbours: "combined: neighbours alone"
        case .tails: "combined: tails alone"
        }
      ways[.tails] = ("tails: rarity of single cells", scores.tails)
    }
    let order = [detector.scoring] + AnomalyScoring.allCases.filter { $0 != detector.scoring }
    own = order.compactMap { way in
      ways[way].map { entry(way.rawValue, $0.0, way == detector.scoring ? scores.values : $0.1, seconds) }
    }
    simple = []
    let clock = ContinuousClock()
    for detector in SimpleDetector.allCases {
      try report("comparing with \(detector.title)")
      let begun = clock.now
      guard let values = try detector.scores(task) else { continue }
      simple.append(entry(detector.rawValue, detector.title, values, (clock.now - begun) / .seconds(1)))
    }
    self.labels = labels
    threshold = detector.threshold.value
    let isAlert = scores.values.indices.map {
      scores.values[$0] > detector.threshold.value || flagged.contains($0)
    }
    alerts = isAlert.count { $0 }
    var share = AlertShare()
    for (isAlert, label) in zip(isAlert, labels) { share.add(isAlert: isAlert, isAnomaly: label) }
    alertDoubt = share.doubt(known: known.count, noun: "test \(noun)")
    if !known.isEmpty {
      var quality = AlertQuality()
      for (place, isAnomaly) in zip(known, truth) {
        quality.add(isAlert: isAlert[place], isAnomaly: isAnomaly)
      }
      alertQuality = quality
    }
  }

  var anomalies: Int { labels.count { $0 == true } }

  /// The key figures by name.
  var metrics: [String: Double] {
    var metrics: [String: Double] = [:]
    for (index, entry) in own.enumerated() {
      guard let quality = entry.quality else { continue }
      if index == 0 {
        metrics["roc_auc"] = quality.areaUnderROC
        metrics["average_precision"] = quality.averagePrecision
      }
      metrics["roc_auc_\(entry.key)"] = quality.areaUnderROC
      metrics["average_precision_\(entry.key)"] = quality.averagePrecision
    }
    if let alertQuality, own.first?.quality != nil {
      metrics["precision"] = alertQuality.precision
      metrics["recall"] = alertQuality.recall
      metrics["f1"] = alertQuality.f1
    }
    return metrics
  }

  /// Of each simple detector: `roc_auc` and `average_precision` where labels are known, else how far its order of the
  /// samples agrees with the autoencoder's.
  var baselines: [String: [String: Double]] {
    var baselines: [String: [String: Double]] = [:]
    for entry in simple {
      var figures = ["seconds": entry.seconds]
      if let quality = entry.quality {
        figures["roc_auc"] = quality.areaUnderROC
        figures["average_precision"] = quality.averagePrecision
      } else if let own = own.first {
        figures["rank_correlation"] = rankCorrelation(own.scores, entry.scores)
      }
      baselines[entry.key] = figures
    }
    return baselines
  }

  /// With fewer test anomalies the order of detectors says little.
  static let fewAnomalies = 20

  /// Why no detector can be said to be right.
  private var whyUnknown: String {
    switch (labels.contains(true), labels.contains(false)) {
    case (false, false): "Without labels nobody can say which detector is right."
    case (false, true):
      "The test part has no anomalies, so nobody can say which detector finds them best; give more rows, "
        + "another seed, or another share to train on."
    case (true, _):
      "The test part has only anomalies, so nobody can say which detector tells them from others; give more rows, "
        + "another seed, or another share to train on."
    }
  }

  /// Who wins, in a sentence or two.
  var verdict: String {
    guard let own = own.first else { return "" }
    guard let quality = own.quality else {
      let agreement = simple.map { entry in
        "\(ReportText.fixed(rankCorrelation(own.scores, entry.scores), 2)) with \(entry.title)"
      }
      return
        "\(whyUnknown) The order of the test samples agrees (Spearman's rank correlation) "
        + "\(agreement.joined(separator: ", "))."
    }
    func winner(_ name: String, _ figure: (RankingQuality) -> Double) -> (sentence: String, wins: Bool) {
      let mine = figure(quality)
      let best = simple.compactMap { entry in entry.quality.map { (entry.title, figure($0)) } }
        .max { $0.1 < $1.1 }
      guard let best else { return ("", true) }
      let (text, other) = (ReportText.fixed(mine, 4), ReportText.fixed(best.1, 4))
      if text == other { return ("By \(name) the autoencoder and \(best.0) are level (\(text)).", true) }
      if mine > best.1 {
        return (
          "By \(name) the autoencoder wins: \(text), the best simple detector (\(best.0)) \(other).", true
        )
      }
      return ("By \(name) \(best.0) wins: \(other), the autoencoder \(text).", false)
    }
    let area = winner("ROC-AUC", \.areaUnderROC)
    let precision = winner("average precision", \.averagePrecision)
    let advice = area.wins || precision.wins ? "" : " On these data the simple detector is the better choice."
    let doubt =
      anomalies < Self.fewAnomalies
      ? " \(ReportText.count(anomalies, "anomaly")) in the test part \(anomalies == 1 ? "is" : "are") few, so the order may be "
        + "chance." : ""
    return "\(area.sentence) \(precision.sentence)\(advice)\(doubt)"
  }
}

extension DetectionOutcome {
  /// The rows above the threshold, and those at the places that are flagged, in order.
  func alertRows(_ rows: [UInt32], flagged: Set<Int>) -> [UInt32] {
    guard let scores = own.first?.scores else { return [] }
    return rows.indices.filter { scores[$0] > threshold || flagged.contains($0) }.map { rows[$0] }
  }
}
