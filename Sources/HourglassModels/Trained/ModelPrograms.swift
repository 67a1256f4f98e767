import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN

/// What a finished model is asked for, compiled: nothing is corrupted, nothing is drawn.
struct ModelPrograms: Sendable {
  let inputShape: Shape
  let codeShape: Shape
  let encode: CompiledProgram
  /// nil for residual models.
  let decode: CompiledProgram?
  let reconstruct: CompiledProgram

  init(_ model: Autoencoder) throws(HourglassError) {
    inputShape = model.inputShape
    codeShape = try model.codeShape
    encode = Self.encoder(model)
    decode = model.isResidual ? nil : try Self.decoder(model)
    reconstruct = Self.compiled(model, "reconstruction", model.inputShape) { $0.reconstruct($1) }
  }

  static let residualHasNoDecoder = HourglassError(
    .usage,
    "The model adds its input to what the decoder makes of a code, so a code alone gives no sample",
    .text("give a model whose recipe has no model.residual"))

  /// From `x`, a sample, to `code`.
  static func encoder(_ model: Autoencoder) -> CompiledProgram {
    compiled(model, "code", model.inputShape) { $0.encode($1) }
  }

  /// From `x`, a code, to `reconstruction`.
  ///
  /// - Throws: `HourglassError` (usage) when the model is residual.
  static func decoder(_ model: Autoencoder) throws(HourglassError) -> CompiledProgram {
    guard !model.isResidual else { throw residualHasNoDecoder }
    return compiled(model, "reconstruction", try model.codeShape) { $0.decode($1) }
  }

  private static func compiled(
    _ model: Autoencoder, _ output: String, _ shape: Shape, _ body: (ModelInGraph, Tensor) -> Tensor
  ) -> CompiledProgram {
    let builder = GraphBuilder()
    let half = ModelInGraph(model: model, context: LayerContext(builder: builder, isTraining: false))
    builder.output(output, body(half, builder.input("x", shape: shape)))
    return CompiledProgram(builder.graph)
  }
}
