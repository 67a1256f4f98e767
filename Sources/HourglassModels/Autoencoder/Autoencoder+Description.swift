import HourglassBase
import HourglassNN

// A model as a recipe and a model file describe it.
extension Autoencoder {
  /// Reads `input`, `kind` where it is not the usual one of the input's shape, `encoder`, `decoder` and `residual`.
  package init(_ reader: SettingsReader) throws(HourglassError) {
    let input = try reader.list("input")
    let dimensions = input.compactMap { value -> Int? in
      if case .number(let number) = value, let whole = Int(exactly: number), 1...65_536 ~= whole {
        whole
      } else {
        nil
      }
    }
    guard dimensions.count == input.count, 1...3 ~= dimensions.count else {
      throw HourglassError(
        .usage,
        "\(reader.path).input is \(SettingValue.list(input).shortText), but must be [features], "
          + "[channels, length] or [channels, height, width], whole numbers from 1 to 65,536.")
    }
    let shape = Shape(dimensions)
    let kind = try reader.choice("kind", SampleKind.self, default: SampleKind(of: shape))
    let isResidual = try reader.bool("residual", default: false)
    let encoder = try Self.layers(reader, "encoder")
    let decoder = try Self.layers(reader, "decoder")
    try reader.finish()
    try self.init(
      input: SampleForm(shape, kind: kind), encoder: encoder, decoder: decoder, isResidual: isResidual)
  }

  private static func layers(_ reader: SettingsReader, _ key: String) throws(HourglassError) -> [any Layer] {
    let values = try reader.list(key)
    guard values.count <= 1000 else {
      throw HourglassError(
        .usage, "\(reader.path).\(key) has \(values.count) layers; at most 1,000 are allowed.")
    }
    var layers: [any Layer] = []
    for (index, value) in values.enumerated() {
      layers.append(try LayerCatalogue.layer(value, path: "\(reader.path).\(key)[\(index)]"))
    }
    return layers
  }

  /// The inverse of reading.
  package var value: SettingValue {
    let input = Setting("input", .list(inputShape.dimensions.map { .number(Double($0)) }))
    let isUsual = self.input.kind == SampleKind(of: inputShape)
    let kind = isUsual ? [] : [Setting("kind", self.input.kind.rawValue)]
    return .map(
      [input] + kind + (isResidual ? [Setting("residual", true)] : []) + [
        Setting("encoder", .list(encoder.layers.map(LayerCatalogue.value))),
        Setting("decoder", .list(decoder.layers.map(LayerCatalogue.value))),
      ])
  }
}
