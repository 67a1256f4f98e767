import Foundation
import HourglassBase
import HourglassDrawing
import HourglassModels
import HourglassNN
import HourglassReports
import HourglassRuns

/// A small run that was never trained, for reports.
enum ReportFixture {
  /// A denoising recipe for grey images of 12 x 12.
  static func recipe(_ overrides: [String] = []) throws -> Recipe {
    var value = try YAML.parse(
      """
      name: small-denoise
      summary: Cleans small pictures
      data: fashion-mnist
      validation: test
      model:
        input: [1, 12, 12]
        encoder:
          - conv2d: {filters: 2, kernel: 3, stride: 2, activation: relu}
          - batch_norm
        decoder:
          - conv2d_transpose: {filters: 1, kernel: 3, stride: 2, activation: sigmoid}
      objective:
        denoising: {corruption: {gaussian: 0.4}, loss: l2}
      epochs: 3
      seed: 7
      """, source: "the test's recipe")
    for override in overrides { value = try value.applying(override) }
    return try Recipe(value)
  }

  /// A recipe for vectors of 6 numbers.
  static func vectorRecipe() throws -> Recipe {
    try Recipe(
      YAML.parse(
        """
        name: vectors
        data: somewhere/vectors
        validation: none
        model:
          input: [6]
          encoder: [{dense: {units: 2}}]
          decoder: [{dense: {units: 6}}]
        epochs: 1
        """, source: "the test's recipe"))
  }

  static func samples(count: Int, shape: Shape) -> SampleArray {
    let bytes = (0..<count * shape.count).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 5 * 11) }
    return SampleArray(trustedBytes: bytes, count: count, shape: shape)
  }

  static func result(_ recipe: Recipe) throws -> RunResult {
    let isImage = recipe.model.inputShape.rank == 3
    let validation = recipe.validation == .none ? 0 : 10_000
    return RunResult(
      recipe: recipe.name, parameters: try recipe.model.parameterCount(), epochs: recipe.plan.epochs,
      seconds: 83.4, samplesPerSecond: 21_582.7, secondsToFirstEpoch: 9.25, trainLoss: 0.0123,
      validationLoss: validation > 0 ? 0.0117 : nil,
      metrics: isImage
        ? ["mse": 0.0117, "psnr": 19.876, "psnr_shown": 10.724, "ssim": 0.71239] : ["mse": 0.0117],
      weightsSHA256: String(repeating: "0123456789abcdef", count: 4), run: "runs/\(recipe.name)",
      seed: recipe.plan.seed, threads: 2, instructionSet: "avx2", trainingSamples: 60_000,
      validationSamples: validation)
  }

  static func report(_ recipe: Recipe) throws -> RunReport {
    let parameters = try recipe.model.trainingProgram(recipe.objective).makeParameters(seed: 1)
    let trained = TrainedModel(
      model: recipe.model, objective: recipe.objective, parameters: parameters, seed: 1)
    let data = samples(count: 53, shape: recipe.model.inputShape)
    let result = try result(recipe)
    let history = (1...recipe.plan.epochs).map { epoch in
      EpochRecord(
        epoch: epoch, trainLoss: 0.05 / Double(epoch),
        validationLoss: result.validationLoss.map { _ in 0.04 / Double(epoch) }, learningRate: 0.001,
        seconds: 27.8)
    }
    return RunReport(
      recipe: recipe, result: result, history: history,
      figures: try RunFigures(trained, data: data, samples: (0..<53).map { $0 }),
      machine: Machine(processor: "Example 9000", cores: 4, system: "Example OS 1.2"),
      finished: Date(timeIntervalSince1970: 1_700_000_000),
      commandAgain: "hourglass train runs/small-denoise/recipe.yaml --seed 7")
  }
}
