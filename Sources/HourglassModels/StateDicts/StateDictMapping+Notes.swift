import HourglassBase
import HourglassNN

/// What a person should know who has only weights.
extension StateDictMapping {
  /// Strided convolutions that keep sizes by zeros: ours, as Keras's, have the odd zero at the end, PyTorch's at the beginning.
  ///
  /// - Throws: `HourglassError` (usage) when the shapes of the model's layers do not go together.
  static func windowNotes(_ model: Autoencoder) throws(HourglassError) -> [String] {
    var input = model.encoderInputShape
    var notes: [String] = []
    for row in try model.rows() {
      defer { input = row.shape }
      // Weights have an axis more than what they make: filters, channels, then those of the window.
      guard input.rank >= 2, row.shape.rank == input.rank,
        let weight = row.parameters.first(where: { $0.shape.rank == input.rank + 1 })?.shape
      else { continue }
      for (axis, stride) in axes(row.traits.reduction, of: input)
      where isOdd(weight[axis + 1], stride) && row.shape[axis] * stride >= input[axis] {
        notes.append(note(row.name, stride, weight[axis + 1]))
        break
      }
      for (axis, stride) in axes(row.traits.enlargement, of: input)
      where isOdd(weight[axis + 1], stride) && row.shape[axis] == input[axis] * stride {
        notes.append(note(row.name, stride, weight[axis + 1]))
        break
      }
    }
    return notes
  }

  /// The axes along which a window moves: rows and columns of an image, moments of a series.
  private static func axes(_ steps: Pair, of input: Shape) -> [(axis: Int, stride: Int)] {
    input.rank == 2 ? [(1, steps.columns)] : [(1, steps.rows), (2, steps.columns)]
  }

  private static func isOdd(_ kernel: Int, _ stride: Int) -> Bool {
    stride > 1 && kernel > stride && (kernel - stride) % 2 == 1
  }

  private static func note(_ name: String, _ stride: Int, _ kernel: Int) -> String {
    "\(name) has a kernel of \(kernel) and a stride of \(stride): with padding=\((kernel - stride + 1) / 2) PyTorch sets its windows a "
      + "place before ours; if it was trained so, import its ONNX file instead"
  }

  private static let epsilonOfPyTorch = 1e-5

  /// Weights are the same whatever is added to variances, and results are not.
  static func epsilonNotes(_ model: Autoencoder) -> [String] {
    let others = (epsilons(model.encoder) + epsilons(model.decoder)).filter { $0.epsilon != epsilonOfPyTorch }
    guard !others.isEmpty else { return [] }
    let listed = others.map { "\($0.name) (\($0.epsilon))" }.joined(separator: ", ")
    return [
      "PyTorch's layers add an epsilon of \(epsilonOfPyTorch) to variances unless told otherwise, the recipe another in \(listed); give "
        + "these layers the epsilon of the training"
    ]
  }

  /// Of all layers that normalise, those within others included.
  private static func epsilons(_ network: Network) -> [(name: String, epsilon: Double)] {
    network.layers.enumerated().flatMap { index, layer in
      let name = network.scope(index)
      let own = (layer as? BatchNorm)?.epsilon ?? (layer as? LayerNorm)?.epsilon
      return epsilons(Network(name, layer.innerLayers)) + (own.map { [(name, $0)] } ?? [])
    }
  }

  /// - Parameters:
  ///   - module: PyTorch's, whose name speaks of a deviation.
  ///   - parameter: ours, the logarithm of a variance.
  static func deviationNote(_ module: String, _ parameter: String) -> String {
    "\(module.quotedForMessage) sounds like a standard deviation, and \(parameter) takes it for the logarithm of the variance; if it "
      + "is another, codes that are drawn and further training go wrong"
  }
}
