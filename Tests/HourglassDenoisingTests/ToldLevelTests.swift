import Foundation
import HourglassBase
import HourglassDenoising
import HourglassModels
import HourglassNN
import HourglassPictures
import HourglassTestSupport
import Testing

/// Models that are told how strongly a photo is spoilt.
struct ToldLevelTests {
  /// Gives back what it is told, whatever it sees.
  private func echo(_ corruption: Corruption, level: Double?) throws -> TrainedModel {
    let trained = try DenoisingModels.trained(
      Autoencoder(input: .image(channels: 1, height: 8, width: 8), level: level) {
        Encoder { Conv2D(1, kernel: 1, bias: false) }
        Decoder { ActivationLayer(.linear) }
      }, objective: .denoising(corruption))
    if level != nil { trained.parameters.write("encoder.0.weight", [0, 1]) }
    return trained
  }

  private let photo = DenoisingModels.picture(width: 50, height: 40, channels: 1)

  @Test func aPhotoIsMendedAtTheLevelThatIsSaid() throws {
    let blurred = try PhotoDenoiser(echo(.blur(0.1...0.8), level: 0.6), tileSize: 32, overlap: 8, threads: 2)
    #expect(blurred.usualLevel == 0.6 && blurred.levels == 0.1...0.8)
    #expect(try blurred.denoise(photo).bytes.allSatisfy { $0 == 153 })
    #expect(try blurred.denoise(photo, level: 0.2).bytes.allSatisfy { $0 == 51 })
    let trial = try DenoisingTrial(
      of: photo, damage: .blur, level: 0.4, original: nil, comparesFilters: false, by: blurred)
    #expect(trial.mended.bytes.allSatisfy { $0 == 102 })
    // Of noise, in levels of 255.
    let noisy = try PhotoDenoiser(echo(.gaussian(0...0.4), level: 0.2), tileSize: 32, overlap: 8)
    #expect(noisy.usualLevel == 51 && noisy.levels == 0...102)
    #expect(try noisy.denoise(photo, level: 30).bytes.allSatisfy { $0 == 30 })
  }

  @Test func otherLevelsAreRefused() throws {
    let blurred = try PhotoDenoiser(echo(.blur(0.1...0.8), level: 0.6))
    for level in [0.05, 0.9, .nan] {
      expectSentence(["The level is", "trained on 0.1 to 0.8 pixels", "wider range"], .usage) {
        _ = try blurred.denoise(photo, level: level)
      }
    }
    let untold = try PhotoDenoiser(echo(.blur(0.1...0.8), level: nil))
    #expect(untold.usualLevel == nil && untold.levels == nil)
    expectSentence(["not told how strongly", "a level of 0.5", "model.level"], .usage) {
      _ = try untold.denoise(photo, level: 0.5)
    }
  }

  /// Grey samples whose noise has the deviation that the model gives back.
  @Test func inTrainingTheEncoderIsToldWhatWasDrawn() throws {
    let model = try Autoencoder(input: .image(channels: 1, height: 40, width: 40), level: 0.05) {
      Encoder { Conv2D(1, kernel: 1, bias: false) }
      Decoder { ActivationLayer(.linear) }
    }
    let trained = try DenoisingModels.trained(model, objective: .denoising(.gaussian(0.02...0.1)))
    trained.parameters.write("encoder.0.weight", [0, 1])
    let grey = SampleArray(
      trustedFloats: Array(repeating: 0.5, count: 30 * 1600), count: 30, shape: [1, 40, 40])
    let pass = try trained.pass(over: grey)
    let told = (0..<30).map { pass.reconstruction.sample($0)[0] }
    #expect(Set(told).count == 30 && told.allSatisfy { 0.02...0.1 ~= $0 })
    for (sample, level) in told.enumerated() {
      let shown = pass.shown.sample(sample)
      let variance = shown.map { Double(($0 - 0.5) * ($0 - 0.5)) }.reduce(0, +) / 1600
      // Five deviations of an estimate from 1,600 draws.
      #expect(abs(variance.squareRoot() / Double(level) - 1) < 0.09)
      #expect(pass.reconstruction.sample(sample).allSatisfy { $0 == level })
    }
    // One deviation for all is told as it is, and a finished model's code is of the usual one.
    let fixed = TrainedModel(
      model: model, objective: .denoising(.gaussian(0.05)), parameters: trained.parameters, seed: 1)
    #expect(try fixed.pass(over: grey).reconstruction.floats.allSatisfy { $0 == 0.05 })
    #expect(try trained.encode(grey).floats.allSatisfy { $0 == 0.05 })
    #expect(try trained.predictor().reconstruct(grey.floats).allSatisfy { $0 == 0.05 })
  }

  @Test func aSampleBlurredByWhatIsTold() throws {
    let model = try Autoencoder(input: .image(channels: 1, height: 1, width: 41), level: 1) {
      Encoder { Conv2D(1, kernel: 1, bias: false) }
      Decoder { ActivationLayer(.linear) }
    }
    let trained = try DenoisingModels.trained(model, objective: .denoising(.blur(0.5...1.5)))
    trained.parameters.write("encoder.0.weight", [0, 1])
    let point = (0..<41).map { $0 == 20 ? Float(1) : 0 }
    let pass = try trained.pass(
      over: SampleArray(trustedFloats: (0..<9).flatMap { _ in point }, count: 9, shape: [1, 1, 41]))
    for sample in 0..<9 {
      let (shown, level) = (pass.shown.sample(sample), Double(pass.reconstruction.sample(sample)[0]))
      // A point becomes the Gaussian itself.
      #expect(abs(Double(shown[21] / shown[20]) - exp(-0.5 / (level * level))) < 1e-4)
    }
  }

  @Test func modelsWithALevelAreWrittenAndRead() throws {
    try withScratchFolder { folder in
      let model = try echo(.blur(0.1...0.8), level: 0.6)
      try model.write(to: "\(folder)/m.safetensors")
      let read = try TrainedModel.read(path: "\(folder)/m.safetensors")
      #expect(read.model.level == 0.6 && read.weightsDigest == model.weightsDigest)
      #expect(
        try read.model.summary().hasSuffix(
          "The encoder is told how strong the corruption is, in a channel more; 0.6 where nobody says it."))
      #expect(try PhotoDenoiser(read).denoise(photo).bytes.allSatisfy { $0 == 153 })
    }
  }

  @Test func onlyWhatDrawsADeviationCanBeTold() throws {
    expectSentence(["model.level", "masking has none"], .usage) {
      _ = try echo(.masking(0.3), level: 0.6)
    }
    expectSentence(["model.level is 0.9", "from 0.1 to 0.8"], .usage) {
      _ = try echo(.blur(0.1...0.8), level: 0.9)
    }
    expectSentence(["model.level", "undercomplete corrupts none"], .usage) {
      _ = try echo(.blur(1), level: 1).model.trainingProgram(.undercomplete())
    }
    expectSentence(["level is -1.0", "0 to 100"], .usage) { _ = try echo(.blur(1), level: -1) }
  }
}
