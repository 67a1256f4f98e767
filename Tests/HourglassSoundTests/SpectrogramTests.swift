import HourglassBase
import HourglassSound
import HourglassTestSupport
import Testing

/// Mel bands in decibels.
struct SpectrogramTests {
  private func settings(_ reference: SpectrogramReference) -> SpectrumSettings {
    var settings = SpectrumSettings()
    (settings.scale, settings.power, settings.isCentred) = (
      reference.scale, reference.power, reference.centred
    )
    (settings.window, settings.hop, settings.mels) = (reference.window, reference.hop, reference.mels)
    return settings
  }

  @Test(arguments: spectrogramReferences.indices) func areThoseOfLibrosa(_ index: Int) throws {
    let reference = spectrogramReferences[index]
    let sound = try Sound(rate: 16_000, channels: [Signals.mixed])
    let spectrogram = try sound.spectrograms(settings(reference))[0]
    #expect(spectrogram.frames == reference.frames)
    let chosen = [0, 3, spectrogram.frames - 1].flatMap { frame in
      stride(from: 0, to: reference.mels, by: 7).map { spectrogram.values[frame * reference.mels + $0] }
    }
    #expect(chosen.count == reference.values.count)
    for (value, expected) in zip(chosen, reference.values) { #expect(abs(value - expected) <= 1e-4) }
  }

  @Test(arguments: spectrogramReferences.indices) func blocksGiveWhatTheWholeGives(_ index: Int) throws {
    let settings = settings(spectrogramReferences[index])
    // Longer than a block, and at another rate.
    let numbers = (0..<20).flatMap { _ in Signals.mixed }
    let sound = try Sound(rate: 22_050, channels: [numbers, numbers.reversed()])
    let scratch = ScratchFolder()
    try sound.write(to: "\(scratch.path)/a.wav", encoding: .float)
    #expect(
      try SoundReader(path: "\(scratch.path)/a.wav").spectrograms(settings) == sound.spectrograms(settings))
  }

  @Test func channelsAreMixedOrHeardByThemselves() throws {
    let (left, right) = (Signals.mixed, [Float](repeating: 0, count: 9000))
    let sound = try Sound(rate: 16_000, channels: [left, right])
    var settings = SpectrumSettings()
    settings.channels = .each
    let each = try sound.spectrograms(settings)
    #expect(each.count == 2)
    #expect(each[0] == (try Sound(rate: 16_000, channels: [left]).spectrograms(settings)[0]))
    // Half the amplitude is 6.02 dB less.
    settings.channels = .mixed
    let mixed = try sound.spectrograms(settings)
    #expect(mixed.count == 1)
    for (half, whole) in zip(mixed[0].values, each[0].values) { #expect(abs(whole - half - 6.0206) < 1e-3) }
  }

  @Test func silenceIsTheFloorAndNothingGivesNoFrame() throws {
    var settings = SpectrumSettings()
    let silence = try Sound(rate: 16_000, channels: [[Float](repeating: 0, count: 4000)])
    #expect(try silence.spectrograms(settings)[0].values.allSatisfy { $0 == -100 })
    let nothing = try Sound(rate: 16_000, channels: [[]])
    #expect(try nothing.spectrograms(settings)[0].frames == 0)
    // Less than a window.
    settings.isCentred = false
    let click = try Sound(rate: 16_000, channels: [[1, 0, 0]])
    #expect(try click.spectrograms(settings)[0].frames == 0)
  }

  @Test func levelAndSpreadScale() throws {
    let sound = try Sound(rate: 16_000, channels: [Signals.mixed])
    var settings = SpectrumSettings()
    let decibels = try sound.spectrograms(settings)[0].values
    (settings.level, settings.spread) = (-40, 20)
    for (value, plain) in zip(try sound.spectrograms(settings)[0].values, decibels) {
      #expect(abs(value - (plain + 40) / 20) < 1e-5)
    }
  }

  @Test func settingsThatDoNotGoTogetherAreRefused() throws {
    let sound = try Sound(rate: 16_000, channels: [Signals.mixed])
    func refusal(_ change: (inout SpectrumSettings) -> Void) -> HourglassError {
      var settings = SpectrumSettings()
      change(&settings)
      return thrownError { _ = try sound.spectrograms(settings) }
    }
    #expect(refusal { $0.window = 1000 }.says("a window of 1000", "powers of two"))
    #expect(refusal { $0.hop = 2048 }.says("a hop of 2048", "its window of 1024"))
    #expect(refusal { $0.highest = 9000 }.says("to 9000 Hz", "8000 Hz, at most"))
    #expect(refusal { ($0.lowest, $0.highest) = (500, 400) }.says("from 500 to 400 Hz"))
  }
}
