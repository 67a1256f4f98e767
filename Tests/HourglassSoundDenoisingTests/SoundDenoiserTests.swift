import Foundation
import HourglassBase
import HourglassModels
import HourglassNN
import HourglassSound
import HourglassSoundDenoising
import HourglassTestSupport
import Testing

/// Recordings without their noise.
struct SoundDenoiserTests {
  private let scratch = ScratchFolder()

  private static let settings: MaskSettings = {
    var settings = MaskSettings()
    (settings.window, settings.hop, settings.frames) = (256, 128, 1)
    return settings
  }()

  /// A model whose mask is the same everywhere.
  private func model(mask: Float) throws -> TrainedModel {
    let count = Self.settings.count
    let model = try Autoencoder(inputShape: [count], encoder: [Dense(2)], decoder: [Dense(count)])
    let parameters = try model.trainingProgram(.undercomplete()).makeParameters(seed: 1)
    for entry in parameters.entries {
      let value: Float = entry.name == "decoder.0.bias" ? mask : 0
      parameters.write(entry.name, [Float](repeating: value, count: entry.shape.count))
    }
    return TrainedModel(model: model, objective: .undercomplete(), parameters: parameters, seed: 1)
  }

  private func tones(_ rate: Int, seconds: Double, channels: Int = 1) throws -> Sound {
    try Sound(
      rate: rate,
      channels: (1...channels).map { channel in
        (0..<Int(seconds * Double(rate))).map {
          Float(0.2 * sin(2 * .pi * 300 * Double(channel) * Double($0) / Double(rate)))
        }
      })
  }

  @Test(arguments: [(16_000, 0.01), (16_000, 11), (16_000, 31.7), (44_100, 12.3), (8000, 23), (11_025, 10.5)])
  func aMaskOfOneLeavesTheSound(rate: Int, seconds: Double) throws {
    let denoiser = try SoundDenoiser(model(mask: 1), Self.settings)
    let sound = try tones(rate, seconds: seconds, channels: 2)
    let result = try denoiser.denoise(sound)
    #expect(result.rate == rate && result.channels.count == 2 && result.count == sound.count)
    // Ends of stretches ring where rates differ; what fades in hides it, but for the sound's own ends.
    let margin = rate == 16_000 ? 0 : min(rate / 50, sound.count / 2)
    for (channel, expected) in zip(result.channels, sound.channels) {
      let worst = (margin..<sound.count - margin).map { abs(channel[$0] - expected[$0]) }.max() ?? 0
      #expect(worst < (rate == 16_000 ? 1e-5 : 4e-3))
    }
  }

  @Test func aMaskOfNoughtSilences() throws {
    let denoiser = try SoundDenoiser(model(mask: -3), Self.settings)
    #expect(try denoiser.denoise(tones(16_000, seconds: 2)).channels[0].allSatisfy { $0 == 0 })
  }

  @Test func filesAreDoneAsSoundsInMemory() throws {
    let denoiser = try SoundDenoiser(model(mask: 0.5), Self.settings)
    let sound = try tones(22_050, seconds: 25, channels: 3)
    try sound.write(to: "\(scratch.path)/a.wav", encoding: .float)
    var told = 0
    let seconds = try denoiser.denoise(
      from: "\(scratch.path)/a.wav", to: "\(scratch.path)/b.wav", encoding: .float
    ) { told = $0.done }
    #expect(seconds == 25 && told == 25)
    let (written, expected) = (try Sound.read(path: "\(scratch.path)/b.wav"), try denoiser.denoise(sound))
    for (channel, other) in zip(written.channels, expected.channels) {
      #expect(zip(channel, other).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  @Test func silenceAndNothingStayWhatTheyAre() throws {
    let denoiser = try SoundDenoiser(model(mask: 1), Self.settings)
    let silence = try Sound(rate: 48_000, channels: [[Float](repeating: 0, count: 60_000)])
    #expect(try denoiser.denoise(silence).channels[0].allSatisfy { $0 == 0 })
    #expect(try denoiser.denoise(Sound(rate: 48_000, channels: [[]])).count == 0)
  }

  @Test func otherModelsAreRefused() throws {
    let model = try model(mask: 1)
    #expect(thrownError { _ = try SoundDenoiser(model, MaskSettings()) }.says("takes (387)", "sound-denoise"))
  }

  // MARK: - Measures

  @Test func ratiosAreThoseOfTheirFormulas() throws {
    let clean = Signals.count.map { Float(sin(Double($0) / 7)) }
    // Noise of a hundredth of the power that has nothing of the signal: 20 dB, however loud the sum.
    let noise = Signals.count.map { Float(0.1 * cos(Double($0) / 7)) }
    let noisy = zip(clean, noise).map { 3 * ($0 + $1) }
    let ratio = try #require(VoiceQuality.signalToDistortion(noisy, clean: clean))
    #expect(abs(ratio - 20) < 0.1)
    let segmental = try #require(
      VoiceQuality.segmentalRatio(noisy.map { $0 / 3 }, clean: clean, rate: 16_000))
    #expect(abs(segmental - 20) < 0.2)
    #expect(VoiceQuality.segmentalRatio(clean, clean: clean, rate: 16_000) == 35)
    #expect(VoiceQuality.signalToDistortion([0], clean: [0]) == nil)
    #expect(VoiceQuality.segmentalRatio([1], clean: [1, 2], rate: 16_000) == nil)
  }

  private enum Signals { static let count = 0..<16_000 }
}
