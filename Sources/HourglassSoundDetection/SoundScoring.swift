import HourglassBase
import HourglassData
import HourglassFiles
import HourglassModels
import HourglassSound

/// Scores recordings with a fitted detector: a file, or all in a folder.
public struct SoundScoring: Sendable {
  /// A recording's score.
  public struct Line: Sendable {
    /// As below the folder.
    public var name: String
    public var score: Double
    public var isAlert: Bool
    /// Where its path says so; nil where nothing is known.
    var isAnomaly: Bool?
    /// The mean score of each second.
    var seconds: [Double]
  }

  public struct Outcome: Sendable {
    public var lines: [Line]
    /// With recordings of both kinds: `roc_auc` and `partial_auc`.
    public var metrics: [String: Double]
    public var notes: [String]
    public var seconds: Double
  }

  let detector: SoundDetector
  /// A recording, or a folder of them.
  let input: String
  package var threads: Int?
  package var isStrict = false

  package init(detector: SoundDetector, input: String) { (self.detector, self.input) = (detector, input) }

  /// - Parameter progress: told of recordings; what it throws ends the work.
  /// - Throws: `HourglassError`: environment when there is no recording; badData when one is broken or too short, or more than half of a
  ///   folder's are.
  package func run(progress: WorkProgress.Report = { _ in }) throws -> Outcome {
    let begun = ContinuousClock.now
    let folder = try Folder(input).exists ? SoundFolder(input) : nil
    let anomalies = Set(folder?.anomalies ?? [])
    let paths =
      folder.map {
        ($0.training + $0.test + $0.anomalies).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      } ?? [input]
    let broken = BrokenFiles(of: input, "recordings", isStrict: isStrict || folder == nil)
    let predictor = try detector.model.predictor(threads: threads ?? 2)
    var (lines, short) = ([Line](), 0)
    for (number, path) in paths.enumerated() {
      let parts = try broken.sound(path) { try detector.parts(detector.spectrogram(path: $0), predictor) }
      if let parts {
        if let score = parts.score(detector.score) {
          lines.append(
            Line(
              name: folder?.name(path) ?? path.lastPathPart ?? path, score: score,
              isAlert: score > detector.threshold,
              isAnomaly: anomalies.isEmpty ? nil : anomalies.contains(path),
              seconds: Self.seconds(parts, parts.scores(detector.score))))
        } else {
          short += 1
        }
      }
      try progress(WorkProgress("scoring", done: number + 1, of: paths.count, "recordings"))
    }
    var notes = [try broken.note(of: paths)].compactMap(\.self).map { "\($0)." }
    guard !lines.isEmpty else {
      throw HourglassError(
        .badData,
        "\(input) has no recording as long as a sample, \(detector.settings.frames) frames of \(detector.settings.hop) numbers at "
          + "\(detector.settings.rate) Hz; record for longer")
    }
    if short > 0 {
      notes.append("\(grouped(short)) recordings are shorter than a sample, and have no score.")
    }
    var metrics: [String: Double] = [:]
    if let quality = SoundQuality(scores: lines.map(\.score), isAnomaly: lines.map { $0.isAnomaly == true }) {
      metrics = ["roc_auc": quality.areaUnderROC, "partial_auc": quality.partialArea]
    }
    return Outcome(
      lines: lines, metrics: metrics, notes: notes, seconds: (ContinuousClock.now - begun) / .seconds(1))
  }

  /// The mean score of the samples that begin in each second.
  private static func seconds(_ parts: RecordingParts, _ scores: [Double]) -> [Double] {
    var (sums, counts) = ([Double](), [Double]())
    for (time, score) in zip(parts.times, scores) {
      let second = Int(time)
      while sums.count <= second {
        sums.append(0)
        counts.append(0)
      }
      sums[second] += score
      counts[second] += 1
    }
    return zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
  }
}

extension SoundScoring.Outcome {
  /// Writes a row for each recording.
  ///
  /// - Throws: `HourglassError` (environment) when it cannot be written.
  package func write(to path: String) throws {
    try SoundScores.write(lines.map { ($0.name, $0.score, $0.isAlert, $0.isAnomaly) }, to: path)
  }

  /// Writes a row for each second of each recording.
  ///
  /// - Throws: `HourglassError` (environment) when it cannot be written.
  package func writeSeconds(to path: String) throws {
    var text = "file,second,score\n"
    for line in lines {
      for (second, score) in line.seconds.enumerated() {
        text += "\(line.name.tableCell),\(second),\(score)\n"
      }
    }
    try AtomicFile.write(text, to: path)
  }
}
