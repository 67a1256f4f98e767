import HourglassPlatform
import HourglassSound

/// Signals for tests.
enum Signals {
  /// A tone, a chirp and noise, as `reference.py` makes it.
  static let mixed: [Float] = {
    var state = 12345
    return (0..<9000).map { place in
      state = (state * 1_103_515_245 + 12345) % (1 << 31)
      let time = Double(place) / 16_000
      let noise = Double(state) / Double(1 << 31) - 0.5
      return Float(
        0.2 * noise + 0.3 * sin(2 * .pi * 440 * time) + 0.2 * sin(2 * .pi * (500 + 1000 * time) * time))
    }
  }()

  static func tone(_ frequency: Double, rate: Int, count: Int) -> [Float] {
    (0..<count).map { Float(sin(2 * .pi * frequency * Double($0) / Double(rate))) }
  }
}

/// What librosa makes of `Signals.mixed`, see `reference.py`.
struct SpectrogramReference: Sendable {
  let scale: MelScale
  let power: Int
  let centred: Bool
  let window: Int
  let hop: Int
  let mels: Int
  let frames: Int
  let values: [Float]

  init(
    _ scale: MelScale, power: Int, centred: Bool, window: Int, hop: Int, mels: Int, frames: Int,
    values: [Float]
  ) {
    (self.scale, self.power, self.centred) = (scale, power, centred)
    (self.window, self.hop, self.mels, self.frames, self.values) = (window, hop, mels, frames, values)
  }
}
