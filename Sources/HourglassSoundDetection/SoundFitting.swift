import HourglassBase
import HourglassData
import HourglassModels
import HourglassNN
import HourglassSound

extension SoundDetector {
  /// Fits a detector to spectrograms.
  ///
  /// - Parameters:
  ///   - spectrograms: of normal recordings, not standardised; at least one as long as a sample.
  ///   - domains: of each, where it is known.
  /// - Returns: a detector without a threshold: it is infinite.
  /// - Throws: `HourglassError` (badData) when all recordings are too short; what `progress` throws; `CancellationError`.
  static func fitted(
    _ spectrograms: [Spectrogram], domains: [MachineDomain?], network: SoundNetwork,
    settings: SpectrumSettings,
    score: SoundScore, epochs: Int?, seed: UInt64, threads: Int?,
    progress: @escaping @Sendable (TrainingEvent) throws -> Void
  ) async throws -> SoundDetector {
    let moments = bandMoments(spectrograms, mels: settings.mels)
    // What never changes is not blown up.
    let (mean, deviation) = (moments.means.map(Float.init), moments.deviations.map { Float(max($0, 1)) })
    let standardised = spectrograms.map { Self.standardised($0, mean, deviation) }
    let samples = try FrameSamples(standardised, settings)
    guard samples.count > 0 else {
      throw HourglassError(
        .badData,
        "No recording is as long as a sample, \(settings.frames) frames of \(settings.hop) numbers at \(settings.rate) Hz; record for longer"
      )
    }
    let model = try network.model(settings)
    var optimizer = Optimizer.adam(learningRate: 0.001)
    optimizer.schedule = LearningRateSchedule(.cosine(final: 0.01))
    let (trained, _) = try await model.train(
      on: samples, objective: .undercomplete(.l2), optimizer: optimizer,
      epochs: epochs ?? SoundNetwork.epochs,
      batchSize: min(network.batchSize, samples.count), seed: seed, threads: threads, progress: progress)
    return try await onOwnThread { cancellation in
      let predictor = try trained.predictor(threads: threads ?? 1)
      var residuals: [[Float]] = [[], [], []]
      for (spectrogram, domain) in zip(standardised, domains) {
        try cancellation.check()
        try Self.residuals(spectrogram, settings, predictor) { _, residual in
          let means = bandMeans(residual, settings)
          residuals[0] += means
          if let domain { residuals[domain == .source ? 1 : 2] += means }
        }
      }
      // Of a domain with few frames nothing can be said.
      let hasDomains = residuals[1...].allSatisfy { $0.count >= 4 * settings.mels * settings.mels }
      let covariances = (hasDomains ? residuals : [residuals[0]]).map {
        BandCovariance($0, bands: settings.mels)
      }
      return SoundDetector(
        settings: settings, bandMean: mean, bandDeviation: deviation, model: trained,
        covariances: covariances,
        score: score, threshold: .infinity, thresholdRule: "")
    }
  }

  /// With its threshold.
  func with(threshold: Double, rule: String) -> SoundDetector {
    SoundDetector(
      settings: settings, bandMean: bandMean, bandDeviation: bandDeviation, model: model,
      covariances: covariances, score: score, threshold: threshold, thresholdRule: rule)
  }

  /// The mean of each band over the frames, and its deviation.
  static func bandMoments(
    _ spectrograms: [Spectrogram], mels: Int
  ) -> (means: [Double], deviations: [Double]) {
    var (sums, squares, count) = ([Double](repeating: 0, count: mels), [Double](repeating: 0, count: mels), 0)
    for spectrogram in spectrograms {
      for (place, value) in spectrogram.values.enumerated() {
        sums[place % mels] += Double(value)
        squares[place % mels] += Double(value) * Double(value)
      }
      count += spectrogram.frames
    }
    let total = Double(max(count, 1))
    let means = sums.map { $0 / total }
    return (means, zip(squares, means).map { max($0 / total - $1 * $1, 0).squareRoot() })
  }
}
