import HourglassBase

/// What a layer is, for those who use layers without knowing their types. It speaks of the layer itself; what layers
/// within it are, they say.
///
/// The defaults are those of a layer that makes numbers of numbers, sample by sample, at any size.
public struct LayerTraits: Sendable {
  package var activation: Activation?
  package var passesValuesOn = false
  package var reduction: Pair = 1
  package var enlargement: Pair = 1
  package var fixesSize = false
  package var keepsStatistics = false
  package var couplesSamples = false
  package var isRandomInTraining = false
  package var code = CodeKind.plain
  package var mirrors: String?
  package var linearMap: LinearMap?

  /// - Parameters:
  ///   - activation: the nonlinearity that its values have passed last; nil where nothing is known of them.
  ///   - passesValuesOn: whether it passes its input's numbers on, in another shape at most, so that what was known of
  ///     them still holds.
  ///   - reduction: by how much it divides rows and columns.
  ///   - enlargement: by how much it multiplies rows and columns.
  ///   - fixesSize: whether it serves images, or series, of one size only: with another it needs other weights, or
  ///     makes no image.
  ///   - keepsStatistics: whether it sets parameters of its own in training, such as moving averages.
  ///   - couplesSamples: whether in training a sample's value depends on the other samples of its batch.
  ///   - isRandomInTraining: whether it draws random numbers in training. It may not draw any otherwise.
  ///   - code: what its value is as a code.
  ///   - mirrors: the layer of the encoder that it undoes with that layer's own weight, such as `encoder.1`.
  ///   - linearMap: where its weights are, if it is `activation(weight * x + bias)` of a vector. Others may then mirror
  ///     it.
  public init(
    activation: Activation? = nil, passesValuesOn: Bool = false, reduction: Pair = 1, enlargement: Pair = 1,
    fixesSize: Bool = false, keepsStatistics: Bool = false, couplesSamples: Bool = false,
    isRandomInTraining: Bool = false, code: CodeKind = .plain, mirrors: String? = nil,
    linearMap: LinearMap? = nil
  ) {
    self.activation = activation
    self.passesValuesOn = passesValuesOn
    self.reduction = reduction
    self.enlargement = enlargement
    self.fixesSize = fixesSize
    self.keepsStatistics = keepsStatistics
    self.couplesSamples = couplesSamples
    self.isRandomInTraining = isRandomInTraining
    self.code = code
    self.mirrors = mirrors
    self.linearMap = linearMap
  }

  /// Whether it has a place of its own in an encoder or decoder, and none within another layer.
  var standsForItself: Bool { code != .plain || mirrors != nil }
}

/// What the value of an encoder's last layer is.
public enum CodeKind: Sendable, Hashable {
  /// Numbers.
  case plain
  /// The mean of a normal distribution, which is in `LayerContext.posterior`.
  case gaussian
  /// Whole multiples of a step, whose distribution is in `LayerContext.quantizedCode`: it is made of the layer's parameters
  /// `location` and `log_width`, one number each for every channel.
  case quantized(step: Double)

  /// What neighbouring values differ by; nil for codes of any numbers.
  package var step: Double? {
    if case .quantized(let step) = self { step } else { nil }
  }
}

/// The parameters of a layer that is `activation(weight * x + bias)` of a vector.
public struct LinearMap: Sendable, Hashable {
  package var weight: String
  package var bias: String?

  /// - Parameters:
  ///   - weight: the name, within the layer, of the matrix `[outputs, inputs]`.
  ///   - bias: the name of the vector that is added; nil where none is.
  public init(weight: String = "weight", bias: String? = "bias") {
    self.weight = weight
    self.bias = bias
  }
}

extension Layer {
  public var traits: LayerTraits { LayerTraits() }
  public var innerLayers: [any Layer] { [] }

  /// Its own traits, then those of all layers within it.
  var allTraits: [LayerTraits] { [traits] + innerLayers.flatMap(\.allTraits) }
}

extension Network {
  /// The nonlinearity that the network's values have passed last; nil where nothing is known of them.
  package var activation: Activation? {
    layers.last { !$0.traits.passesValuesOn }?.traits.activation
  }

  /// What the network's value is as a code.
  package var code: CodeKind { layers.last?.traits.code ?? .plain }
}
