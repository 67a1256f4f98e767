import HourglassBase
import HourglassNN

/// What an operator does to one sample, in our own axes: channels first. Most are layers; the last few are parts of formulas
/// that become layers together.
enum ImportedStep: Sendable {
  case input
  /// Weights `[units, inputs]`.
  case dense(weight: [Float], bias: [Float]?, units: Int)
  case convolution(ImportedConvolution)
  case maxPool(ImportedWindow)
  case averagePool(ImportedWindow)
  case upsample(Pair, isLinear: Bool)
  case flatten
  case reshape(Shape)
  case activation(Activation)
  case batchNorm(ImportedNorm)
  case layerNorm(gamma: [Float], beta: [Float], epsilon: Float)
  case residual([ImportedStep])
  /// Zeros around images of so many channels.
  case padded(ImportedBorder, channels: Int)
  /// Rows and columns left out around images of so many channels.
  case cropped(ImportedBorder, channels: Int)
  /// One channel more, of this number everywhere.
  case told(level: Float)
  /// Other axes of the same numbers.
  case turned
  case scaled(Float)
  case shifted(Float)
  case errorFunction
  case rounded
  /// The mean over the channels, or over a vector; and so on to the parts of a layer normalisation that a file spells out.
  case channelMean
  case centred
  case squared
  case root
  case reciprocal
  /// One number for each place, times one for each channel.
  case spread([Float])
  /// `gamma (x - mean) / deviation + beta` without its mean, or the rest of it.
  case normScale(gamma: [Float], epsilon: Float)
  case normShift(gamma: [Float], beta: [Float], epsilon: Float)
  /// Whether a number is above another.
  case above(Float)

  /// Whether each number becomes another by itself, whatever its place.
  var isElementwise: Bool {
    switch self {
    case .activation, .scaled, .shifted, .errorFunction, .rounded, .turned, .squared, .root, .reciprocal,
      .above:
      true
    case .input, .dense, .convolution, .maxPool, .averagePool, .upsample, .flatten, .reshape, .batchNorm,
      .layerNorm, .residual, .padded, .cropped, .channelMean, .centred, .spread, .normScale, .normShift,
      .told:
      false
    }
  }

  /// The same with numbers added to each channel; nil for what cannot take them up.
  func adding(bias numbers: [Float]) -> ImportedStep? {
    switch self {
    case .dense(let weight, let bias, let units):
      return .dense(weight: weight, bias: Self.sums(bias, numbers), units: units)
    case .convolution(var convolution):
      convolution.bias = Self.sums(convolution.bias, numbers)
      return .convolution(convolution)
    case .batchNorm(var norm):
      norm.beta = Self.sums(norm.beta, numbers)
      return .batchNorm(norm)
    case .layerNorm(let gamma, let beta, let epsilon):
      return .layerNorm(gamma: gamma, beta: Self.sums(beta, numbers), epsilon: epsilon)
    case .normShift(let gamma, let beta, let epsilon):
      return .normShift(gamma: gamma, beta: Self.sums(beta, numbers), epsilon: epsilon)
    default: return nil
    }
  }

  /// The same with each channel times a number; nil for what is no normalisation, since products keep their weights.
  func multiplying(by numbers: [Float]) -> ImportedStep? {
    func products(_ values: [Float]) -> [Float] { zip(values, numbers).map { $0 * $1 } }
    switch self {
    case .batchNorm(var norm):
      (norm.gamma, norm.beta) = (products(norm.gamma), products(norm.beta))
      return .batchNorm(norm)
    case .layerNorm(let gamma, let beta, let epsilon):
      return .layerNorm(gamma: products(gamma), beta: products(beta), epsilon: epsilon)
    default: return nil
    }
  }

  private static func sums(_ bias: [Float]?, _ numbers: [Float]) -> [Float] {
    bias.map { zip($0, numbers).map { $0 + $1 } } ?? numbers
  }
}

struct ImportedWindow: Sendable {
  var kernel: Pair
  var stride: Pair
  var isSame: Bool
}

/// Rows and columns at the edges of an image.
struct ImportedBorder: Sendable, Equatable {
  var before: Pair
  var after: Pair

  static let none = ImportedBorder(before: Pair(0, 0), after: Pair(0, 0))
}

struct ImportedNorm: Sendable {
  var gamma: [Float]
  var beta: [Float]
  var mean: [Float]
  var variance: [Float]
  var epsilon: Float
}
