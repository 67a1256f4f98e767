import HourglassBase
import HourglassDrawing
import HourglassFiles
import HourglassModels
import HourglassPictures
import HourglassSound

/// A fit to recordings on one self-contained page: how well it does, and the oddest recordings to be heard and seen.
struct SoundReport {
  /// Recordings that are shown and played.
  private static let shown = 6
  /// Seconds of each that are played, so that the page stays small.
  private static let playedSeconds = 10.0
  /// Higher rates are brought down to it, in Hertz.
  private static let playedRate = 16_000

  let result: SoundDetectionResult
  let detector: SoundDetector
  let recordings: [SoundDetection.Recording]
  let scores: [Double]
  let parts: [RecordingParts]
  let nextStep: String?

  func write(to path: String, threads: Int?) throws {
    try AtomicFile.write(try html(threads: threads).text, to: path)
  }

  private func html(threads: Int?) throws -> HTML {
    let name = result.data.lastPathPart ?? result.data
    let predictor = try detector.model.predictor(threads: threads ?? 2)
    let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    var odd: [HTML] = []
    for index in order.prefix(Self.shown) { odd.append(try recording(index, predictor)) }
    if let usual = order.last, order.count > Self.shown {
      odd.append(ReportPage.paragraph("For comparison, the recording with the lowest score:"))
      odd.append(try recording(usual, predictor))
    }
    return ReportPage.page(
      title: "Odd sounds in \(name) · Hourglass",
      header: ReportPage.header(
        "Odd sounds in \(name)",
        [
          ReportPage.paragraph(
            "Trained on \(ReportText.count(result.trainingRecordings, "normal recording")), measured on "
              + "\(ReportText.count(result.testRecordings, "other")), of which \(grouped(result.testAnomalies)) are anomalies by their names.",
            style: "soft")
        ]),
      main: [
        ReportPage.tiles(tiles),
        ReportPage.section("Which method wins", [ReportPage.paragraph(result.verdict), comparison]),
        ReportPage.section("The highest scores", odd),
        nextStep.map { ReportPage.section("What next", [ReportPage.paragraph($0)]) } ?? "",
        ReportPage.section("How it was done", [ReportPage.list(result.notes), ReportPage.facts(facts)]),
      ], hasSounds: true)
  }

  private var tiles: [ReportPage.Tile] {
    var tiles: [ReportPage.Tile] = []
    if let area = result.metrics["roc_auc"], let partial = result.metrics["partial_auc"] {
      tiles = [
        .init(name: "ROC-AUC", value: ReportText.fixed(area, 3), note: "1 is perfect, 0.5 a guess"),
        .init(
          name: "Partial ROC-AUC", value: ReportText.fixed(partial, 3),
          note: "up to a tenth of false alerts; 0.5 is a guess"),
      ]
    }
    tiles.append(
      .init(
        name: "Alerts", value: grouped(result.alerts),
        note: "of \(ReportText.count(result.testRecordings, "recording")), threshold \(result.thresholdRule)")
    )
    tiles.append(.init(name: "Time to fit", value: ReportText.duration(result.seconds), note: result.network))
    return tiles
  }

  private var comparison: HTML {
    let lines =
      result.own.enumerated().map { index, line in
        (index == 0 ? "\(line.title) (alerts go by it)" : line.title, line)
      } + result.simple.map { ($0.title, $0) }
    return ReportPage.table(
      label: "Methods", header: ["method", "ROC-AUC", "partial", "seconds"], firstNumber: 1,
      rows: lines.map { title, line in
        [
          title, line.rocAUC.map { ReportText.fixed($0, 3) } ?? "–",
          line.partialAUC.map { ReportText.fixed($0, 3) } ?? "–",
          line.seconds.map { ReportText.fixed($0, 2) } ?? "",
        ]
      })
  }

  private var facts: [(name: String, html: HTML)] {
    let settings = detector.settings
    return [
      (
        "network",
        "\(SoundNetwork(rawValue: result.network)?.title ?? result.network), \(result.parameters) parameters"
      ),
      (
        "spectrum",
        "\(settings.mels) mel bands (\(settings.scale.rawValue)), \(settings.frames) frames of \(settings.window) numbers, \(settings.hop) apart, at \(settings.rate) Hz"
      ),
      ("score", "\(detector.score.title)"),
      ("threshold", "\(ReportText.significant(detector.threshold, 4)), \(result.thresholdRule)"),
      ("seed", "\(Int(clamping: result.seed))"), ("weights", "\(result.weightsSHA256)"),
    ]
  }

  /// A recording to be heard, its spectrogram, where it departs, and its score over time.
  private func recording(_ index: Int, _ predictor: Predictor) throws -> HTML {
    let recording = recordings[index]
    let bands = detector.settings.mels
    let errors = try detector.errors(detector.standardised(recording.spectrogram), predictor)
    let heat = errors.map { $0.squareRoot() }
    func image(_ picture: Picture, _ words: String) throws -> HTML {
      let link = DataLink.link(to: try PNG.encode(picture), mediaType: "image/png")
      return
        "<img alt=\"\(words)\" width=\"960\" height=\"160\" style=\"width:100%;height:160px;image-rendering:pixelated\" src=\"\(link)\">"
    }
    let reader = try SoundReader(path: recording.path)
    let heard = try Sound(
      rate: reader.format.rate,
      channels: [Sound(rate: reader.format.rate, channels: reader.start(seconds: Self.playedSeconds)).mixed])
    let played = try heard.rate > Self.playedRate ? heard.resampled(to: Self.playedRate) : heard
    let link = DataLink.link(
      to: try SoundWriter.encoded(played.loud, ending: "flac"), mediaType: "audio/flac")
    let truth = result.testAnomalies == 0 ? "" : recording.isAnomaly ? ", an anomaly" : ", normal"
    let alert = scores[index] > detector.threshold ? "alert" : "no alert"
    let chart = LineChart(
      title: "Score over time", horizontalLabel: "seconds", verticalLabel: "score",
      series: [
        .init(
          name: "score",
          points: Array(zip(parts[index].times, parts[index].scores(detector.score))).map { ($0, $1) }),
        .init(
          name: "threshold of recordings",
          points: [(0, detector.threshold), (parts[index].times.last ?? 1, detector.threshold)]),
      ])
    let duration =
      Double(recording.spectrogram.frames * detector.settings.hop) / Double(detector.settings.rate)
    return """
      <h3>\(recording.name)</h3>
      <p>Score \(ReportText.significant(scores[index], 4)), \(alert)\(truth). \(ReportText.fixed(duration, 1)) s\
      \(duration > Self.playedSeconds ? ", of which the first \(Int(Self.playedSeconds)) s are played" : "").</p>
      <audio controls preload="none" src="\(link)"></audio>
      <figure>
      \(try image(SpectrogramPicture.picture(recording.spectrogram.values, bands: bands, range: SpectrogramPicture.range(recording.spectrogram.values, 0.02, 0.998)), "Spectrogram"))
      \(try image(SpectrogramPicture.picture(heat, bands: bands, range: 0.6...4), "Where it departs from what is usual"))
      <figcaption>Above the spectrogram, below where it departs from what is usual: time runs to the right, low frequencies lie below.</figcaption>
      </figure>
      \(ReportPage.details("Score over time", ReportPage.chart(chart)))
      """
  }
}

extension SoundReader {
  /// The first seconds, or all of a shorter recording.
  fileprivate func start(seconds: Double) throws -> [[Float]] {
    var left = Int(seconds * Double(format.rate))
    var channels = [[Float]](repeating: [], count: format.channels)
    while left > 0 {
      let block = try next(min(left, 1 << 16))
      if block[0].isEmpty { break }
      for channel in channels.indices { channels[channel] += block[channel] }
      left -= block[0].count
    }
    return channels
  }
}

extension Sound {
  /// As loud as it can be heard well: quiet recordings are raised.
  fileprivate var loud: Sound {
    let peak = channels.flatMap { $0 }.reduce(0) { max($0, abs($1)) }
    guard peak > 0 else { return self }
    let factor = min(0.7 / peak, 30)
    var sound = self
    sound.channels = channels.map { $0.map { $0 * factor } }
    return sound
  }
}
