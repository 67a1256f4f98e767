import Foundation
import HourglassBase
import HourglassDenoising
import HourglassModels
import HourglassNN
import HourglassPictures
import Testing

struct DenoisingTrialTests {
  private let photo = DenoisingModels.picture(width: 60, height: 50, channels: 1)

  /// A model that changes nothing, trained on noise of 25.5 levels.
  private func denoiser() throws -> PhotoDenoiser {
    try PhotoDenoiser(DenoisingModels.scaling(1, channels: 1), tileSize: 32, overlap: 8, threads: 1)
  }

  @Test func withoutAnOriginalNothingIsMeasured() throws {
    let trial = try DenoisingTrial(of: photo, original: nil, comparesFilters: false, by: denoiser())
    #expect(trial.metrics.isEmpty && trial.pictures == [photo, trial.mended])
    #expect(DenoisingTrial.verdict(trial.metrics) == nil)
  }

  @Test func measuresBeforeAndAfter() throws {
    let noisy = try photo.noisy(deviation: 30, seed: 1, threads: 1)
    let trial = try DenoisingTrial(of: noisy, original: photo, comparesFilters: true, by: denoiser())
    let before = try PictureQuality(of: noisy, comparedWith: photo, threads: 1)
    #expect(trial.metrics["psnr_noisy"] == before.psnr && trial.metrics["ssim_noisy"] == before.ssim)
    #expect(
      trial.metrics["psnr"] == (try PictureQuality(of: trial.mended, comparedWith: photo, threads: 1)).psnr)
    #expect(
      trial.pictures == [noisy] + trial.filtered + [trial.mended, photo] && trial.filtered.count == 2)
    let median = try #require(trial.metrics["median_side"])
    #expect(try NoiseFilter.median(Int(median))(noisy, threads: 1) == trial.filtered[0])
    // A filter does better than a model that changes nothing.
    #expect(DenoisingTrial.verdict(trial.metrics)?.contains("filter is better than the model, by ") == true)
  }

  /// A model that changes nothing, trained on blur.
  private func sharpener(_ corruption: Corruption = .blur(0.5...1.5, noise: 0.002)) throws -> PhotoDenoiser {
    let model = try Autoencoder(input: .image(channels: 1, height: 8, width: 8), isResidual: true) {
      Encoder { Conv2D(1, kernel: 3) }
      Decoder { Conv2D(1, kernel: 3, initializer: .zeros) }
    }
    return try PhotoDenoiser(
      DenoisingModels.trained(model, objective: .denoising(corruption)), tileSize: 32, overlap: 8, threads: 1)
  }

  @Test func measuresSharpeningBesideSimpleFilters() throws {
    let blurred = try photo.blurred(deviation: 1, threads: 1)
    let denoiser = try sharpener()
    #expect(denoiser.damage == .blur && denoiser.trainedBlur == 0.5...1.5)
    let trial = try DenoisingTrial(
      of: blurred, damage: .blur, blur: 1, original: photo, comparesFilters: true, by: denoiser)
    let names = ["", "_blurred", "_unsharp", "_richardson_lucy"]
    #expect(
      Set(trial.metrics.keys)
        == Set(names.flatMap { ["psnr\($0)", "ssim\($0)"] }).union([
          "unsharp_deviation", "unsharp_amount", "richardson_lucy_deviation", "richardson_lucy_iterations",
        ]))
    let before = try PictureQuality(of: blurred, comparedWith: photo, threads: 1).psnr
    #expect(trial.metrics["psnr_blurred"] == before && trial.metrics["richardson_lucy_deviation"] == 1)
    for name in ["unsharp", "richardson_lucy"] {
      #expect((trial.metrics["psnr_\(name)"] ?? 0) > before + 0.5)
    }
    #expect(trial.filtered.count == 2 && trial.pictures.count == 5)
    let verdict = DenoisingTrial.verdict(trial.metrics, .blur)
    #expect(verdict?.contains(" is better than the model, by ") == true, "\(verdict ?? "")")
    // Where nobody knows the blur, the one that does best is taken.
    let unknown = try DenoisingTrial(
      of: blurred, damage: .blur, original: photo, comparesFilters: true, by: denoiser)
    #expect((unknown.metrics["psnr_richardson_lucy"] ?? 0) >= (trial.metrics["psnr_richardson_lucy"] ?? 100))
  }

  /// A trial's blur is that of training: a white pixel in the corner gives the middle of its neighbours no mirror image.
  @Test func blursAsTrainingDoes() throws {
    var bytes = [UInt8](repeating: 0, count: 81)
    bytes[0] = 255
    let corner = Picture(width: 9, height: 9, channels: 1, trusted: bytes)
    let blurred = try corner.blurred(deviation: 1)
    // By the mirror at the outermost pixel the corner stands once, exp(0), and its neighbour at exp(-1/2).
    let weights = (-4...4).map { exp(-Double($0 * $0) / 2) }
    let centre = 1 / weights.reduce(0, +)
    #expect(blurred.bytes[0] == UInt8((255 * centre * centre).rounded()))
    #expect(blurred.bytes[1] == UInt8((255 * centre * centre * exp(-0.5)).rounded()))
    for deviation in [0, 0.05, 21, .nan] {
      #expect(throws: HourglassError.self) { try corner.blurred(deviation: deviation) }
    }
    #expect(try photo.blurred(deviation: 1.3, threads: 1) == photo.blurred(deviation: 1.3, threads: 3))
  }

  @Test func tellsOtherBlurAndNoiseBesideIt() throws {
    let denoiser = try sharpener()
    #expect(denoiser.mismatch(blur: 1) == nil)
    #expect(
      denoiser.mismatch(blur: 3)
        == "The blur has a deviation of 3 pixels, but the model was trained on 0.5 to 1.5")
    #expect(try sharpener(.blur(1)).mismatch(blur: 3)?.hasSuffix("trained on 1") == true)
    #expect(try self.denoiser().mismatch(blur: 1) == "The model was trained on noise, not on blur")
    #expect(denoiser.mismatch(noise: 1.5) == nil && denoiser.mismatch(noise: 0) == nil)
    // 1.2 x 36 / 255 is 0.169.
    #expect(denoiser.setting(noise: 36) == "objective.denoising.corruption.blur.noise=[0.001,0.17]")
    #expect(denoiser.setting(noise: 3) == "objective.denoising.corruption.blur.noise=[0.001,0.02]")
    #expect(
      denoiser.mismatch(noise: 8)?.hasPrefix("It has noise of about 8 levels of 255 by estimate") == true)
  }

  @Test func refusesAnOriginalOfAnotherSize() throws {
    let other = DenoisingModels.picture(width: 61, height: 50, channels: 1)
    let error = #expect(throws: HourglassError.self) {
      try DenoisingTrial(of: photo, original: other, comparesFilters: false, by: denoiser())
    }
    #expect(error?.code == .usage)
  }

  @Test func verdicts() {
    #expect(
      DenoisingTrial.verdict(["psnr": 30, "psnr_noisy": 20, "psnr_median": 27.25, "psnr_gaussian": 26])
        == "The model is best, 2.75 dB over the median filter.")
    #expect(
      DenoisingTrial.verdict(["psnr": 19, "psnr_noisy": 20.5])
        == "Here leaving it as it is is better than the model, by 1.50 dB.")
    let blurred = ["psnr": 34.5, "psnr_blurred": 29, "psnr_unsharp": 33, "psnr_richardson_lucy": 34.0]
    #expect(
      DenoisingTrial.verdict(blurred, .blur) == "The model is best, 0.50 dB over Richardson-Lucy.")
    #expect(DenoisingTrial.verdict(blurred) == nil)
    #expect(DenoisingTrial.means([["psnr": 20, "ssim": 0.5], ["psnr": 30]]) == ["psnr": 25, "ssim": 0.5])
  }

  @Test func tellsOtherNoise() throws {
    let denoiser = try denoiser()
    #expect(denoiser.mismatch(noise: 20) == nil && denoiser.mismatch(noise: 38) == nil)
    #expect(
      denoiser.mismatch(noise: 5)?.hasSuffix(
        "levels of 255 by estimate, but the model was trained on 26 and takes detail for noise")
        == true, "\(denoiser.mismatch(noise: 5) ?? "")")
    #expect(denoiser.mismatch(noise: 60)?.hasSuffix("and leaves some") == true)
    // 1.2 x 60 / 255 is 0.282, 0.8 x 5 / 255 is 0.0157.
    #expect(denoiser.setting(noise: 60) == "objective.denoising.corruption.gaussian=[0.02,0.29]")
    #expect(denoiser.setting(noise: 5) == "objective.denoising.corruption.gaussian=[0.015,0.2]")
  }

  @Test func figureShowsTheMiddle() throws {
    var figure = DenoisingFigure(comparesFilters: false, hasOriginal: true)
    #expect(figure.isEmpty)
    let large = DenoisingModels.picture(width: 300, height: 200, channels: 1)
    figure.add([large, large, large])
    let one = try figure.drawn()
    #expect(!figure.isEmpty && one.width >= 3 * 160 && one.height >= 160 && one.height < 2 * 160)
    for _ in 0..<20 { figure.add([large, large, large]) }
    // Eight rows at most.
    let all = try figure.drawn()
    #expect(all.width == one.width && all.height >= 8 * 160 && all.height < 9 * 160 + one.height)
  }
}
