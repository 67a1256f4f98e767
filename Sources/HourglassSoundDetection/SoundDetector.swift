import HourglassBase
import HourglassData
import HourglassFiles
import HourglassModels
import HourglassSound

/// Tells recordings that do not sound like those it was fitted to.
public struct SoundDetector: Sendable {
  package let settings: SpectrumSettings
  /// Of each band, over the frames that it learnt from.
  let bandMean: [Float]
  let bandDeviation: [Float]
  package let model: TrainedModel
  /// Of all frames; then of the source domain's and the target's, where recordings named them.
  let covariances: [BandCovariance]
  package var score: SoundScore
  /// Recordings with a higher score are alerts.
  public var threshold: Double
  /// How the threshold was chosen, such as "percentile:99".
  package let thresholdRule: String

  // MARK: - Scoring

  /// A recording as the model sees it: each band about 0.
  ///
  /// - Throws: as `SoundReader.spectrograms`.
  package func spectrogram(path: String) throws -> Spectrogram {
    try standardised(Self.spectrogram(path: path, settings))
  }

  /// The recording's first spectrogram, of the mean of its channels.
  static func spectrogram(path: String, _ settings: SpectrumSettings) throws -> Spectrogram {
    try SoundReader(path: path).spectrograms(settings)[0]
  }

  func standardised(_ spectrogram: Spectrogram) -> Spectrogram {
    Self.standardised(spectrogram, bandMean, bandDeviation)
  }

  static func standardised(_ spectrogram: Spectrogram, _ mean: [Float], _ deviation: [Float]) -> Spectrogram {
    let mels = spectrogram.mels
    var values = spectrogram.values
    for place in values.indices {
      values[place] = (values[place] - mean[place % mels]) / deviation[place % mels]
    }
    return Spectrogram(mels: mels, values: values)
  }

  /// What is left over of each sample of a standardised spectrogram: squared errors, and means of bands over the sample's frames.
  ///
  /// - Parameter body: takes the number of a sample and its residual as numbers of the model's shape.
  static func residuals(
    _ spectrogram: Spectrogram, _ settings: SpectrumSettings, _ predictor: Predictor,
    _ body: (Int, UnsafeBufferPointer<Float>) -> Void
  ) throws {
    let samples = try FrameSamples([spectrogram], settings)
    let size = samples.shape.count
    let atOnce = 64
    var numbers = [Float](repeating: 0, count: atOnce * size)
    var rebuilt = numbers
    for start in stride(from: 0, to: samples.count, by: atOnce) {
      let count = min(atOnce, samples.count - start)
      var place = 0
      try samples.read((start..<start + count).map(UInt32.init)) { bytes in
        for index in 0..<size {
          numbers[place] = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
          place += 1
        }
      }
      try numbers.withUnsafeBufferPointer { numbers in
        try rebuilt.withUnsafeMutableBufferPointer { rebuilt in
          try predictor.reconstruct(
            .init(rebasing: numbers[..<(count * size)]), into: .init(rebasing: rebuilt[..<(count * size)]))
        }
      }
      for index in 0..<count * size { rebuilt[index] = numbers[index] - rebuilt[index] }
      rebuilt.withUnsafeBufferPointer { rebuilt in
        for sample in 0..<count {
          body(start + sample, .init(rebasing: rebuilt[sample * size..<(sample + 1) * size]))
        }
      }
    }
  }

  /// The mean over a sample's frames of what is left over in each band.
  static func bandMeans(_ residual: UnsafeBufferPointer<Float>, _ settings: SpectrumSettings) -> [Float] {
    var means = [Float](repeating: 0, count: settings.mels)
    for mel in 0..<settings.mels {
      var sum: Float = 0
      for frame in 0..<settings.frames {
        sum +=
          residual[
            settings.layout == .image ? mel * settings.frames + frame : frame * settings.mels + mel]
      }
      means[mel] = sum / Float(settings.frames)
    }
    return means
  }

  /// What the model says of a standardised spectrogram.
  ///
  /// - Parameter predictor: of the detector's model.
  package func parts(_ spectrogram: Spectrogram, _ predictor: Predictor) throws -> RecordingParts {
    var parts = RecordingParts(
      errors: [], distances: [[Double]](repeating: [], count: covariances.count), times: [])
    try Self.residuals(spectrogram, settings, predictor) { number, residual in
      var sum = 0.0
      for value in residual { sum += Double(value) * Double(value) }
      parts.errors.append(sum / Double(residual.count))
      let means = Self.bandMeans(residual, settings)
      for (index, covariance) in covariances.enumerated() {
        parts.distances[index].append(covariance.distance(means))
      }
      parts.times.append(Double(number * settings.step * settings.hop) / Double(settings.rate))
    }
    return parts
  }

  /// The squared error of each frame and band, `[frame][mel]`, a mean over the samples that cover it.
  package func errors(_ spectrogram: Spectrogram, _ predictor: Predictor) throws -> [Float] {
    let mels = settings.mels
    var sums = [Float](repeating: 0, count: spectrogram.values.count)
    var counts = [Float](repeating: 0, count: spectrogram.frames)
    try Self.residuals(spectrogram, settings, predictor) { number, residual in
      for frame in 0..<settings.frames {
        let place = number * settings.step + frame
        counts[place] += 1
        for mel in 0..<mels {
          let value = residual[settings.layout == .image ? mel * settings.frames + frame : frame * mels + mel]
          sums[place * mels + mel] += value * value
        }
      }
    }
    for place in sums.indices { sums[place] /= max(counts[place / mels], 1) }
    return sums
  }

  // MARK: - Files

  private static let format = "hourglass sound detector 1"
  private static let prefix = "detector."

  /// Writes a `.safetensors` file with all that scoring needs. An older file is replaced only when the new one is complete.
  ///
  /// - Throws: `HourglassError` (environment) when the place cannot be written.
  public func write(to path: String) throws {
    var file = try model.safeTensors()
    file.metadata["format"] = Self.format
    file.metadata["detector"] = try SettingValue.map([
      Setting("spectrum", SettingType<SpectrumSettings>.nested(SpectrumSettings.fields).write(settings)),
      Setting("score", score.rawValue), Setting("threshold", threshold), Setting("rule", thresholdRule),
      Setting("covariances", Double(covariances.count)),
    ]).json.text()
    func add(_ name: String, _ shape: Shape, _ values: [Float]) {
      file.tensors.append(SafeTensors.Tensor(name: Self.prefix + name, shape: shape, values: values))
    }
    add("band_mean", [settings.mels], bandMean)
    add("band_deviation", [settings.mels], bandDeviation)
    for (index, covariance) in covariances.enumerated() {
      add("covariance_root.\(index)", [settings.mels, settings.mels], covariance.root)
    }
    try file.sealed().write(to: path)
  }

  /// Whether a `.safetensors` file says that it holds such a detector.
  ///
  /// - Throws: `HourglassError` when it cannot be read, or is malformed.
  package static func isOne(path: String) throws -> Bool {
    try SafeTensors.read(path: path).metadata["format"] == format
  }

  /// Reads a file that `write(to:)` made. Nothing in it is run or trusted.
  ///
  /// - Throws: `HourglassError` (badData) when the file is malformed, holds no such detector, or a bit of it is another than was written.
  public static func read(path: String) throws -> SoundDetector {
    var file = try SafeTensors.read(path: path)
    let whole = file
    func complain(_ what: String) -> HourglassError {
      HourglassError(.badData, "\(path) \(what); fit the detector again")
    }
    guard file.metadata["format"] == format, let text = file.metadata["detector"] else {
      throw complain("holds no detector of sounds")
    }
    let source = "\(path), metadata \"detector\""
    let value = try SettingValue(JSONValue.parse(Array(text.utf8), source: source), source: source)
    guard case .map(let members) = value else { throw complain("has a damaged description of the detector") }
    func member(_ name: String) -> SettingValue? { members.first { $0.key == name }?.value }
    guard case .string(let scoreName) = member("score"), let score = SoundScore(rawValue: scoreName),
      case .number(let threshold) = member("threshold"), threshold.isFinite,
      case .string(let rule) = member("rule"), rule.utf8.count < 100,
      let count = member("covariances")?.whole(in: 1...3), count != 2, let spectrum = member("spectrum")
    else { throw complain("has a damaged description of the detector") }
    let settings: SpectrumSettings
    do {
      settings = try SettingType<SpectrumSettings>.nested(SpectrumSettings.fields)
        .read(spectrum, SettingPlace(path: "spectrum"))
      try settings.check()
    } catch {
      throw complain("has settings of spectra that cannot be (\(error.fact))")
    }
    let own = Dictionary(
      file.tensors.filter { $0.name.hasPrefix(prefix) }.map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
    file.tensors.removeAll { $0.name.hasPrefix(prefix) }
    let model = try TrainedModel.read(file, path: path, format: format)
    guard model.model.inputShape == settings.shape else {
      throw complain(
        "has a model that takes \(model.model.inputShape), but spectra of \(settings.shape)")
    }
    func tensor(_ name: String, _ shape: Shape) throws -> [Float] {
      guard let tensor = own[prefix + name], tensor.shape == shape, tensor.isFinite else {
        throw complain("lacks the tensor \"\(prefix)\(name)\", or has it damaged")
      }
      return tensor.values
    }
    let deviation = try tensor("band_deviation", [settings.mels])
    guard deviation.allSatisfy({ $0 > 1e-9 }) else { throw complain("has a band without deviation") }
    let covariances = try (0..<count).map { index in
      let root = try tensor("covariance_root.\(index)", [settings.mels, settings.mels])
      guard let covariance = BandCovariance(bands: settings.mels, root: root) else {
        throw complain("has a damaged covariance")
      }
      return covariance
    }
    let detector = SoundDetector(
      settings: settings, bandMean: try tensor("band_mean", [settings.mels]), bandDeviation: deviation,
      model: model, covariances: covariances, score: score, threshold: threshold, thresholdRule: rule)
    try whole.checkSeal(source: path)
    return detector
  }
}
