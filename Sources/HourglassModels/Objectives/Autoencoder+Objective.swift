import HourglassBase

extension Autoencoder {
  /// - Throws: `HourglassError` (usage) when the objective cannot train this model, with what to change.
  package func check(_ objective: any Objective) throws(HourglassError) {
    guard !isResidual || objective.traits.corruption != nil else {
      throw HourglassError(
        .usage,
        "model.residual adds the input to the output, from which \(type(of: objective).kind) could learn nothing; leave it "
          + "out, or use the objective denoising.")
    }
    guard level == nil || objective.traits.corruption != nil else {
      throw HourglassError(
        .usage,
        "model.level tells how strongly a sample is corrupted, but \(type(of: objective).kind) corrupts none; leave it out, or use "
          + "the objective denoising.")
    }
    try objective.check(self)
  }
}
