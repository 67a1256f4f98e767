import HourglassBase
import HourglassEngine
import HourglassNN

/// First weights from the principal components of the training samples: a dense layer at each end begins as the best linear
/// code of its size, and training goes on from there, with whatever else the model has.
///
/// In the encoder this is the first layer with weights, in the decoder the last: two with a `LinearMap`, such as `Dense`,
/// the one of the sample's numbers, the other back to them. Before a quantised code components are scaled so that its steps are about as
/// wide as the rate's weight asks for at high rates (a uniform step `d` costs `d^2 / 12` of error), and its
/// distributions begin as wide as the components vary.
package struct PrincipalStart: Sendable, Hashable {
  package init() {}

  /// One of the two layers.
  package struct End {
    package var weight: String
    package var bias: String
    package var activation: Activation
    package var inputs: Int
    package var outputs: Int

    /// nil for a layer of another kind.
    fileprivate init?(_ network: Network, _ index: Int, _ input: Shape) throws(HourglassError) {
      let shapes = [input] + (try network.shapes(input))
      let traits = network.layers[index].traits
      guard let map = traits.linearMap, let bias = map.bias, let activation = traits.activation else {
        return nil
      }
      weight = "\(network.scope(index)).\(map.weight)"
      self.bias = "\(network.scope(index)).\(bias)"
      self.activation = activation
      inputs = shapes[index].count
      outputs = shapes[index + 1].count
    }
  }

  /// The two layers.
  ///
  /// - Throws: `HourglassError` (usage) when the model has not the two layers.
  package func layers(_ model: Autoencoder) throws(HourglassError) -> (encoder: End, decoder: End) {
    let size = model.inputShape.count
    func refuse(_ why: String) -> HourglassError {
      HourglassError(
        .usage,
        "start: principal_components needs a dense layer first in the encoder and last in the decoder, linear but for the "
          + "decoder's activation, but \(why); change the model, or leave start out.")
    }
    guard let first = try Self.withWeights(model.encoder, model.encoderInputShape).first,
      let inner = try End(model.encoder, first, model.encoderInputShape), inner.activation == .linear,
      inner.inputs == size, inner.outputs <= size
    else { throw refuse("the encoder's first layer with weights is no such layer of at most \(size) units") }
    guard let last = try Self.withWeights(model.decoder, try model.codeShape).last,
      let outer = try End(model.decoder, last, try model.codeShape),
      [.linear, .relu].contains(outer.activation), outer.outputs == size, outer.inputs == inner.outputs
    else {
      throw refuse(
        "the decoder's last layer with weights does not take \(inner.outputs) numbers to \(size), or has another activation"
      )
    }
    guard size <= PrincipalComponents.largestSample else {
      throw refuse("samples have \(size) numbers, more than \(PrincipalComponents.largestSample)")
    }
    return (inner, outer)
  }

  /// The positions of the layers that have weights.
  private static func withWeights(_ network: Network, _ input: Shape) throws(HourglassError) -> [Int] {
    let inputs = [input] + (try network.shapes(input)).dropLast()
    return network.layers.indices.filter { !network.layers[$0].parameters(inputs[$0]).isEmpty }
  }

  /// Samples that the components are found of at most; more hardly change them.
  private static let mostSamples = 20_000

  /// Writes the two layers' weights, and the distributions of a quantised code.
  ///
  /// - Parameter progress: told now and then; what it throws ends the work, before anything is written.
  package func run(
    _ model: Autoencoder, objective: any Objective, parameters: ParameterStore, data: any SampleSource,
    samples: [UInt32], seed: UInt64, threads: Int, progress: WorkProgress.Report = { _ in }
  ) throws {
    let (inner, outer) = try layers(model)
    let chosen = samples.prefix(Self.mostSamples)
    let size = model.inputShape.count
    let rows = try SampleArray(trustedFloatCount: chosen.count, shape: [size]) { numbers in
      for (row, index) in chosen.enumerated() {
        for (column, number) in try data.numbers(of: Int(index)).enumerated() {
          numbers[row * size + column] = number
        }
      }
    }
    // Few samples have few directions; what is left of the code begins as zeros.
    let count = min(inner.outputs, chosen.count - 1)
    guard count > 0 else { return }
    let components = try PrincipalComponents(
      of: rows, count: count, seed: seed, threads: threads, progress: progress)
    let rest = inner.outputs - count
    let step = model.encoder.code.step
    let width = objective.traits.rateWeight.map(Self.stepWidth) ?? 1
    let scale = (step ?? 1) / width
    parameters.write(
      inner.weight,
      components.components.flatMap { $0.map { Float($0 * scale) } }
        + Array(repeating: 0, count: rest * size))
    parameters.write(
      inner.bias,
      components.components.map { component in
        Float(-scale * zip(component, components.mean).reduce(0) { $0 + $1.0 * $1.1 })
      } + Array(repeating: 0, count: rest))
    parameters.write(
      outer.weight,
      (0..<size).flatMap { feature in
        components.components.map { Float($0[feature] / scale) } + Array(repeating: 0, count: rest)
      })
    parameters.write(outer.bias, components.mean.map(Float.init))
    guard step != nil, try model.codeShape == [inner.outputs] else { return }
    let name = model.encoder.scope(model.encoder.layers.count - 1)
    parameters.write(
      "\(name).log_width",
      components.explainedVariance.map { variance in
        // A logistic distribution's deviation is pi / sqrt(3) times its width.
        let deviation = (variance + width * width / 12).squareRoot() / width
        return Float(QuantizedCodeInGraph.logWidth(deviation * 0.5513288954217921))
      } + Array(repeating: 0, count: rest))
  }

  /// Where a step's error and the bits it saves balance: the error of all numbers is `d^2 / 12` of each, and halving `d` costs
  /// a bit of each.
  private static func stepWidth(_ rateWeight: Double) -> Double {
    (6 * max(rateWeight, 1e-6) / 0.6931471805599453).squareRoot()
  }
}
