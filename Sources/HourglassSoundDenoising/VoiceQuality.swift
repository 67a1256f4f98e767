import HourglassBase
import HourglassPlatform

/// How near a sound comes to the clean one.
public enum VoiceQuality {
  /// The scale-invariant ratio of signal to distortion in dB (Le Roux et al. 2019): a louder copy is no worse.
  ///
  /// - Returns: nil when the clean sound is silent, or they are of different lengths.
  public static func signalToDistortion(_ sound: [Float], clean: [Float]) -> Double? {
    guard sound.count == clean.count else { return nil }
    var (product, square) = (0.0, 0.0)
    for (one, other) in zip(sound, clean) {
      product += Double(one) * Double(other)
      square += Double(other) * Double(other)
    }
    guard square > 0 else { return nil }
    let share = product / square
    var distortion = 0.0
    for (one, other) in zip(sound, clean) {
      let difference = Double(one) - share * Double(other)
      distortion += difference * difference
    }
    return 10 * log10(max(share * share * square, 1e-30) / max(distortion, 1e-30))
  }

  /// The mean over stretches of 32 ms of the ratio of signal to noise in dB, each from -10 to 35 (Hansen & Pellom 1998); stretches
  /// where the clean sound is silent, 40 dB below its level, do not count.
  ///
  /// - Returns: nil when no stretch counts.
  public static func segmentalRatio(_ sound: [Float], clean: [Float], rate: Int) -> Double? {
    let length = max(rate * 32 / 1000, 1)
    guard sound.count == clean.count, !clean.isEmpty else { return nil }
    let mean = clean.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(clean.count)
    var ratios: [Double] = []
    for start in stride(from: 0, through: clean.count - length, by: length) {
      var (signal, noise) = (0.0, 0.0)
      for place in start..<start + length {
        let difference = Double(sound[place]) - Double(clean[place])
        signal += Double(clean[place]) * Double(clean[place])
        noise += difference * difference
      }
      guard signal / Double(length) > 1e-4 * mean else { continue }
      ratios.append(min(max(10 * log10(signal / max(noise, 1e-30)), -10), 35))
    }
    return ratios.isEmpty ? nil : ratios.reduce(0, +) / Double(ratios.count)
  }
}
