import HourglassBase
import HourglassNN

// A model as a recipe and a model file describe it.
extension Autoencoder {
  /// Reads `input`, `kind` where it is not the usual one of the input's shape, `encoder`, `decoder`, `residual` and `level`.
  package init(_ value: SettingValue, catalogue: Catalogue) throws(HourglassError) {
    self = try SettingType<Autoencoder>.model.read(value, SettingPlace(path: "model", catalogue: catalogue))
  }

  /// The inverse of reading.
  package var value: SettingValue { SettingType<Autoencoder>.model.write(self) }
}

private struct ModelSettings: Sendable {
  var input: Shape
  /// nil for the usual one of the shape.
  var kind: SampleKind?
  var isResidual = false
  /// nil for a model that is told none.
  var level: Double?
  var encoder: [any Layer] = []
  var decoder: [any Layer] = []

  static let fields = Fields(ModelSettings(input: [1])) {
    Field(
      "input", \.input,
      .shape(
        most: ModelLimits.axis,
        "[features], [channels, length] or [channels, height, width], whole numbers from 1 to 65,536"),
      "what one sample looks like", .required)
    Field("kind", \.kind, .optionalKind, "what a sample is, where its shape does not tell")
    Field("residual", \.isResidual, .yesOrNo, "whether the decoder makes what is to be added to the input")
    Field(
      "level", \.level, .number(0...100),
      "tells the encoder, in a channel more, how strong each sample's corruption is; the number is what it is told where nobody "
        + "knows, in pixels of blur or shares of the range of noise")
    Field(
      "encoder", \.encoder, .list(of: .layer, 0...1000, what: "layers"), "layers from sample to code",
      .required)
    Field(
      "decoder", \.decoder, .list(of: .layer, 0...1000, what: "layers"), "layers from code to sample",
      .required)
  }
}

extension SettingType where Value == Autoencoder {
  package static var model: Self {
    var type = SettingType<ModelSettings>.nested(ModelSettings.fields).converted(
      { (settings, _) throws(HourglassError) in
        let kind = settings.kind ?? SampleKind(of: settings.input)
        return try Autoencoder(
          input: SampleForm(settings.input, kind: kind), encoder: settings.encoder, decoder: settings.decoder,
          isResidual: settings.isResidual, level: settings.level)
      },
      back: {
        ModelSettings(
          input: $0.inputShape, kind: $0.input.kind == SampleKind(of: $0.inputShape) ? nil : $0.input.kind,
          isResidual: $0.isResidual, level: $0.level, encoder: $0.encoder.layers, decoder: $0.decoder.layers)
      })
    // Without any, the sentence names the first setting that is missing.
    type.readsNothing = true
    return type
  }
}

extension SettingType where Value == SampleKind? {
  fileprivate static var optionalKind: Self {
    .names(SampleKind.allCases.map { ($0.rawValue, $0) })
  }
}
