import HourglassBase
import HourglassGraph
import HourglassModels
import HourglassNN

/// Reconstruction of the clean sample from a copy with normal noise (Vincent et al. 2008), which is not clipped:
/// encoded rows of a table have no bounds.
struct NoisyReconstruction: Objective {
  static let kind = "noisy_reconstruction"
  /// The noise's standard deviation.
  var deviation: Double

  init(deviation: Double) { self.deviation = deviation }

  init(_ reader: SettingsReader) throws(HourglassError) {
    deviation = try reader.double("deviation", in: 0...100)
  }

  var settings: [Setting] { [Setting("deviation", deviation)] }

  func loss(_ sample: Tensor, _ model: ModelInGraph) -> TrainingProgram.SampleLoss {
    let noisy =
      deviation > 0 ? sample + sample.builder.random(.normal, shape: sample.shape) * deviation : sample
    let error = Loss.l2(model.reconstruct(noisy), sample)
    return .init(error, metrics: [("mse", error)])
  }
}
