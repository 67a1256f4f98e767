import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassModels

/// How well the code keeps what a sample is, beside principal components of the same number.
enum ReconstructionUse: CardUse {
  static let key = "reconstruct"
  static let title = "Reconstruction"

  static func judge(_ context: CardContext) throws -> CardSection {
    let test = context.test
    let error = meanSquaredError(trusted: try context.reconstruction(of: test).floats, test.floats)
    var section = CardSection(
      key: key, title: title,
      method: "\(ReportText.count(test.count, "sample")) are encoded and decoded"
        + (context.components == nil
          ? "."
          : ", and compared with what \(ReportText.count(try context.width, "principal component")) of the training samples keep."),
      verdict: "", columns: ["Mean squared error", "PSNR"], rows: [row("Autoencoder", error)],
      metrics: ["mse": error])
    guard let simple = try context.principalReconstruction(of: test) else {
      section.verdict = try nothingToCompareWith(context)
      return section
    }
    let baseline = meanSquaredError(trusted: simple.floats, test.floats)
    section.rows.append(row("PCA, as many numbers", baseline))
    section.metrics["mse_pca"] = baseline
    section.isBetter = error < baseline
    section.verdict =
      error < baseline
      ? "The autoencoder keeps more: its error is \(share(1 - error / baseline)) lower than PCA's."
      : "PCA keeps more: its error is \(share(1 - baseline / error)) lower than the autoencoder's."
    return section
  }

  private static func nothingToCompareWith(_ context: CardContext) throws -> String {
    let size = context.trained.model.inputShape.count
    if try context.width >= size {
      return
        "The code has no fewer numbers than the sample, and as many principal components would keep all of it."
    }
    if size > PrincipalComponents.largestSample {
      return "Samples of \(grouped(size)) numbers are too large for PCA, so there is nothing to compare with."
    }
    return
      "There are too few training samples for as many principal components, so there is nothing to compare with."
  }

  private static func row(_ name: String, _ error: Double) -> (name: String, values: [String]) {
    (
      name,
      [
        ReportText.measured(error),
        "\(ReportText.fixed(peakSignalToNoiseRatio(meanSquaredError: error), 2)) dB",
      ]
    )
  }
}

/// A share as a percentage.
func share(_ value: Double) -> String { "\(ReportText.significant(100 * value, 3)) %" }
