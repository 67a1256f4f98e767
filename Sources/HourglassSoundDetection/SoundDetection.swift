import HourglassBase
import HourglassData
import HourglassDetection
import HourglassEngine
import HourglassFiles
import HourglassModels
import HourglassSound

/// Fits a detector to a folder of recordings, measures it and writes a run folder.
///
/// Recordings whose path says anomaly, abnormal or the like are never trained on; with them, a quarter of the normal ones is kept out of
/// training, and both measure the detector. Without them a fifth is kept out, by which the threshold is chosen.
public struct SoundDetection: Sendable {
  /// Where the recordings are.
  package var data: String
  /// Where the run goes.
  package var run: String
  public var network = SoundNetwork.convolutional
  /// How the score of a recording comes of its frames; what suits the network when nil.
  public var score: SoundScore?
  public var threshold = ThresholdRule.percentile(95)
  public var epochs: Int?
  public var seed: UInt64 = 1
  public var threads: Int?
  public var isStrict = false
  /// What can be done with the detector, for the report.
  package var nextStep: String?

  /// - Parameters:
  ///   - data: a folder with recordings.
  ///   - run: a folder of its own for the results.
  public init(data: String, run: String) { (self.data, self.run) = (data, run) }

  /// A recording and what is known of it.
  struct Recording: Sendable {
    var path: String
    var name: String
    var isAnomaly: Bool
    var domain: MachineDomain?
    /// Not standardised.
    var spectrogram: Spectrogram
  }

  /// - Parameter report: told of stages, epochs and progress; what it throws ends the work.
  /// - Throws: `HourglassError`: environment when there are no recordings or something cannot be written; badData when more than half of
  ///   them cannot be read or are too short; usage when the run's folder holds something else.
  public func run(
    _ report: @escaping @Sendable (DetectionEvent) throws -> Void = { _ in }
  ) async throws -> SoundDetectionResult {
    let clock = ContinuousClock()
    let begun = clock.now
    let files = SoundRunFolder(run)
    try files.prepare()
    let settings = network.spectrum
    let (recordings, notes) = try await read(settings, report)
    let (training, held) = try split(recordings)
    try report(
      .stage(
        "training on \(grouped(training.count)) normal recordings, \(grouped(held.count)) are kept to measure"
      ))
    let score = score ?? network.usualScore
    let fitted = try await SoundDetector.fitted(
      training.map(\.spectrogram), domains: training.map(\.domain), network: network, settings: settings,
      score: score, epochs: epochs, seed: seed, threads: threads
    ) { try report(.training($0)) }
    let seconds = (clock.now - begun) / .seconds(1)
    return try await onOwnThread { cancellation in
      try cancellation.check()
      try report(.stage("scoring \(grouped(held.count)) recordings"))
      let parts = try Self.parts(held, fitted, threads: threads)
      let scores = parts.map { $0.score(score) ?? 0 }
      let normal = zip(held, scores).filter { !$0.0.isAnomaly }.map(\.1)
      let anomalous = zip(held, scores).filter { $0.0.isAnomaly }.map(\.1)
      let threshold = self.threshold.threshold(
        .init(normal: normal, anomalous: anomalous, mixed: scores))
      let detector = fitted.with(threshold: threshold, rule: self.threshold.text)
      try report(.stage("comparing with simple methods"))
      let ways = SoundScore.allCases.filter { $0 != .selective || fitted.covariances.count > 1 }
      let own = ([score] + ways.filter { $0 != score }).map { way in
        SoundMethod(way.rawValue, way.title, parts.map { $0.score(way) ?? 0 }, held, nil)
      }
      let simple = try SimpleSound.methods(training: training, held: held, seed: seed)
      let result = SoundDetectionResult(
        self, detector, held, own: own, simple: simple, training: training.count, seconds: seconds,
        notes: notes)
      try report(.stage("writing the report"))
      try SoundScores.write(
        zip(held, scores).map {
          ($0.0.name, $0.1, $0.1 > threshold, anomalous.isEmpty ? nil : $0.0.isAnomaly)
        }, to: files.scores)
      try SoundReport(
        result: result, detector: detector, recordings: held, scores: scores, parts: parts, nextStep: nextStep
      )
      .write(to: files.report, threads: threads)
      try AtomicFile.write(try result.json() + "\n", to: files.result)
      try detector.write(to: files.model)
      return result
    }
  }

  private func read(
    _ settings: SpectrumSettings, _ report: @escaping @Sendable (DetectionEvent) throws -> Void
  ) async throws -> (recordings: [Recording], notes: [String]) {
    try await onOwnThread { cancellation in
      let folder = try SoundFolder(data)
      let paths = folder.training + folder.test + folder.anomalies
      let anomalies = Set(folder.anomalies)
      let broken = BrokenFiles(of: data, "recordings", isStrict: isStrict)
      try report(.stage("reading \(grouped(paths.count)) recordings"))
      let read = try concurrentValues(paths.count) { index in
        try cancellation.check()
        let path = paths[index]
        return try broken.sound(path) { path in
          Recording(
            path: path, name: folder.name(path), isAnomaly: anomalies.contains(path),
            domain: folder.domain(path), spectrogram: try SoundDetector.spectrogram(path: path, settings))
        }
      }.compactMap(\.self)
      let long = read.filter { $0.spectrogram.frames >= settings.frames }
      var notes = [try broken.note(of: paths)].compactMap(\.self).map { "\($0)." }
      if long.count < read.count {
        notes.append(
          "\(grouped(read.count - long.count)) of \(grouped(read.count)) recordings are shorter than a sample of "
            + "\(settings.frames) frames, and are left out.")
      }
      return (long, notes)
    }
  }

  /// The parts to train on and to measure.
  private func split(_ recordings: [Recording]) throws -> (training: [Recording], held: [Recording]) {
    let normal = recordings.filter { !$0.isAnomaly }
    let anomalies = recordings.filter(\.isAnomaly)
    guard normal.count >= 5 else {
      throw HourglassError(
        .badData,
        "\(data) has \(grouped(normal.count)) normal recordings that can be used, but at least 5 are needed; record more"
      )
    }
    if threshold.needsLabels, anomalies.isEmpty {
      throw HourglassError(
        .usage,
        "The threshold \(threshold.text) needs anomalies, but no path in \(data) says anomaly or abnormal; choose percentile:95"
      )
    }
    var random = RandomNumbers(seed: seed, purpose: .splitting)
    let order = random.permutation(normal.count).map { Int($0) }
    let kept = max(normal.count / (anomalies.isEmpty ? 5 : 4), 1)
    return (
      order[kept...].sorted().map { normal[$0] }, order[..<kept].sorted().map { normal[$0] } + anomalies
    )
  }

  private static func parts(
    _ recordings: [Recording], _ detector: SoundDetector, threads: Int?
  ) throws -> [RecordingParts] {
    let predictor = try detector.model.predictor(threads: threads ?? 2)
    return try recordings.map { try detector.parts(detector.standardised($0.spectrogram), predictor) }
  }
}

/// The folder of a run and its files.
struct SoundRunFolder {
  let path: String

  init(_ path: String) { self.path = Folder(path).path }

  var model: String { "\(path)/model.safetensors" }
  var report: String { "\(path)/report.html" }
  var result: String { "\(path)/result.json" }
  var scores: String { "\(path)/scores.csv" }

  private static let names: Set<String> = ["model.safetensors", "report.html", "result.json", "scores.csv"]

  /// Makes the folder before the work; what an attempt that was broken off has left is written anew.
  ///
  /// - Throws: `HourglassError`: usage when it holds files of someone else, links or a detector; environment when it cannot be made.
  func prepare() throws {
    try Folder(path).create()
    let files = try (FileEntry.names(in: path) ?? []).map { "\(path)/\($0)" }
    try DetectionFolder.checkIsFree(path, holding: Self.names, links: files)
  }
}
