import HourglassModels
import HourglassRuns
import HourglassTestSupport
import Testing

/// Objectives and corruptions as recipes write them.
@Suite struct ObjectiveSettingsTests {
  @Test func mistakesInObjectivesAreExplained() throws {
    func read(_ text: String) throws {
      guard case .map(let settings) = try YAML.parse("objective: \(text)", source: "test") else { return }
      _ = try ObjectiveCatalogue.objective(settings[0].value, path: "objective")
    }
    for (text, words) in [
      ("{sparse-l1: {}}", ["lambda"]), ("{sparse-l1: {lambda: -1}}", ["lambda", "-1"]),
      ("{sparse-kl: {lambda: 1, rho: 1.5}}", ["rho", "1.5"]), ("{sparce-l1: {lambda: 1}}", ["sparse-l1"]),
      ("{contractive: {lambda: 1, norm: some}}", ["norm", "some"]),
      ("{contractive: {lambda: 1, norm: {projections: 0}}}", ["projections", "0"]),
      ("{denoising: {corruption: {gausian: 1}}}", ["gausian", "gaussian"]),
      ("{denoising: {corruption: {gaussian: 1, masking: 1}}}", ["gaussian and masking"]),
      ("{denoising: {corruption: {masking: 2}}}", ["masking", "2"]), ("{denoising: {}}", ["no corruption"]),
      ("{denoising: {corruption: {masking: 0.1, redraw: nevr}}}", ["nevr", "never"]),
      ("{rate-distortion: {}}", ["rate_weight"]),
      ("{rate-distortion: {rate_weight: -1}}", ["rate_weight", "-1"]),
      ("{vae: {likelihood: poisson}}", ["likelihood", "poisson"]), ("{vae: {beta: -2}}", ["beta", "-2"]),
    ] {
      expectSentence(words, .usage) { try read(text) }
    }
  }

  @Test func gaussianNoiseIsTheSameAfterWritingAndReading() throws {
    for text in [
      "{gaussian: [0.02, 0.2]}", "{gaussian: 0.1, keep_grey: true}",
      "{gaussian: [0, 0.5], redraw: never, keep_grey: true}",
    ] {
      let one = try recipe(smallRecipe.with("{gaussian: 0.2}", text))
      #expect(try recipe(YAML.text(one.value)).value == one.value)
    }
  }

  /// The small recipe with images, which alone can be blurred.
  private func blurring(_ corruption: String) throws -> Recipe {
    try recipe(smallRecipe.with("{gaussian: 0.2}", corruption))
  }

  @Test func blurIsTheSameAfterWritingAndReading() throws {
    for text in [
      "{blur: 1}", "{blur: [0.5, 2]}", "{blur: {deviation: [0.5, 2], noise: 0.002}, keep_grey: true}",
      "{blur: {deviation: 0.7, noise: [0, 0.01]}, redraw: never}",
    ] {
      let one = try blurring(text)
      #expect(try recipe(YAML.text(one.value)).value == one.value)
    }
    let process = try blurring("{blur: {deviation: [0.5, 2], noise: [0, 0.01]}}").objective.traits.corruption?
      .process
    #expect(process?.blurDeviations == 0.5...2 && process?.normalNoise == 0...0.01)
    #expect(try blurring("{blur: 1}").objective.traits.corruption?.process.normalNoise == nil)
  }

  @Test func mistakesInBlursAreExplained() {
    for (text, words) in [
      ("{blur: [2, 1]}", ["blur is [2, 1]", "the smaller first"]), ("{blur: [0.5]}", ["blur is [0.5]"]),
      ("{blur: 0}", ["blur is 0", "from 0.05 to 100"]),
      ("{blur: [1, 20]}", ["blur is [1, 20]", "from 0.05 to 10"]),
      ("{blur: {noise: 0.1}}", ["deviation"]), ("{blur: {deviation: 1, noise: 2}}", ["noise is 2"]),
      ("{blur: {deviation: 1, nois: 0.1}}", ["nois", "noise"]),
    ] {
      expectSentence(words, .usage) { _ = try blurring(text) }
    }
  }

  @Test func mistakesInGaussianNoiseAreExplained() {
    for (text, words) in [
      ("{gaussian: [0.2, 0.1]}", ["gaussian is [0.2, 0.1]", "the smaller first"]),
      ("{gaussian: [0.2]}", ["gaussian is [0.2]"]), ("{gaussian: [-1, 1]}", ["gaussian is [-1, 1]"]),
      ("{gaussian: [a, b]}", ["gaussian is"]), ("{masking: 0.1, keep_grey: true}", ["keep_grey", "masking"]),
      ("{gaussian: 0.1, keep_grey: 3}", ["keep_grey is 3"]),
    ] {
      expectSentence(words, .usage) { _ = try recipe(smallRecipe.with("{gaussian: 0.2}", text)) }
    }
  }
}
