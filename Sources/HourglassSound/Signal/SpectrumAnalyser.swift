import HourglassBase
import HourglassPlatform

/// Frames of mel bands in decibels, stretch by stretch: the same as librosa's `melspectrogram` and `power_to_db` (without its limit of
/// the range) give of the whole.
///
/// It belongs to whoever analyses: one thread at a time.
final class SpectrumAnalyser {
  private let settings: SpectrumSettings
  private let transform: FrameTransform
  private let room: FrameTransform.Room
  private let window: [Float]
  private let bands: MelBands
  /// Numbers that came in and are needed still.
  private var held: [Float]
  /// Frames that were made.
  private(set) var frames = 0
  private var received = 0

  init(_ settings: SpectrumSettings) {
    self.settings = settings
    transform = FrameTransform(size: settings.window)
    room = FrameTransform.Room(transform)
    window = Self.hann(settings.window)
    bands = MelBands(
      count: settings.mels, scale: settings.scale, window: settings.window, rate: settings.rate,
      lowest: settings.lowest, highest: settings.highest ?? Double(settings.rate) / 2)
    held = [Float](repeating: 0, count: settings.isCentred ? settings.window / 2 : 0)
  }

  /// Hann's window, periodic.
  static func hann(_ size: Int) -> [Float] {
    (0..<size).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(size))) }
  }

  /// Takes in the next stretch.
  ///
  /// - Parameters:
  ///   - numbers: at the settings' rate.
  ///   - isLast: whether nothing follows.
  /// - Returns: whole frames, `[frame][mel]`.
  func next(_ numbers: [Float], isLast: Bool) -> [Float] {
    held += numbers
    received += numbers.count
    if isLast, settings.isCentred { held += [Float](repeating: 0, count: settings.window / 2) }
    let whole = held.count < settings.window ? 0 : (held.count - settings.window) / settings.hop + 1
    // Sixteen at a time, the rest with the next stretch.
    var count = isLast ? whole : whole / FrameTransform.width * FrameTransform.width
    if isLast, settings.isCentred, received == 0 { count = 0 }
    var result = [Float](repeating: 0, count: count * settings.mels)
    for first in stride(from: 0, to: count, by: FrameTransform.width) {
      fill(&result, from: first, to: min(first + FrameTransform.width, count))
    }
    held.removeFirst(min(count * settings.hop, held.count))
    frames += count
    return result
  }

  private func fill(_ result: inout [Float], from first: Int, to end: Int) {
    held.withUnsafeBufferPointer { held in
      let frames = UnsafeMutableRawPointer(room.frames).assumingMemoryBound(to: Float.self)
      for lane in 0..<FrameTransform.width {
        let start = (min(first + lane, end - 1)) * settings.hop
        for place in 0..<settings.window {
          frames[place * FrameTransform.width + lane] = held[start + place] * window[place]
        }
      }
    }
    transform.forward(room)
    for bin in 0..<transform.bins {
      let square = room.real[bin] * room.real[bin] + room.imaginary[bin] * room.imaginary[bin]
      room.real[bin] = settings.power == 2 ? square : square.squareRoot()
    }
    let factor = 20 / Double(settings.power)
    for (band, triangle) in bands.bands.enumerated() {
      var sum = FrameTransform.Lanes()
      for (offset, weight) in triangle.weights.enumerated() {
        sum += weight * room.real[triangle.first + offset]
      }
      for lane in 0..<end - first {
        let decibels = factor * log10(max(Double(sum[lane]), settings.floor))
        result[(first + lane) * settings.mels + band] = Float((decibels - settings.level) / settings.spread)
      }
    }
  }
}

/// All frames of a recording, or of one of its channels.
public struct Spectrogram: Sendable, Equatable {
  public let mels: Int
  /// `[frame][mel]`.
  public let values: [Float]

  package init(mels: Int, values: [Float]) { (self.mels, self.values) = (mels, values) }

  public var frames: Int { values.count / mels }
}

extension Sound {
  /// The sound's spectrogram: resampled where its rate is another one, of all channels' mean or of each.
  ///
  /// - Throws: `HourglassError` (usage) for settings that do not go together, or a rate too far from theirs.
  public func spectrograms(_ settings: SpectrumSettings) throws(HourglassError) -> [Spectrogram] {
    try settings.check()
    var result: [Spectrogram] = []
    for channel in settings.channels == .mixed ? [mixed] : channels {
      var resampler = try Resampler(from: rate, to: settings.rate)
      let analyser = SpectrumAnalyser(settings)
      let values = analyser.next(resampler.next(channel), isLast: false)
      result.append(
        Spectrogram(mels: settings.mels, values: values + analyser.next(resampler.finish(), isLast: true)))
    }
    return result
  }
}

extension SoundReader {
  /// Numbers that are read at once.
  private static let blockSize = 1 << 16

  /// The spectrogram of all that is left of the recording, block by block: memory is taken for the result alone.
  ///
  /// - Throws: `HourglassError`: as `next`, and usage as `Sound.spectrograms`.
  public func spectrograms(_ settings: SpectrumSettings) throws -> [Spectrogram] {
    try settings.check()
    let heard = settings.channels == .mixed ? 1 : format.channels
    let frames = Double(count) * Double(settings.rate) / Double(format.rate) / Double(settings.hop)
    try MemoryBudget.process.admit(
      MemoryBudget.product(Int(saturating: frames), settings.mels, heard, 8), for: "A spectrogram",
      remedy: "use a shorter recording, or a longer hop")
    var resamplers: [Resampler] = []
    for _ in 0..<heard { resamplers.append(try Resampler(from: format.rate, to: settings.rate)) }
    let analysers = (0..<heard).map { _ in SpectrumAnalyser(settings) }
    var values = [[Float]](repeating: [], count: heard)
    while true {
      let block = try next(Self.blockSize)
      let isLast = block[0].isEmpty
      let stretch = Sound(trustedRate: format.rate, channels: block)
      let parts = settings.channels == .mixed ? [stretch.mixed] : block
      for channel in 0..<heard {
        let numbers = isLast ? resamplers[channel].finish() : resamplers[channel].next(parts[channel])
        values[channel] += analysers[channel].next(numbers, isLast: isLast)
      }
      if isLast { break }
    }
    return values.map { Spectrogram(mels: settings.mels, values: $0) }
  }
}
