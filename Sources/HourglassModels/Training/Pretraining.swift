import HourglassBase
import HourglassEngine
import HourglassNN

/// Greedy layer-wise pretraining (Hinton & Salakhutdinov 2006; Bengio et al. 2007): each layer of the encoder that
/// has weights is trained, with the layer of the decoder that undoes it, to rebuild what the layers before it make
/// of the samples. Then the whole model is trained as usual ("fine-tuning").
package struct Pretraining: Sendable, Hashable {
  /// For each pair of layers.
  package var epochs: Int

  package init(epochs: Int) { self.epochs = epochs }

  /// Layers of both halves that undo each other: as many with weights in one as in the other.
  ///
  /// - Throws: `HourglassError` (usage) when the halves do not mirror each other.
  package func pairs(_ model: Autoencoder) throws(HourglassError) -> [(encoder: Int, decoder: Int)] {
    func refuse(_ why: String) -> HourglassError {
      HourglassError(
        .usage,
        "pretraining needs a decoder that mirrors the encoder layer by layer, but \(why); change the model, or leave "
          + "pretraining out.")
    }
    guard model.level == nil else { throw refuse("model.level tells the encoder more than the sample") }
    guard !model.isResidual else { throw refuse("model.residual adds the input to what the decoder makes") }
    for layer in model.encoder.layers + model.decoder.layers
    where layer.traits.mirrors != nil || layer.traits.code == .gaussian || layer.traits.keepsStatistics
      || !layer.innerLayers.isEmpty
    {
      throw refuse("\(type(of: layer).title) has no counterpart")
    }
    let rows = try model.rows()
    let count = model.encoder.layers.count
    let encoder = model.encoder.layers.indices.filter { rows[$0].parameterCount > 0 }
    let decoder = model.decoder.layers.indices.filter { rows[count + $0].parameterCount > 0 }
    guard encoder.count == decoder.count, !encoder.isEmpty else {
      throw refuse("\(encoder.count) layers of the encoder have weights and \(decoder.count) of the decoder")
    }
    return Array(zip(encoder, decoder.reversed()))
  }

  /// The part of the model from one encoder layer's input to its output and back.
  private struct Part {
    var model: Autoencoder
    /// The names of the part's parameters in the whole model, by their names in the part.
    var names: [String: String]
  }

  /// Layers without weights go with the layer before them in the encoder, and with the one after them in the
  /// decoder, except for those that only bring the sample into shape.
  private func part(
    _ number: Int, _ pairs: [(encoder: Int, decoder: Int)], _ model: Autoencoder
  ) throws -> Part {
    let last = number == pairs.count - 1
    let encoderStart = number == 0 ? 0 : pairs[number].encoder
    let encoderEnd = last ? model.encoder.layers.count : pairs[number + 1].encoder
    let decoderStart = last ? 0 : pairs[number + 1].decoder + 1
    let decoderEnd = number == 0 ? model.decoder.layers.count : pairs[number].decoder + 1
    let shapes = try model.encoder.shapes(model.inputShape)
    let input = encoderStart == 0 ? model.inputShape : shapes[encoderStart - 1]
    // What layers make of samples is no image, whatever its shape.
    let part = try Autoencoder(
      input: encoderStart == 0 ? model.input : SampleForm(input, kind: .vector),
      encoder: Array(model.encoder.layers[encoderStart..<encoderEnd]),
      decoder: Array(model.decoder.layers[decoderStart..<decoderEnd]))
    var names: [String: String] = [:]
    for row in try part.rows() {
      let pieces = row.name.split(separator: ".")
      let index = (Int(pieces[1]) ?? 0) + (pieces[0] == "encoder" ? encoderStart : decoderStart)
      for parameter in row.parameters {
        names["\(row.name).\(parameter.name)"] = "\(pieces[0]).\(index).\(parameter.name)"
      }
    }
    return Part(model: part, names: names)
  }

  /// Trains pair after pair and leaves the weights in `parameters`.
  ///
  /// - Parameters:
  ///   - parameters: the whole model's, with their first values.
  ///   - processes: that train together with this one.
  ///   - report: told which pair, from 1, of how many is trained, and what its trainer tells.
  /// - Throws: `HourglassError`: halves that do not mirror each other (usage), training that is not finite.
  package func run(
    _ model: Autoencoder, parameters: ParameterStore, data: any SampleSource, samples: [UInt32],
    plan: TrainingPlan, team: WorkerTeam, kernels: KernelSet, processes: (any ProcessGroup)? = nil,
    report: (_ pair: Int, _ of: Int, TrainingEvent) throws -> Void
  ) throws {
    let pairs = try pairs(model)
    var data = data
    var samples = samples
    for number in pairs.indices {
      let part = try part(number, pairs, model)
      let program = try part.model.trainingProgram(Undercomplete())
      let store = program.makeParameters(seed: plan.seed)
      for (name, whole) in part.names { store.write(name, parameters.read(whole)) }
      var partPlan = plan
      partPlan.epochs = epochs
      partPlan.earlyStopping = nil
      let trainer = try Trainer(
        program: program, plan: partPlan, parameters: store, data: data, samples: samples, validation: nil,
        team: team, kernels: kernels, state: TrainingState(), best: [:], processes: processes)
      try trainer.run { try report(number + 1, pairs.count, $0) }
      for (name, whole) in part.names { parameters.write(whole, store.read(name)) }
      guard number + 1 < pairs.count else { break }
      let trained = TrainedModel(
        model: part.model, objective: Undercomplete(), parameters: store, seed: plan.seed)
      let codes = trained.model.inferenceGraph(trained.objective).keeping(outputs: [.output("code")])
      data = try ForwardPass(
        codes, over: data, parameters: store, seed: plan.seed, threads: team.count
      ).collect(["code"], samples)[0]
      samples = (0..<UInt32(data.count)).map { $0 }
    }
  }
}
