import HourglassBase
import HourglassGraph
import HourglassModels
import HourglassNN

/// Reconstruction of the clean sample from a copy with normal noise (Vincent et al. 2008), which is not clipped:
/// encoded rows of a table have no bounds.
struct NoisyReconstruction: Objective {
  static let kind = "noisy_reconstruction"
  static let summary = "The clean row from one with normal noise."
  static let fields = Fields(NoisyReconstruction(deviation: 0)) {
    Field("deviation", \.deviation, .number(0...100), "the noise's standard deviation", .required)
  }
  /// The noise's standard deviation.
  var deviation: Double

  func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
    let noisy =
      deviation > 0 ? sample + sample.builder.random(.normal, shape: sample.shape) * deviation : sample
    let error = Loss.l2(model.reconstruct(noisy), sample)
    return .init(error, metrics: [("mse", error)])
  }
}
