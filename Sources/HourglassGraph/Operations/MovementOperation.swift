import HourglassBase

/// The same elements in other places.
package enum MovementOperation: Hashable, Sendable {
  /// Repeats along axes of extent 1 to this shape of the same rank.
  case broadcast(Shape)
  case reshape(Shape)
  /// The elements `start..<start + count` along an axis.
  case slice(axis: Int, start: Int, count: Int)
  /// Zeros before and after along an axis: the adjoint of `slice`.
  case pad(axis: Int, before: Int, after: Int)
  case concatenate(axis: Int)
}

extension MovementOperation: OperationFamily {
  var name: String {
    switch self {
    case .broadcast: "broadcast"
    case .reshape: "reshape"
    case .slice(let axis, let start, let count): "slice axis \(axis) from \(start), \(count) long"
    case .pad(let axis, let before, let after): "pad axis \(axis) by \(before) and \(after)"
    case .concatenate(let axis): "concatenate along axis \(axis)"
    }
  }

  func isPerSample(inputs: [Bool]) -> Bool { inputs.contains(true) }

  var lanedInputs: Int? { nil }

  func expectedShapes(inputs: [Shape], result: Shape) -> (inputs: [Shape], result: Shape)? {
    guard let first = inputs.first else { return nil }
    func isOne(withAxis axis: Int) -> Bool { inputs.count == 1 && 0..<first.rank ~= axis }
    switch self {
    case .broadcast(let shape):
      guard inputs.count == 1, first.rank == shape.rank else { return nil }
      let fits = zip(first.dimensions, shape.dimensions).allSatisfy { $0 == $1 || $0 == 1 }
      return fits ? (inputs, shape) : nil
    case .reshape(let shape):
      return inputs.count == 1 && first.count == shape.count ? (inputs, shape) : nil
    case .slice(let axis, let start, let count):
      guard isOne(withAxis: axis), start >= 0, start + count <= first[axis] else { return nil }
      return (inputs, first.replacing(axis, with: count))
    case .pad(let axis, let before, let after):
      guard isOne(withAxis: axis) else { return nil }
      return (inputs, first.replacing(axis, with: first[axis] + before + after))
    case .concatenate(let axis):
      guard 0..<first.rank ~= axis else { return nil }
      let extent = inputs.map { $0[axis] }.reduce(0, +)
      return (inputs.map { first.replacing(axis, with: $0[axis]) }, first.replacing(axis, with: extent))
    }
  }

  func contribution(to position: Int, inputs: [Tensor], result: Tensor, adjoint: Tensor) -> Tensor? {
    switch self {
    case .broadcast(let shape):
      let axes = (0..<shape.rank).filter { inputs[0].shape[$0] != shape[$0] }
      return adjoint.sum(axes: axes)
    case .reshape:
      return adjoint.reshaped(to: inputs[0].shape)
    case .slice(let axis, let start, let count):
      return adjoint.padded(axis: axis, before: start, after: inputs[0].shape[axis] - start - count)
    case .pad(let axis, let before, _):
      return adjoint.slice(axis: axis, start: before, count: inputs[0].shape[axis])
    case .concatenate(let axis):
      let start = inputs[..<position].map { $0.shape[axis] }.reduce(0, +)
      return adjoint.slice(axis: axis, start: start, count: inputs[position].shape[axis])
    }
  }
}
