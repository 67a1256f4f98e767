import HourglassBase
import HourglassPlatform

/// How frequencies are laid out as the ear hears them.
public enum MelScale: String, Sendable, CaseIterable {
  /// Slaney's Auditory Toolbox (1998): even up to 1 kHz, by ratios above.
  case slaney
  /// 2595 log10(1 + f / 700), as in HTK.
  case htk

  /// Hertz as mels.
  func mels(_ frequency: Double) -> Double {
    switch self {
    case .htk: return 2595 * log10(1 + frequency / 700)
    case .slaney:
      let even = frequency / (200.0 / 3)
      return frequency >= 1000 ? 15 + log(frequency / 1000) / (log(6.4) / 27) : even
    }
  }

  /// Mels as Hertz.
  func frequency(_ mels: Double) -> Double {
    switch self {
    case .htk: return 700 * (pow(10, mels / 2595) - 1)
    case .slaney: return mels >= 15 ? 1000 * exp(log(6.4) / 27 * (mels - 15)) : 200.0 / 3 * mels
    }
  }
}

/// Triangles over the frequencies of a transform, each of the area that makes an even spectrum even (Slaney's norm).
struct MelBands: Sendable {
  /// The frequencies of one band that count, and how much.
  struct Band: Sendable {
    var first: Int
    var weights: [Float]
    /// Where its triangle is highest, in Hertz.
    var centre: Double
  }

  let bands: [Band]

  init(count: Int, scale: MelScale, window: Int, rate: Int, lowest: Double, highest: Double) {
    let (low, high) = (scale.mels(lowest), scale.mels(highest))
    let edges = (0..<count + 2).map { scale.frequency(low + (high - low) * Double($0) / Double(count + 1)) }
    bands = (0..<count).map { band in
      let (left, centre, right) = (edges[band], edges[band + 1], edges[band + 2])
      let weights = (0...window / 2).map { bin -> Float in
        let frequency = Double(bin) * Double(rate) / Double(window)
        let height = min((frequency - left) / (centre - left), (right - frequency) / (right - centre))
        return Float(max(height, 0) * 2 / (right - left))
      }
      let first = weights.firstIndex { $0 > 0 } ?? 0
      let end = weights.lastIndex { $0 > 0 }.map { $0 + 1 } ?? first
      return Band(first: first, weights: Array(weights[first..<end]), centre: centre)
    }
  }
}
