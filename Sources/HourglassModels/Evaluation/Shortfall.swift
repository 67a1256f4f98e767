import Foundation

extension Objective {
  /// What a person has to know who takes the model for one that mends: it gave back less than it was given. Nil where
  /// reconstructions are nearer to the originals, or the model is shown these.
  ///
  /// - Parameter metrics: of an `Evaluation`.
  package func shortfall(_ metrics: [String: Double]) -> String? {
    guard let process = traits.corruption?.process else { return nil }
    let (damage, spoilt) = process.blurDeviations == nil ? ("noise", "noisy") : ("blur", "blurred")
    func sentence(_ own: String, _ given: String) -> String {
      "The output is further from the original than the input: the model loses more than the \(damage) did, \(own), and "
        + "the \(spoilt) input has \(given)."
    }
    if let own = metrics["psnr"], let given = metrics["psnr_shown"] {
      guard own < given else { return nil }
      return sentence(String(format: "%.2f dB", own), String(format: "%.2f", given))
    }
    guard let own = metrics["mse"], let given = metrics["mse_shown"], own > given else { return nil }
    return sentence(String(format: "a mean squared error of %.4g", own), String(format: "%.4g", given))
  }
}
