import HourglassBase
import HourglassModels
import HourglassNN
import Testing

/// A model that is to mend samples and gives back less than it was given.
@Suite struct ShortfallTests {
  @Test func saysWhatIsLost() {
    #expect(
      Denoising(.blur(1)).shortfall(["psnr": 24.738, "psnr_shown": 25.459])
        == "The output is further from the original than the input: the model loses more than the blur did, 24.74 dB, and the "
        + "blurred input has 25.46.")
    #expect(
      Denoising(.masking(0.1)).shortfall(["psnr": 18, "psnr_shown": 20.1])?
        .hasSuffix("than the noise did, 18.00 dB, and the noisy input has 20.10.") == true)
    #expect(
      Denoising(.gaussian(0.1)).shortfall(["mse": 0.0213, "mse_shown": 0.01])?
        .hasSuffix("a mean squared error of 0.0213, and the noisy input has 0.01.") == true)
  }

  @Test func isSilentWhereNothingIsLost() {
    #expect(Denoising(.blur(1)).shortfall(["psnr": 25.5, "psnr_shown": 25.459]) == nil)
    #expect(Denoising(.gaussian(0.1)).shortfall(["mse": 0.009, "mse_shown": 0.01]) == nil)
    // Corruption without effect: there is nothing to compare with.
    #expect(Denoising(.gaussian(0)).shortfall(["psnr": 25]) == nil)
    #expect(Undercomplete().shortfall(["psnr": 5, "psnr_shown": 25]) == nil)
  }

  /// Samples that are no images have no PSNR; the error of what the model saw stands beside its own.
  @Test func vectorsToo() throws {
    let model = try Autoencoder(input: .vector(6)) {
      Encoder { Dense(1) }
      Decoder { Dense(6) }
    }
    let objective = Denoising(.gaussian(0.01))
    let trained = TrainedModel(
      model: model, objective: objective,
      parameters: try model.trainingProgram(objective).makeParameters(seed: 3),
      seed: 3)
    let data = SampleArray(
      trustedBytes: (0..<40 * 6).map { UInt8(60 + $0 * 37 % 130) }, count: 40, shape: [6])
    let metrics = try trained.evaluate(data, indices: (0..<40).map { $0 }, threads: 2).metrics
    #expect(Set(metrics.keys) == ["mse", "mse_shown"])
    // 240 draws of deviation 0.01: three deviations of their variance are 27 %.
    #expect(abs((metrics["mse_shown"] ?? 0) - 0.0001) < 0.00003)
    #expect(objective.shortfall(metrics) != nil)
  }
}
