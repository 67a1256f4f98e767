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
  /// Other axes of the same numbers.
  case turned
  case scaled(Float)
  case shifted(Float)
  case errorFunction
  case rounded

  /// Whether each number becomes another by itself, whatever its place.
  var isElementwise: Bool {
    switch self {
    case .activation, .scaled, .shifted, .errorFunction, .rounded, .turned: true
    case .input, .dense, .convolution, .maxPool, .averagePool, .upsample, .flatten, .reshape, .batchNorm,
      .layerNorm, .residual:
      false
    }
  }
}

/// A convolution, or a transposed one, as our layers have them.
struct ImportedConvolution: Sendable {
  var isTransposed: Bool
  /// As our layers have them; the kernel's size is `window.kernel`.
  var weight: [Float]
  var bias: [Float]?
  var filters: Int
  var window: ImportedWindow
}

struct ImportedWindow: Sendable {
  var kernel: Pair
  var stride: Pair
  var isSame: Bool
}

struct ImportedNorm: Sendable {
  var gamma: [Float]
  var beta: [Float]
  var mean: [Float]
  var variance: [Float]
  var epsilon: Float
}
