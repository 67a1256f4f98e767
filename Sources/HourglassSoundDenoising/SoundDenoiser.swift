import HourglassBase
import HourglassFiles
import HourglassModels
import HourglassSound

/// Takes noise away from recordings of any length, rate and number of channels: a model says how much of each frequency is the voice,
/// and the rest is taken out.
///
/// A recording is worked on in stretches of some seconds that fade into one another, so that memory does not depend on its length. All
/// channels get the mask of their mean, which leaves voices where they are. What lies above half the model's rate is lost.
public final class SoundDenoiser {
  /// Seconds of a stretch, and those in which two fade into one another.
  private static let stretch = 10
  private static let fade = 1
  /// Frames that the model is shown at once.
  private static let atOnce = 64

  private let settings: MaskSettings
  private let predictor: Predictor

  /// - Parameters:
  ///   - settings: how the model was trained.
  ///   - threads: workers.
  /// - Throws: `HourglassError`: usage when the model takes other samples than the settings make.
  public init(_ model: TrainedModel, _ settings: MaskSettings, threads: Int = 2) throws {
    try settings.check(path: "data.mixture")
    guard model.model.inputShape == [settings.count] else {
      throw HourglassError(
        .usage,
        "The model takes \(model.model.inputShape), but frames of sound with their mask are \(Shape([settings.count])); give the run of a model "
          + "that was trained on mixtures of voices and noise, such as sound-denoise")
    }
    self.settings = settings
    predictor = try model.predictor(threads: threads)
  }

  /// How much of each frequency of a spectrogram is the voice, `[frame][bin]`.
  ///
  /// - Parameter spectrogram: of a sound that is as loud as `MaskSettings.level`.
  package func mask(_ spectrogram: ComplexSpectrogram) throws -> [Float] {
    let (size, bins) = (settings.count, settings.bins)
    let shown = settings.shown(spectrogram)
    var samples = [Float](repeating: 0, count: Self.atOnce * size)
    var found = samples
    var mask = [Float](repeating: 0, count: spectrogram.frames * bins)
    for start in stride(from: 0, to: spectrogram.frames, by: Self.atOnce) {
      let count = min(Self.atOnce, spectrogram.frames - start)
      samples.withUnsafeMutableBufferPointer { samples in
        guard let memory = samples.baseAddress else { return }
        for frame in 0..<count { settings.write(shown, frame: start + frame, to: memory + frame * size) }
      }
      try samples.withUnsafeBufferPointer { samples in
        try found.withUnsafeMutableBufferPointer { found in
          try predictor.reconstruct(
            .init(rebasing: samples[..<(count * size)]), into: .init(rebasing: found[..<(count * size)]))
        }
      }
      for frame in 0..<count {
        for bin in 0..<bins {
          mask[(start + frame) * bins + bin] = min(max(found[frame * size + settings.shownCount + bin], 0), 1)
        }
      }
    }
    return mask
  }

  /// A stretch of sound without its noise.
  ///
  /// - Parameter gain: brings the recording to the level that the model knows.
  private func clean(_ sound: Sound, gain: Float) throws -> [[Float]] {
    let count = sound.count
    let low = try sound.resampled(to: settings.rate)
    func spectrogram(_ numbers: [Float]) -> ComplexSpectrogram {
      ComplexSpectrogram(numbers.map { $0 * gain }, window: settings.window, hop: settings.hop)
    }
    let mask = try mask(spectrogram(low.mixed))
    return try low.channels.map { channel in
      var spectrogram = spectrogram(channel)
      for place in mask.indices {
        spectrogram.real[place] *= mask[place]
        spectrogram.imaginary[place] *= mask[place]
      }
      let numbers = spectrogram.sound(count: channel.count).map { $0 / gain }
      let back = try Resampler.resample(numbers, from: settings.rate, to: sound.rate)
      return Array((back + [Float](repeating: 0, count: max(count - back.count, 0))).prefix(count))
    }
  }

  /// A sound without its noise, in memory.
  ///
  /// - Throws: `HourglassError`: usage for a rate too far from the model's.
  public func denoise(_ sound: Sound) throws -> Sound {
    var cleaned = [[Float]](repeating: [], count: sound.channels.count)
    var place = 0
    try denoise(
      rate: sound.rate, gain: gain(level: Self.level([sound.mixed])),
      next: { count in
        let end = min(place + count, sound.count)
        defer { place = end }
        return sound.channels.map { Array($0[place..<end]) }
      },
      take: { block in for channel in block.indices { cleaned[channel] += block[channel] } })
    return try Sound(rate: sound.rate, channels: cleaned)
  }

  /// Reads a recording and writes it without its noise, whole or not at all.
  ///
  /// - Parameters:
  ///   - input: WAV, FLAC or OGG.
  ///   - output: ends in .wav or .flac.
  ///   - progress: told of seconds of sound; what it throws ends the work.
  /// - Returns: the recording's length in seconds.
  /// - Throws: as `SoundReader` and `SoundWriter.write`.
  @discardableResult
  public func denoise(
    from input: String, to output: String, encoding: SoundEncoding = .whole16,
    progress: WorkProgress.Report = { _ in }
  ) throws -> Double {
    // The level is that of all of it, so it is read twice.
    var (squares, count) = (0.0, 0)
    let first = try SoundReader(path: input)
    while true {
      let block = try first.next(1 << 16)
      if block[0].isEmpty { break }
      for number in try Sound(rate: first.format.rate, channels: block).mixed {
        squares += Double(number) * Double(number)
      }
      count += block[0].count
    }
    let gain = gain(level: Float((squares / Double(max(count, 1))).squareRoot()))
    let reader = try SoundReader(path: input)
    let (rate, seconds) = (reader.format.rate, Double(count) / Double(reader.format.rate))
    var done = 0
    try SoundWriter.write(to: output, reader.format, encoding: encoding) { writer in
      try denoise(
        rate: rate, gain: gain,
        next: { wanted in
          var channels = [[Float]](repeating: [], count: reader.format.channels)
          while channels[0].count < wanted {
            let block = try reader.next(min(wanted - channels[0].count, 1 << 16))
            if block[0].isEmpty { break }
            for channel in channels.indices { channels[channel] += block[channel] }
          }
          return channels
        },
        take: { block in
          try writer.write(block)
          done += block[0].count
          try progress(WorkProgress("denoising", done: done / rate, of: Int(seconds), "seconds"))
        })
    }
    return seconds
  }

  private static func level(_ channels: [[Float]]) -> Float {
    let squares = channels[0].reduce(0.0) { $0 + Double($1) * Double($1) }
    return Float((squares / Double(max(channels[0].count, 1))).squareRoot())
  }

  /// Silence is not raised.
  private func gain(level: Float) -> Float { level > 1e-7 ? MaskSettings.level / level : 1 }

  /// - Parameters:
  ///   - next: so many numbers of each channel, fewer at the end.
  ///   - take: what is done, in order.
  private func denoise(
    rate: Int, gain: Float, next: (Int) throws -> [[Float]], take: ([[Float]]) throws -> Void
  ) throws {
    // Whole seconds, so that the moments of both rates coincide at the beginning of every stretch.
    let (long, short) = (Self.stretch * rate, Self.fade * rate)
    var held = try next(long + short)
    // The cleaned end of the stretch before, that fades out.
    var ending: [[Float]]?
    while !held[0].isEmpty {
      let isLast = held[0].count < long + short
      var cleaned = try clean(Sound(rate: rate, channels: held), gain: gain)
      if let ending {
        for channel in cleaned.indices {
          for place in 0..<min(short, cleaned[channel].count) {
            let share = (Float(place) + 0.5) / Float(short)
            cleaned[channel][place] = share * cleaned[channel][place] + (1 - share) * ending[channel][place]
          }
        }
      }
      if isLast { return try take(cleaned) }
      try take(cleaned.map { Array($0[..<long]) })
      ending = cleaned.map { Array($0[long...]) }
      let more = try next(long)
      held = held.indices.map { Array(held[$0][long...]) + more[$0] }
    }
  }
}
