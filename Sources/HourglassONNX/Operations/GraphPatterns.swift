import HourglassBase
import HourglassGraph

/// Finds layers' formulas in a graph.
struct GraphPatterns {
  let graph: Graph

  // MARK: Formulas

  /// `product + bias`.
  func product(_ node: Int) -> FusedOperation? {
    guard let (sum, added) = binary(.add, node), case .linear(let operation) = graph.nodes[sum].operation,
      graph.nodes[sum].isPerSample, let bias = perChannel(added)
    else { return nil }
    switch operation {
    case .convolution, .matrixProduct: break
    case .convolutionTransposed(let geometry):
      guard geometry.rows.upsampling == 1, geometry.columns.upsampling == 1 else { return nil }
    case .convolutionWeightGradient, .outerProduct, .maskedProduct, .gatherRows, .scatterRows: return nil
    }
    let product = LinearProduct(graph.nodes[sum])
    return FusedOperation(.product(product), [product.sample, product.weights, bias])
  }

  /// `(x - mean) * gamma / sqrt(variance + epsilon) + beta`.
  func batchNormalization(_ node: Int) -> FusedOperation? {
    guard let (scaled, shift) = binary(.add, node), let (centred, scale) = binary(.multiply, scaled),
      let (x, middle) = binary(.subtract, centred), graph.nodes[x].isPerSample,
      let (numerator, root) = binary(.divide, unstretched(scale)),
      let (spread, epsilon) = constantAdded(unary(.squareRoot, unstretched(root))),
      let gamma = perChannel(numerator), let beta = perChannel(shift), let mean = perChannel(middle),
      let variance = perChannel(spread)
    else { return nil }
    return FusedOperation(.batchNormalization(epsilon: epsilon), [x, gamma, beta, mean, variance])
  }

  /// `(x - mean(x)) / sqrt(variance(x) + epsilon) * gamma + beta` over the first axis.
  func layerNormalization(_ node: Int) -> FusedOperation? {
    guard let (scaled, shift) = binary(.add, node), let (normal, scale) = binary(.multiply, scaled),
      let (centred, root) = binary(.divide, normal), let (x, middle) = binary(.subtract, centred),
      graph.nodes[x].isPerSample, mean(unstretched(middle)) == x,
      let (spread, epsilon) = constantAdded(unary(.squareRoot, unstretched(root))),
      let squares = mean(spread), unary(.square, squares) == centred,
      let gamma = perChannel(scale), let beta = perChannel(shift)
    else { return nil }
    return FusedOperation(
      .layerNormalization(epsilon: epsilon, shape: graph.nodes[x].shape), [x, gamma, beta])
  }

  /// `x` above 0, and something else below: `x - low + f(low)` with `low = min(x, 0)`.
  func bentLine(_ node: Int) -> FusedOperation? {
    guard let (high, below) = binary(.add, node), let (x, low) = binary(.subtract, high),
      let (bounded, zero) = binary(.minimum, low), bounded == x, constant(zero) == 0,
      let (bent, factor) = binary(.multiply, below), let number = constant(factor)
    else { return nil }
    if bent == low { return FusedOperation(.leakyReLU(slope: number), [x]) }
    guard let (power, one) = binary(.subtract, bent), constant(one) == 1, unary(.exponential, power) == low
    else { return nil }
    return FusedOperation(.elu(alpha: number), [x])
  }

  // MARK: Parts

  private func binary(_ function: BinaryFunction, _ node: Int?) -> (Int, Int)? {
    guard let node, case .elementwise(.binary(function)) = graph.nodes[node].operation else { return nil }
    return (graph.nodes[node].inputs[0], graph.nodes[node].inputs[1])
  }

  private func unary(_ function: UnaryFunction, _ node: Int?) -> Int? {
    guard let node, case .elementwise(.unary(function)) = graph.nodes[node].operation else { return nil }
    return graph.nodes[node].inputs[0]
  }

  private func constant(_ node: Int) -> Double? {
    guard case .leaf(.constant(let number)) = graph.nodes[node].operation else { return nil }
    return number
  }

  /// `a + number`.
  private func constantAdded(_ node: Int?) -> (Int, Double)? {
    guard let (a, added) = binary(.add, node), let number = constant(added) else { return nil }
    return (a, number)
  }

  /// What was broadcast.
  private func unstretched(_ node: Int) -> Int {
    guard case .movement(.broadcast) = graph.nodes[node].operation else { return node }
    return graph.nodes[node].inputs[0]
  }

  /// What the mean over the first axis was taken of.
  private func mean(_ node: Int) -> Int? {
    guard let (sum, count) = binary(.divide, node), let number = constant(count),
      case .alongAxis(.sum(axes: [0])) = graph.nodes[sum].operation
    else { return nil }
    let source = graph.nodes[sum].inputs[0]
    return Double(graph.nodes[source].shape[0]) == number ? source : nil
  }

  /// The shared vector with a number for each channel, that was given the shape of an image, or not.
  private func perChannel(_ node: Int) -> Int? {
    let channels = graph.nodes[node].shape.dimensions.first
    var source = unstretched(node)
    if case .movement(.reshape(let shape)) = graph.nodes[source].operation,
      shape.dimensions.dropFirst().allSatisfy({ $0 == 1 })
    {
      source = graph.nodes[source].inputs[0]
    }
    let found = graph.nodes[source]
    return !found.isPerSample && found.shape.dimensions == [channels] ? source : nil
  }
}
