import ArgumentParser
import Hourglass

/// What `detect fit` and `detect score` do with recordings.
enum SoundDetectionSession {
  static func fit(
    _ detection: SoundDetection, place: RunFolderOptions, json: Bool
  ) async throws {
    let name = detection.data.lastPathPart ?? detection.data
    let result = try await place.inFolder(named: "detect-\(name)") { folder in
      var detection = detection
      detection.run = folder.path
      let step = "hourglass detect score \(folder.path.shellPath) new-recordings --out new-scores.csv"
      detection.nextStep = "New recordings are scored by: \(step)"
      let progress = DetectionProgress()
      return try await Interruption.stops("no detector was written") { [detection] in
        try await detection.run { event in
          progress.report(event)
          try Interruption.check()
        }
      }
    }
    for note in result.notes { Terminal.note(note) }
    for line in result.own + result.simple {
      guard let area = line.rocAUC, let partial = line.partialAUC else { continue }
      Terminal.note(
        "roc_auc \(ReportText.fixed(area, 4))  partial_auc \(ReportText.fixed(partial, 4))  \(line.title)")
    }
    Terminal.note(
      "\(ReportText.count(result.alerts, "alert")) among \(grouped(result.testRecordings)) by \(result.thresholdRule)"
    )
    Terminal.note(result.verdict)
    Terminal.note("report: \(result.run)/report.html")
    if json { try Terminal.result(result.json()) }
  }

  /// - Parameters:
  ///   - run: the folder or file of the detector.
  ///   - input: a recording, or a folder of them.
  ///   - moments: the file for the scores of each second.
  static func score(
    run: String, input: String, above: Double?, scores: OutputFile, moments: OutputFile?, isStrict: Bool,
    threads: Int?, json: Bool
  ) throws {
    let model = try DetectionFolder.model(of: run)
    try scores.check(isNot: [run, model, input])
    try moments?.check(isNot: [run, model, input])
    var detector = try SoundDetector.read(path: model)
    if let above { detector.threshold = above }
    var scoring = SoundScoring(detector: detector, input: input)
    (scoring.threads, scoring.isStrict) = (threads, isStrict)
    let outcome = try Interruption.stops("no scores were written") {
      try [scores, moments].compactMap(\.self).write {
        let outcome = try scoring.run(progress: ProgressBar().report)
        try outcome.write(to: scores.path)
        if let moments { try outcome.writeSeconds(to: moments.path) }
        return outcome
      }
    }
    for note in outcome.notes { Terminal.note(note) }
    let alerts = outcome.lines.count(where: \.isAlert)
    if let area = outcome.metrics["roc_auc"], let partial = outcome.metrics["partial_auc"] {
      Terminal.note("partial_auc \(ReportText.fixed(partial, 4))  roc_auc \(ReportText.fixed(area, 4))")
    }
    Terminal.note(
      "\(ReportText.count(alerts, "alert")) among \(grouped(outcome.lines.count)), \(ReportText.fixed(outcome.seconds, 2)) s"
    )
    for line in outcome.lines.sorted(by: { $0.score > $1.score }).prefix(10) where line.isAlert {
      Terminal.note("  \(line.name): score \(ReportText.significant(line.score, 4))")
    }
    for place in [scores, moments].compactMap(\.self) { Terminal.note("scores: \(place.path)") }
    guard json else { return }
    let members: [String: JSONLine.Value] = [
      "alerts": .integer(alerts), "metrics": .numbers(outcome.metrics), "notes": .texts(outcome.notes),
      "recordings": .integer(outcome.lines.count), "run": .text(run), "out": .text(scores.path),
      "seconds": .number(outcome.seconds), "threshold": .number(detector.threshold),
    ]
    try Terminal.result(JSONLine.text(members))
  }
}
