import HourglassBase
import HourglassNN

// What a model does to images, or series, of other sizes than it was trained on.
extension Autoencoder {
  /// The same layers for samples of another size.
  ///
  /// - Parameter input: of the model's kind and channels.
  /// - Throws: `HourglassError` (usage) with the layer that serves one size only, when samples are of another kind or have other
  ///   channels, or when the layers cannot make anything of this size.
  public func taking(_ input: SampleForm) throws(HourglassError) -> Autoencoder {
    guard input != self.input else { return self }
    guard input.kind == self.input.kind, input.kind != .vector, input.shape[0] == self.input.shape[0] else {
      throw HourglassError(
        .usage,
        "The model takes samples of kind \(self.input.kind.rawValue) and shape \(self.input.shape), of which kind "
          + "\(input.kind.rawValue) and shape \(input.shape) is no other size; give samples of the same kind and channels."
      )
    }
    if let row = try sizeFixingLayer() {
      throw HourglassError(
        .usage,
        "Layer \(row.name) (\(row.title)) serves samples of shape \(self.input.shape) only, but \(input.shape) is asked for; use a "
          + "model without dense layers, and without layers that flatten or reshape.")
    }
    return try Autoencoder(
      input: input, encoder: encoder.layers, decoder: decoder.layers, isResidual: isResidual, level: level)
  }

  /// The first layer that serves images, or series, of one size only; nil where all take any.
  ///
  /// - Throws: `HourglassError` (usage) when layers do not fit together.
  package func sizeFixingLayer() throws(HourglassError) -> Network.Row? {
    try rows().first(where: \.traits.fixesSize)
  }

  /// By how much the layers shrink an image at most, 64 or less: sizes that are multiples of it come back as they were.
  package var largestReduction: Int {
    var spacing = 1.0
    var largest = 1.0
    Self.follow(encoder.layers + decoder.layers, &spacing, &largest)
    return Int(min(largest.rounded(.up), 64))
  }

  /// Pixels of the image from one value of a layer to the next.
  private static func follow(_ layers: [any Layer], _ spacing: inout Double, _ largest: inout Double) {
    for layer in layers {
      follow(layer.innerLayers, &spacing, &largest)
      let traits = layer.traits
      spacing *= Double(max(traits.reduction.rows, traits.reduction.columns))
      spacing /= Double(max(traits.enlargement.rows, traits.enlargement.columns))
      largest = max(largest, spacing)
    }
  }
}
