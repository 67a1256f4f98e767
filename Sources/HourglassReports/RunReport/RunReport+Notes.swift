import HourglassBase
import HourglassDrawing

extension RunReport {
  /// What a reader has to know in order not to take the numbers for more than they are.
  var notes: [String] {
    [origin, choices, noise, stopping, metrics, curve, speed].compactMap(\.self) + result.notes
  }

  /// Which samples the numbers are of.
  private var origin: String {
    let count = result.validationSamples
    switch recipe.validation {
    case .test where count > 0:
      return "Validation here means the data's \(ReportText.count(count, "test \(noun)")): none of them was "
        + "trained on."
    case .split where recipe.data.patches != nil:
      return
        "The numbers and pictures are of \(grouped(count)) patch\(count == 1 ? "" : "es") that were kept out of training."
    case .split(let share):
      return "\(ReportText.count(count, noun)), \(ReportText.significant(share * 100, 3)) % of the training "
        + "data drawn at random, were kept out of training for validation; the numbers and pictures are of "
        + "them."
    case .test, .none, .automatic:
      return "There was no validation: the numbers and pictures are of the \(noun)s the model was trained "
        + "on, and say nothing about others."
    }
  }

  /// What the measured samples decided, which makes the numbers a little too good.
  private var choices: String? {
    guard result.validationSamples > 0 else { return nil }
    var decided: [String] = []
    if recipe.plan.earlyStopping != nil {
      decided.append("when training ended and which epoch's weights were kept")
    }
    if case .reduceOnPlateau = recipe.plan.optimizer.schedule.shape {
      decided.append("when the learning rate was lowered")
    }
    guard !decided.isEmpty else { return nil }
    return "The same \(noun)s decided \(decided.joined(separator: " and ")), so the numbers may be a little "
      + "better than they would be on \(noun)s that decided nothing."
  }

  private var noise: String? {
    guard let corruption = recipe.objective.traits.corruption else { return nil }
    if let deviations = corruption.process.blurDeviations {
      let (least, most) = (
        ReportText.significant(deviations.lowerBound), ReportText.significant(deviations.upperBound)
      )
      let blur =
        least == most
        ? "\(least) pixels' deviation" : "\(least) to \(most) pixels' deviation, drawn for each,"
      let noise = corruption.process.normalNoise.map {
        " and gets normal noise of deviation \(ReportText.significant($0.upperBound))\($0.lowerBound < $0.upperBound ? " at most" : "")"
      }
      return
        "Every \(noun) is blurred by a Gaussian of \(blur)\(noise ?? "") before the model sees it; the target is sharp."
    }
    if corruption.isFixed {
      return
        "In training, every \(noun) has its noise drawn once, the same in all epochs. When the model is measured, "
        + "each \(noun) gets noise of its own that the seed determines."
    }
    return "In training, noise is drawn afresh for every \(noun) and epoch. When the model is measured, "
      + "each \(noun) gets noise of its own that the seed determines, the same every time."
  }

  private var stopping: String? {
    guard recipe.plan.earlyStopping != nil else { return nil }
    let ended =
      result.epochs < recipe.plan.epochs
      ? "Training stopped early, after \(result.epochs) of \(recipe.plan.epochs) epochs. " : ""
    return ended + "The weights are those after the epoch with the lowest "
      + "\(result.validationLoss == nil ? "training" : "validation") loss, which need not be the last."
  }

  private var metrics: String? {
    guard result.metrics["psnr"] != nil else { return nil }
    return "MSE, PSNR and SSIM compare with the original, each image by itself, and are averaged. PSNR takes "
      + "1 as the largest value; SSIM uses Gaussian windows of 11 × 11 with deviation 1.5 (Wang et al. 2004)."
  }

  private var curve: String? {
    guard result.validationLoss != nil else { return nil }
    return "The training loss is the mean over an epoch while the weights change, the validation loss is "
      + "taken after it: early in training the latter can be the lower."
  }

  private var speed: String {
    "Training time and speed count the training steps alone, without loading data, validation and saving."
  }
}
