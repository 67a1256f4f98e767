import HourglassBase
import HourglassDrawing
import HourglassPictures

/// A photo that was cleaned, and how good that is beside its original, where there is one.
package struct DenoisingTrial {
  package let noisy: Picture
  package let denoised: Picture
  package let original: Picture?
  /// What the median and the Gaussian filter make of it, if they were asked for.
  package private(set) var filtered: [Picture] = []
  /// PSNR and SSIM before and after, and of the filters; none without an original.
  package private(set) var metrics: [String: Double] = [:]
  /// Of the model alone.
  package let seconds: Double

  /// - Parameters:
  ///   - original: the clean photo, if it is known.
  ///   - comparesFilters: whether the simple filters are tried too, at the settings that suit the original best.
  ///   - progress: told after every few tiles; what it throws ends the work.
  /// - Throws: `HourglassError`: usage when photo and original differ in size; notFinite when the model gives no numbers.
  package init(
    of noisy: Picture, original: Picture?, comparesFilters: Bool, by denoiser: PhotoDenoiser,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    self.noisy = noisy
    self.original = original
    // Before the work, so that what does not belong together is refused at once.
    let before = try original.map {
      try PictureQuality(of: noisy, comparedWith: $0, threads: denoiser.threads)
    }
    let begun = ContinuousClock.now
    denoised = try denoiser.denoise(noisy, progress: progress)
    seconds = (ContinuousClock.now - begun) / .seconds(1)
    guard let original, let before else { return }
    let after = try PictureQuality(of: denoised, comparedWith: original, threads: denoiser.threads)
    metrics = [
      "psnr": after.psnr, "ssim": after.ssim, "psnr_noisy": before.psnr, "ssim_noisy": before.ssim,
    ]
    if comparesFilters { try compare(with: original, threads: denoiser.threads) }
  }

  private mutating func compare(with original: Picture, threads: Int) throws {
    let best = try NoiseFilter.best(for: noisy, original: original, threads: threads)
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

  /// All versions, from noisy to original.
  package var pictures: [Picture] { [noisy] + filtered + [denoised] + (original.map { [$0] } ?? []) }

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
  package static func verdict(_ metrics: [String: Double]) -> String? {
    guard let own = metrics["psnr"], let noisy = metrics["psnr_noisy"] else { return nil }
    let others = [
      ("leaving it as it is", noisy), ("the median filter", metrics["psnr_median"]),
      ("the Gaussian filter", metrics["psnr_gaussian"]),
    ].compactMap { name, value in value.map { (name, $0) } }
    guard let best = others.max(by: { $0.1 < $1.1 }) else { return nil }
    let lead = ReportText.fixed(abs(own - best.1), 2)
    return own > best.1
      ? "The model is best, \(lead) dB over \(best.0)."
      : "Here \(best.0) is better than the model, by \(lead) dB."
  }
}

extension PhotoDenoiser {
  /// What a person should know who gives the model other noise than it was trained on, without a full stop; nil when
  /// the noise is about the same.
  ///
  /// - Parameter noise: by estimate, in levels of 255.
  package func mismatch(noise: Double) -> String? {
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
}
