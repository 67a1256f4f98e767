import HourglassBase
import HourglassDrawing
import HourglassPictures

/// A photo that was mended, and how good that is beside its original, where there is one.
package struct DenoisingTrial {
  package let spoilt: Picture
  package let mended: Picture
  package let original: Picture?
  /// What the simple filters for its damage make of it, if they were asked for.
  package private(set) var filtered: [Picture] = []
  /// PSNR and SSIM before (`psnr_noisy` or `psnr_blurred`) and after, and of the filters; none without an original.
  package private(set) var metrics: [String: Double] = [:]
  /// Of the model alone.
  package let seconds: Double

  /// - Parameters:
  ///   - damage: what is wrong with the photo.
  ///   - blur: the deviation of the Gaussian that blurred it, in pixels, if that is known.
  ///   - original: the clean photo, if it is known.
  ///   - level: what the model is told of the damage; its usual one when nil.
  ///   - comparesFilters: whether the simple filters are tried too, at the settings that suit the original best.
  ///   - progress: told after every few tiles; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when photo and original differ in size; notFinite when the model gives no numbers.
  package init(
    of spoilt: Picture, damage: PhotoDamage = .noise, blur: Double? = nil, level: Double? = nil,
    original: Picture?, comparesFilters: Bool, by denoiser: PhotoDenoiser,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    self.spoilt = spoilt
    self.original = original
    // Before the work, so that what does not belong together is refused at once.
    let before = try original.map {
      try PictureQuality(of: spoilt, comparedWith: $0, threads: denoiser.threads)
    }
    let begun = ContinuousClock.now
    mended = try denoiser.denoise(spoilt, level: level, progress: progress)
    seconds = (ContinuousClock.now - begun) / .seconds(1)
    guard let original, let before else { return }
    let after = try PictureQuality(of: mended, comparedWith: original, threads: denoiser.threads)
    metrics = [
      "psnr": after.psnr, "ssim": after.ssim, "psnr_\(damage.spoilt)": before.psnr,
      "ssim_\(damage.spoilt)": before.ssim,
    ]
    guard comparesFilters else { return }
    switch damage {
    case .noise: try compareNoiseFilters(with: original, threads: denoiser.threads)
    case .blur: try compareSharpening(with: original, blur: blur, threads: denoiser.threads)
    }
  }

  /// What Richardson-Lucy is tried with where the blur is not known.
  private static let usualBlurs = [0.5, 0.75, 1, 1.25, 1.5, 2]

  private mutating func compareSharpening(with original: Picture, blur: Double?, threads: Int) throws {
    let filter = try SharpeningFilter(spoilt, original: original, threads: threads)
    func measured(_ best: SharpeningFilter.Best) throws -> (SharpeningFilter.Best, PictureQuality) {
      (best, try PictureQuality(of: best.picture, comparedWith: original, threads: threads))
    }
    let deconvolved = try (blur.map { [$0] } ?? Self.usualBlurs).map {
      try measured(filter.richardsonLucy(deviation: $0))
    }
    guard let best = deconvolved.max(by: { $0.1.psnr < $1.1.psnr }) else { return }
    for (name, (result, quality)) in [
      ("unsharp", try measured(filter.unsharpMask())), ("richardson_lucy", best),
    ] {
      metrics["psnr_\(name)"] = quality.psnr
      metrics["ssim_\(name)"] = quality.ssim
      for (setting, value) in result.settings { metrics[setting] = value }
      filtered.append(result.picture)
    }
  }

  private mutating func compareNoiseFilters(with original: Picture, threads: Int) throws {
    let best = try NoiseFilter.best(for: spoilt, original: original, threads: threads)
    for (name, filtered) in [("median", best.median), ("gaussian", best.gaussian)] {
      metrics["psnr_\(name)"] = filtered.quality.psnr
      metrics["ssim_\(name)"] = filtered.quality.ssim
      switch filtered.filter {
      case .median(let side): metrics["median_side"] = Double(side)
      case .gaussian(let deviation): metrics["gaussian_deviation"] = deviation
      }
    }
    filtered = [best.median.picture, best.gaussian.picture]
  }

  /// All versions, from the spoilt one to the original.
  package var pictures: [Picture] { [spoilt] + filtered + [mended] + (original.map { [$0] } ?? []) }

  /// Means of metrics over photos, each over those that have it.
  package static func means(_ metrics: [[String: Double]]) -> [String: Double] {
    var means: [String: Double] = [:]
    for name in Set(metrics.flatMap(\.keys)) {
      let values = metrics.compactMap { $0[name] }
      means[name] = values.reduce(0, +) / Double(values.count)
    }
    return means
  }

  /// Whether the model or a simpler way is best, in a sentence; nil without an original.
  package static func verdict(_ metrics: [String: Double], _ damage: PhotoDamage = .noise) -> String? {
    guard let own = metrics["psnr"], let before = metrics["psnr_\(damage.spoilt)"] else { return nil }
    let others =
      [("leaving it as it is", before)]
      + damage.filters.compactMap { filter in metrics["psnr_\(filter.metric)"].map { (filter.name, $0) } }
    guard let best = others.max(by: { $0.1 < $1.1 }) else { return nil }
    let lead = ReportText.fixed(abs(own - best.1), 2)
    return own > best.1
      ? "The model is best, \(lead) dB over \(best.0)."
      : "Here \(best.0) is better than the model, by \(lead) dB."
  }
}

extension PhotoDenoiser {
  /// What a person should know who tries the model on a blur that it was not trained on, without a full stop; nil for one that
  /// it was.
  ///
  /// - Parameter blur: the Gaussian's deviation in pixels.
  package func mismatch(blur: Double) -> String? {
    guard let trained = trainedBlur else { return "The model was trained on noise, not on blur" }
    guard !(trained ~= blur) else { return nil }
    let (least, most) = (
      ReportText.significant(trained.lowerBound), ReportText.significant(trained.upperBound)
    )
    return "The blur has a deviation of \(ReportText.significant(blur)) pixels, but the model was trained on "
      + (least == most ? least : "\(least) to \(most)")
  }

  /// What a person should know who gives the model other noise than it was trained on, without a full stop; nil when
  /// the noise is about the same.
  ///
  /// - Parameter noise: by estimate, in levels of 255.
  package func mismatch(noise: Double) -> String? {
    if damage == .blur { return mismatch(noiseBesideBlur: noise) }
    guard let trained = trainedNoise, noise < 0.6 * trained.lowerBound || noise > 1.5 * trained.upperBound
    else { return nil }
    let levels =
      trained.lowerBound == trained.upperBound
      ? ReportText.fixed(trained.upperBound, 0)
      : "\(ReportText.fixed(trained.lowerBound, 0)) to \(ReportText.fixed(trained.upperBound, 0))"
    return
      "Its noise has about \(ReportText.fixed(noise, 0)) levels of 255 by estimate, but the model was trained on \(levels) "
      + "and \(noise < trained.lowerBound ? "takes detail for noise" : "leaves some")"
  }

  /// The setting of a recipe for noise of unknown strength, the estimate well within it.
  ///
  /// - Parameter noise: by estimate, in levels of 255.
  package func setting(noise: Double) -> String {
    // Rounded outwards, to what people like to read.
    let most = min((1.2 * noise / 255 * 100).rounded(.up) / 100, 1)
    let least = max((0.8 * noise / 255 * 1000).rounded(.down) / 1000, 0.001)
    let (kind, lower, upper) =
      damage == .blur
      ? ("blur.noise", 0.001, max(most, 0.02)) : ("gaussian", min(least, 0.02), max(most, 0.2))
    return
      "objective.denoising.corruption.\(kind)=[\(ReportText.significant(lower)),\(ReportText.significant(upper))]"
  }

  /// Below this, an estimate is as likely to be of fine detail as of noise.
  private static let leastTelling = 2.0

  private func mismatch(noiseBesideBlur noise: Double) -> String? {
    let trained = trainedNoise?.upperBound ?? 0
    guard noise > max(1.5 * trained, Self.leastTelling) else { return nil }
    return
      "It has noise of about \(ReportText.fixed(noise, 0)) levels of 255 by estimate, or is sharp already; the model was "
      + "trained on noise of \(ReportText.significant(trained, 2)) and sharpens what there is more of"
  }
}
