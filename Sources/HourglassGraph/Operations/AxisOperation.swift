import HourglassBase

/// All elements along an axis taken together. Axes that are reduced keep extent 1.
///
/// Log-sum-exp, softmax and the index of the largest are compositions of these (`Tensor.logSumExp` and so on).
package enum AxisOperation: Hashable, Sendable {
  case sum(axes: [Int])
  /// The largest element; NaN where there is one.
  case maximum(axis: Int)
  /// 1 at the `count` largest elements along the axis, else 0; of equal elements the first are taken. NaN counts as
  /// the largest of all.
  case largestMask(axis: Int, count: Int)
}

extension AxisOperation: OperationFamily {
  var name: String {
    switch self {
    case .sum(let axes): "sum over axes \(axes.map(String.init).joined(separator: ", "))"
    case .maximum(let axis): "maximum along axis \(axis)"
    case .largestMask(let axis, let count): "mask of the \(count) largest along axis \(axis)"
    }
  }

  func isPerSample(inputs: [Bool]) -> Bool { inputs.contains(true) }

  var lanedInputs: Int? { nil }

  func expectedShapes(inputs: [Shape], result: Shape) -> (inputs: [Shape], result: Shape)? {
    guard inputs.count == 1 else { return nil }
    let axes = 0..<inputs[0].rank
    switch self {
    case .sum(let summed):
      guard summed.allSatisfy({ axes ~= $0 }) else { return nil }
      return (inputs, summed.reduce(inputs[0]) { $0.replacing($1, with: 1) })
    case .maximum(let axis):
      return axes ~= axis ? (inputs, inputs[0].replacing(axis, with: 1)) : nil
    case .largestMask(let axis, let count):
      return axes ~= axis && 1...inputs[0][axis] ~= count ? (inputs, inputs[0]) : nil
    }
  }

  func contribution(to position: Int, inputs: [Tensor], result: Tensor, adjoint: Tensor) -> Tensor? {
    switch self {
    case .sum:
      adjoint.broadcast(to: inputs[0].shape)
    case .maximum(let axis):
      // Where several are largest the first takes the whole, as in max pooling.
      adjoint.broadcast(to: inputs[0].shape) * inputs[0].largestMask(axis: axis, count: 1)
    case .largestMask:
      nil
    }
  }
}
