import HourglassBase
import HourglassNN

// What a model does to images of other sizes than it was trained on.
extension Autoencoder {
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
