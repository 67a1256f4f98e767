import HourglassEngine
import HourglassGraph
import HourglassNN

/// How good a model's reconstructions are on a set of samples.
public struct Evaluation: Sendable {
  /// `mse`, and for images `psnr` (dB) and `ssim`, means over samples; `psnr_shown` of what the model saw where
  /// that is not the sample itself.
  public var metrics: [String: Double]
  public var samples: Int
  /// Of the forward passes alone.
  public var seconds: Double
  public var samplesPerSecond: Double { Double(samples) / max(seconds, 1e-9) }
}

extension TrainedModel {
  /// Reconstructs samples as the objective shows them and compares with the originals.
  ///
  /// - Parameter indices: which samples; at least one.
  /// - Throws: `HourglassError` (usage) when the samples' shape is not the model's.
  public func evaluate(
    _ data: SampleArray, indices: [UInt32], threads: Int? = nil
  ) throws -> Evaluation {
    let clock = ContinuousClock()
    var seconds = 0.0
    var sums: [String: Double] = [:]
    let isImage = model.inputShape.rank == 3
    var isCorrupted = false
    // A part at a time keeps the memory of a large test set small.
    let part = 2048
    for start in stride(from: 0, to: indices.count, by: part) {
      let chosen = Array(indices[start..<min(start + part, indices.count)])
      let begun = clock.now
      let pass = try pass(over: data, indices: chosen, threads: threads)
      seconds += (clock.now - begun) / .seconds(1)
      for (row, index) in chosen.enumerated() {
        let original = data.sample(Int(index))
        let rebuilt = pass.reconstruction.sample(row)
        let error = meanSquaredError(original, rebuilt)
        sums["mse", default: 0] += error
        guard isImage else { continue }
        let shown = pass.shown.sample(row)
        if shown != original { isCorrupted = true }
        sums["psnr", default: 0] += peakSignalToNoiseRatio(meanSquaredError: error)
        sums["ssim", default: 0] += structuralSimilarity(original, rebuilt, shape: model.inputShape)
        sums["psnr_shown", default: 0] += peakSignalToNoiseRatio(
          meanSquaredError: meanSquaredError(original, shown))
      }
    }
    if !isCorrupted { sums["psnr_shown"] = nil }
    return Evaluation(
      metrics: sums.mapValues { $0 / Double(indices.count) }, samples: indices.count, seconds: seconds)
  }
}
