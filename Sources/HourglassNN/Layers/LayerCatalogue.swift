import HourglassBase

/// Every kind of layer a recipe can name.
public enum LayerCatalogue {
  package static let kinds: [any Layer.Type] = [
    Dense.self, SparseDense.self, SampledDense.self, Conv2D.self, Conv2DTranspose.self, MaxPool2D.self,
    AveragePool2D.self, Upsample2D.self,
    Conv1D.self, Conv1DTranspose.self, MaxPool1D.self, AveragePool1D.self, Upsample1D.self,
    Flatten.self, Reshape.self, ActivationLayer.self, Dropout.self, BatchNorm.self, LayerNorm.self,
    GaussianCode.self, QuantizedCode.self, TiedDense.self, Residual.self,
  ]

  /// Reads `conv2d: {filters: 16, ...}`, or a bare name such as `flatten`, as a recipe does: with it the author of a layer
  /// tries what its settings take and refuse without a model around it.
  ///
  /// - Parameters:
  ///   - path: where it stands, for messages.
  ///   - catalogue: where layers, and what they are made of, are looked up.
  public static func layer(
    _ value: SettingValue, path: String, catalogue: Catalogue = .standard
  ) throws(HourglassError) -> any Layer {
    try SettingType<any Layer>.layer.read(value, SettingPlace(path: path, catalogue: catalogue))
  }

  /// The inverse of `layer(_:path:)`.
  package static func value(_ layer: any Layer) -> SettingValue { SettingType<any Layer>.layer.write(layer) }

  /// - Throws: `HourglassError` (usage) when a layer's settings do not keep the limits of recipes.
  package static func check(_ layer: any Layer, path: String) throws(HourglassError) {
    _ = try self.layer(value(layer), path: path, catalogue: Catalogue.standard.adding(layer.kinds))
  }
}

extension Catalogue {
  /// Layers that recipes can name.
  package var layers: [any Layer.Type] { kinds(LayerCatalogue.kinds) }
}

extension SettingType where Value == any Layer {
  package static var layer: Self {
    .kind(
      of: "layer", like: "conv2d: {filters: 16, kernel: 3}", isBareWhenEmpty: true, among: { $0.layers },
      unknown: { "\($0) is an unknown layer \"\($1)\"" }, make: { $0 as? any Layer }, part: { $0 })
  }
}
