import HourglassBase

/// Every kind of layer a recipe can name.
public enum LayerCatalogue {
  public static let kinds: [any Layer.Type] = [
    Dense.self, Conv2D.self, Conv2DTranspose.self, MaxPool2D.self, AveragePool2D.self, Upsample2D.self,
    Flatten.self, Reshape.self, ActivationLayer.self, Dropout.self, BatchNorm.self, LayerNorm.self,
    GaussianCode.self, QuantizedCode.self, TiedDense.self, Residual.self,
  ]

  /// Reads `conv2d: {filters: 16, ...}`, or a bare name such as `flatten`.
  ///
  /// - Parameter path: where it stands, for messages.
  public static func layer(_ value: SettingValue, path: String) throws(HourglassError) -> any Layer {
    let (name, settings) = try value.nameAndSettings(
      of: "layer", like: "conv2d: {filters: 16, kernel: 3}", path: path)
    guard let kind = kinds.first(where: { $0.kind == name }) else {
      throw HourglassError(
        .usage,
        "\(path) is an unknown layer \"\(shortened(name))\"" + suggestion(name, among: kinds.map { $0.kind }))
    }
    let reader = try SettingsReader(kind.withKey(settings), path: "\(path).\(name)")
    let layer = try kind.init(reader)
    try reader.finish()
    return layer
  }

  /// The inverse of `layer(_:path:)`.
  public static func value(_ layer: any Layer) -> SettingValue {
    let settings = layer.settings
    let kind = type(of: layer).kind
    if let key = type(of: layer).shorthandKey, settings.count == 1, settings[0].key == key {
      return .map([Setting(kind, settings[0].value)])
    }
    return settings.isEmpty ? .string(kind) : .map([Setting(kind, .map(settings))])
  }
}

extension Layer {
  /// A list stands for the setting that may be written without its key.
  static func withKey(_ settings: SettingValue) -> SettingValue {
    if let key = shorthandKey, case .list = settings { .map([Setting(key, settings)]) } else { settings }
  }
}
