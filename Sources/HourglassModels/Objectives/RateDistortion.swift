import HourglassBase
import HourglassGraph
import HourglassNN

/// Reconstruction from a code that takes few bits: `loss(decode(q), x) + rate weight * bits per pixel of q`, with the
/// quantised code `q` and its bits by the learnt distribution of its channels (Ballé, Laparra & Simoncelli 2017,
/// "End-to-end optimized image compression"; the distribution, a logistic one of each channel, is the simplest of
/// Ballé et al. 2018, "Variational image compression with a scale hyperprior"). The encoder must end with
/// `QuantizedCode`. A model so trained compresses files, see `Compressor`.
public struct RateDistortion: Objective {
  public static let kind = "rate-distortion"
  public static let summary =
    "A code that takes few bits, for compression; the encoder ends with quantized_code."
  public static let fields = Fields(RateDistortion(rateWeight: 0)) {
    Field(
      "rate_weight", \.rateWeight, .number(0...1e6), "what a bit per pixel is worth in units of the loss",
      .required)
    Field("loss", \.loss)
    Field("warm_up_epochs", \.warmUpEpochs, .number(0...1e6), "epochs over which the weight rises from 0")
  }
  /// What a bit per pixel is worth in units of the loss: the larger, the smaller the files.
  var rateWeight: Double
  var loss: Loss
  var warmUpEpochs: Double

  /// - Parameters:
  ///   - rateWeight: at least 0; with the mean squared error of pixels in 0...1 usually 0.002 to 0.05.
  ///   - warmUpEpochs: epochs over which the weight of the rate rises from 0; 0 for none.
  public init(rateWeight: Double, loss: Loss = .l2, warmUpEpochs: Double = 0) {
    self.rateWeight = rateWeight
    self.loss = loss
    self.warmUpEpochs = warmUpEpochs
  }

  public func check(_ model: Autoencoder) throws(HourglassError) {
    guard model.encoder.code.step != nil else {
      throw HourglassError(
        .usage,
        "objective rate-distortion weighs the bits of a code of whole numbers, but the encoder does not end with "
          + "quantized_code; make \"quantized_code\" its last layer.")
    }
  }

  public var traits: ObjectiveTraits { ObjectiveTraits(rateWeight: rateWeight, targets: loss.targets) }

  public func notes(for model: Autoencoder) -> [String] {
    [
      "bits_per_pixel is what the learnt distribution promises for a rounded code; file_bits_per_pixel counts the bytes of "
        + "a file of all measured samples. psnr is the mean over images; curves take the PSNR of the mean squared error over "
        + "all of them, which is lower."
    ]
  }

  public func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
    let (code, bits) = model.quantizedCode(sample)
    let reconstruction = model.decode(code)
    let rate = bits / Double(model.model.input.places)
    return .init(
      loss(reconstruction, sample) + rate * weight(model.context),
      metrics: [("mse", Loss.l2(reconstruction, sample)), ("bits_per_pixel", rate)])
  }

  /// The rate's weight at this moment of training; all of it when the model is measured.
  private func weight(_ context: LayerContext) -> Tensor {
    guard context.isTraining, warmUpEpochs > 0 else { return context.builder.constant(rateWeight) }
    return (context.progress / warmUpEpochs).minimum(1) * rateWeight
  }
}

extension Objective where Self == RateDistortion {
  public static func rateDistortion(
    rateWeight: Double, loss: Loss = .l2, warmUpEpochs: Double = 0
  ) -> RateDistortion {
    RateDistortion(rateWeight: rateWeight, loss: loss, warmUpEpochs: warmUpEpochs)
  }
}
