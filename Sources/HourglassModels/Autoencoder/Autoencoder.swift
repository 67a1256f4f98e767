import HourglassBase
import HourglassNN

/// A network that squeezes its input through a bottleneck and rebuilds it: an encoder and a decoder.
///
/// ```swift
/// let model = try Autoencoder(input: .image(channels: 1, height: 28, width: 28)) {
///   Encoder {
///     Conv2D(16, kernel: 3, activation: .relu)
///     MaxPool2D(2)
///   }
///   Decoder {
///     Upsample2D(2)
///     Conv2D(1, kernel: 3, activation: .sigmoid)
///   }
/// }
/// ```
public struct Autoencoder: Sendable {
  /// What a sample is, and its shape.
  public let input: SampleForm
  public var inputShape: Shape { input.shape }
  public let encoder: Network
  public let decoder: Network
  /// Whether the decoder makes what is to be added to the input, rather than the reconstruction itself: a denoiser then
  /// learns the noise, which is easier than the picture (Zhang et al. 2017). For the objective `denoising` only.
  public let isResidual: Bool
  /// How strong a corruption the encoder is told where nobody says it, in the corruption's unit (pixels of blur, shares of
  /// the whole range of noise); nil for a model that is told nothing. The level is one more channel of the encoder's
  /// input that has this value everywhere (Zhang, Zuo & Zhang 2018). For the objective `denoising` only.
  public let level: Double?

  /// - Throws: `HourglassError` (usage) naming the layer and the sizes when layers do not fit together.
  public init(
    input: SampleForm, isResidual: Bool = false, level: Double? = nil,
    @AutoencoderBuilder _ parts: () -> (Encoder, Decoder)
  ) throws(HourglassError) {
    let (encoder, decoder) = parts()
    try self.init(
      input: input, encoder: encoder.layers, decoder: decoder.layers, isResidual: isResidual, level: level)
  }

  /// - Throws: `HourglassError` (usage) naming the layer and the sizes when layers do not fit together, or when
  ///   the reconstruction is not of the input's size.
  package init(
    inputShape: Shape, encoder: [any Layer], decoder: [any Layer], isResidual: Bool = false
  ) throws(HourglassError) {
    try self.init(
      input: SampleForm(inputShape), encoder: encoder, decoder: decoder, isResidual: isResidual)
  }

  /// - Throws: `HourglassError` (usage) as the initialiser from a shape, which takes its usual kind.
  public init(
    input: SampleForm, encoder: [any Layer], decoder: [any Layer], isResidual: Bool = false,
    level: Double? = nil
  ) throws(HourglassError) {
    self.input = input
    self.isResidual = isResidual
    self.level = level
    self.encoder = Network("encoder", encoder)
    self.decoder = Network("decoder", decoder)
    let inputShape = input.shape
    guard 1...3 ~= inputShape.rank, inputShape.dimensions.allSatisfy({ 1...ModelLimits.axis ~= $0 }),
      // Three of these sizes cannot overflow.
      inputShape.count <= ModelLimits.elements
    else {
      throw HourglassError(
        .usage,
        "The model's input is \(inputShape); it must be (features), (channels, length) or (channels, height, width), each "
          + "from 1 to 65,536 and 16,777,216 elements together at most.")
    }
    guard level.map({ 0...100 ~= $0 }) ?? true else {
      throw HourglassError(
        .usage,
        "The model's level is \(level ?? 0), but it must be from 0 to 100, such as 1 for a pixel of blur.")
    }
    try Self.checkSettings(self.encoder)
    try Self.checkSettings(self.decoder)
    let code = try codeShape
    let output = try self.decoder.shapes(code).last ?? code
    guard output == inputShape else {
      let last = decoder.isEmpty ? "encoder" : self.decoder.scope(decoder.count - 1)
      throw HourglassError(
        .usage,
        "The reconstruction has shape \(output) after layer \(last), but the input has \(inputShape); change the "
          + "decoder so that both are equal.")
    }
    try checkTies(code)
    try checkTotals()
  }

  /// A layer that borrows a weight must find one of the right size.
  private func checkTies(_ code: Shape) throws(HourglassError) {
    let encoderShapes = [encoderInputShape] + (try encoder.shapes(encoderInputShape))
    let decoderShapes = [code] + (try decoder.shapes(code))
    for (index, layer) in encoder.layers.enumerated() where layer.traits.mirrors != nil {
      throw HourglassError(
        .usage,
        "Layer \(encoder.scope(index)) (\(type(of: layer).title)) is in the encoder, but only a decoder can borrow the encoder's weights; "
          + "use dense there.")
    }
    for (index, layer) in decoder.layers.enumerated() {
      guard let mirrored = layer.traits.mirrors else { continue }
      let name = "Layer \(decoder.scope(index)) (\(type(of: layer).title))"
      let known = encoder.layers.indices.filter { encoder.layers[$0].traits.linearMap != nil }
      guard let source = known.first(where: { encoder.scope($0) == mirrored }) else {
        throw HourglassError(
          .usage,
          "\(name) is tied to \"\(shortened(mirrored))\", which is no dense layer of the encoder"
            + suggestion(mirrored, among: known.map { encoder.scope($0) }))
      }
      let (taken, made) = (encoderShapes[source], encoderShapes[source + 1])
      guard decoderShapes[index] == made, decoderShapes[index + 1] == taken else {
        throw HourglassError(
          .usage,
          "\(name) takes \(decoderShapes[index]) and makes \(decoderShapes[index + 1]), but \(mirrored), to which it is tied, takes "
            + "\(taken) and makes \(made); the one must undo the other.")
      }
    }
  }

  /// Layers written in Swift keep the limits of those in recipes.
  private static func checkSettings(_ network: Network) throws(HourglassError) {
    for (index, layer) in network.layers.enumerated() {
      try LayerCatalogue.check(layer, path: network.scope(index))
    }
  }

  /// No layer is too large by now; all together may still be.
  private func checkTotals() throws(HourglassError) {
    var parameters = 0
    var elements = inputShape.count
    for row in try rows() {
      parameters += row.parameterCount
      elements += row.shape.count
      guard parameters <= ModelLimits.parameters else {
        throw HourglassError(
          .usage,
          "With layer \(row.name) (\(row.title)) the model has \(grouped(parameters)) parameters, and 268,435,456 "
            + "are allowed; make its layers smaller.")
      }
      guard elements <= ModelLimits.allElements else {
        throw HourglassError(
          .usage,
          "With layer \(row.name) (\(row.title)) the layers make \(grouped(elements)) elements of a sample, and "
            + "67,108,864 are allowed; make the model or its input smaller.")
      }
    }
  }

  /// A layer in which samples meet keeps a whole batch's values between two passes: at most 2^29 numbers, two gibibytes.
  package func checkBatch(_ size: Int) throws(HourglassError) {
    let kept = try rows().filter(\.traits.couplesSamples).map { Double($0.shape.count) }.reduce(0, +)
    guard kept * Double(size) <= 0x1p29 else {
      throw HourglassError(
        .usage,
        "batch_size is \(size), but with batch normalisation of \(grouped(Int(kept))) elements a sample it may be "
          + "\(Int(0x1p29 / kept)) at most; use smaller batches.")
    }
  }

  /// A sample's shape and, where the encoder is told a level, one channel or feature more.
  package var encoderInputShape: Shape {
    guard level != nil else { return inputShape }
    let dimensions = inputShape.dimensions
    return Shape([dimensions[0] + 1] + dimensions.dropFirst())
  }

  /// The shape of the code, what the encoder makes.
  public var codeShape: Shape {
    get throws(HourglassError) {
      let shapes = try encoder.shapes(encoderInputShape)
      return shapes.last ?? encoderInputShape
    }
  }

  /// One row for each layer, encoder first; those within another come before it.
  package func rows() throws(HourglassError) -> [Network.Row] {
    let code = try codeShape
    return try encoder.rows(encoderInputShape) + decoder.rows(code)
  }

  package func parameters() throws(HourglassError) -> [TrainingProgram.Parameter] {
    let rows = try rows()
    return rows.flatMap { row in
      row.parameters.map { TrainingProgram.Parameter("\(row.name).\($0.name)", $0) }
    }
  }

  /// Numbers that training and moving averages change.
  public func parameterCount() throws(HourglassError) -> Int {
    let rows = try rows()
    return rows.map(\.parameterCount).reduce(0, +)
  }
}

/// The first half of an autoencoder.
public struct Encoder: Sendable {
  var layers: [any Layer]
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }
}

/// The second half of an autoencoder.
public struct Decoder: Sendable {
  var layers: [any Layer]
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.layers = layers() }
}

extension Residual {
  /// Layers whose value is added to their input.
  ///
  /// ```swift
  /// Residual {
  ///   Conv2D(32, kernel: 3, activation: .relu)
  ///   Conv2D(32, kernel: 3)
  /// }
  /// ```
  public init(@LayerBuilder _ layers: () -> [any Layer]) { self.init(layers()) }
}

/// Lists layers, with `if` and `for` where they help.
@resultBuilder
public enum LayerBuilder {
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
  public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
}

/// Takes an encoder and a decoder.
@resultBuilder
public enum AutoencoderBuilder {
  public static func buildBlock(_ encoder: Encoder, _ decoder: Decoder) -> (Encoder, Decoder) {
    (encoder, decoder)
  }
}
