import Foundation
import HourglassBase
import HourglassDenoising
import Testing

struct DenoisingTrialTests {
  private let photo = DenoisingModels.picture(width: 60, height: 50, channels: 1)

  /// A model that changes nothing, trained on noise of 25.5 levels.
  private func denoiser() throws -> PhotoDenoiser {
    try PhotoDenoiser(DenoisingModels.scaling(1, channels: 1), tileSize: 32, overlap: 8, threads: 1)
  }

  @Test func withoutAnOriginalNothingIsMeasured() throws {
    let trial = try DenoisingTrial(of: photo, original: nil, comparesFilters: false, by: denoiser())
    #expect(trial.metrics.isEmpty && trial.pictures == [photo, trial.denoised])
    #expect(DenoisingTrial.verdict(trial.metrics) == nil)
  }

  @Test func measuresBeforeAndAfter() throws {
    let noisy = try photo.noisy(deviation: 30, seed: 1, threads: 1)
    let trial = try DenoisingTrial(of: noisy, original: photo, comparesFilters: true, by: denoiser())
    let before = try PictureQuality(of: noisy, comparedWith: photo, threads: 1)
    #expect(trial.metrics["psnr_noisy"] == before.psnr && trial.metrics["ssim_noisy"] == before.ssim)
    #expect(
      trial.metrics["psnr"] == (try PictureQuality(of: trial.denoised, comparedWith: photo, threads: 1)).psnr)
    #expect(
      trial.pictures == [noisy] + trial.filtered + [trial.denoised, photo] && trial.filtered.count == 2)
    let median = try #require(trial.metrics["median_side"])
    #expect(try NoiseFilter.median(Int(median))(noisy, threads: 1) == trial.filtered[0])
    // A filter does better than a model that changes nothing.
    #expect(DenoisingTrial.verdict(trial.metrics)?.contains("filter is better than the model, by ") == true)
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
