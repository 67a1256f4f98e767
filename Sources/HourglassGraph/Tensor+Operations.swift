import HourglassBase

// How a graph is written: functions and operators on symbolic values. Shapes that do not fit are our own bug
// here (layers check what users give them), so they stop the program.

extension GraphBuilder {
  package func input(_ name: String, shape: Shape) -> Tensor {
    tensor(.leaf(.input(name)), [], shape: shape)
  }

  package func parameter(_ name: String, shape: Shape) -> Tensor {
    tensor(.leaf(.parameter(name)), [], shape: shape)
  }

  /// A tensor whose every element is `value`.
  public func constant(_ value: Double, shape: Shape = .scalar) -> Tensor {
    tensor(.leaf(.constant(value)), [], shape: shape)
  }

  /// The numbers 0, 1, 2 and so on: a vector of `count` elements.
  public func positions(_ count: Int) -> Tensor {
    precondition(count > 0, "a vector has at least one element")
    return tensor(.leaf(.positions), [], shape: [count])
  }

  /// Fresh draws for every sample and epoch.
  ///
  /// - Parameter isFixed: draws once for every sample, the same in each epoch of training. An evaluation has draws
  ///   of its own all the same.
  public func random(
    _ distribution: RandomDistribution, shape: Shape, isFixed: Bool = false
  ) -> Tensor {
    let stream = newStream() | (isFixed ? RandomDistribution.fixedStream : 0)
    return tensor(.leaf(.random(distribution, stream: stream)), [], shape: shape)
  }
}

extension Tensor {
  // MARK: Elementwise

  func unary(_ function: UnaryFunction) -> Tensor {
    builder.tensor(.elementwise(.unary(function)), [self], shape: shape)
  }

  func binary(_ function: BinaryFunction, _ other: Tensor) -> Tensor {
    let (first, second) = Tensor.broadcast(self, other)
    return builder.tensor(.elementwise(.binary(function)), [first, second], shape: first.shape)
  }

  /// Both at one shape: scalars stretch to anything, axes of extent 1 to the other's extent.
  private static func broadcast(_ a: Tensor, _ b: Tensor) -> (Tensor, Tensor) {
    if a.shape == b.shape { return (a, b) }
    if a.shape.rank == 0 { return (a.stretched(to: b.shape), b) }
    if b.shape.rank == 0 { return (a, b.stretched(to: a.shape)) }
    precondition(a.shape.rank == b.shape.rank, "cannot combine shapes \(a.shape) and \(b.shape)")
    let shape = Shape(zip(a.shape.dimensions, b.shape.dimensions).map { max($0, $1) })
    return (a.broadcast(to: shape), b.broadcast(to: shape))
  }

  /// A scalar as every element of `shape`.
  private func stretched(to shape: Shape) -> Tensor {
    if case .leaf(.constant(let value)) = node.operation { return builder.constant(value, shape: shape) }
    return reshaped(to: Shape(shape.dimensions.map { _ in 1 })).broadcast(to: shape)
  }

  public static func + (a: Tensor, b: Tensor) -> Tensor { a.binary(.add, b) }
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.binary(.subtract, b) }
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.binary(.multiply, b) }
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.binary(.divide, b) }
  public static func + (a: Tensor, b: Double) -> Tensor { a + a.builder.constant(b, shape: a.shape) }
  public static func - (a: Tensor, b: Double) -> Tensor { a - a.builder.constant(b, shape: a.shape) }
  public static func * (a: Tensor, b: Double) -> Tensor { a * a.builder.constant(b, shape: a.shape) }
  public static func / (a: Tensor, b: Double) -> Tensor { a / a.builder.constant(b, shape: a.shape) }
  public static func + (a: Double, b: Tensor) -> Tensor { b.builder.constant(a, shape: b.shape) + b }
  public static func - (a: Double, b: Tensor) -> Tensor { b.builder.constant(a, shape: b.shape) - b }
  public static func * (a: Double, b: Tensor) -> Tensor { b.builder.constant(a, shape: b.shape) * b }
  public static func / (a: Double, b: Tensor) -> Tensor { b.builder.constant(a, shape: b.shape) / b }
  public static prefix func - (a: Tensor) -> Tensor { a.unary(.negate) }

  public func maximum(_ other: Tensor) -> Tensor { binary(.maximum, other) }
  public func minimum(_ other: Tensor) -> Tensor { binary(.minimum, other) }
  public func maximum(_ bound: Double) -> Tensor { binary(.maximum, builder.constant(bound, shape: shape)) }
  public func minimum(_ bound: Double) -> Tensor { binary(.minimum, builder.constant(bound, shape: shape)) }
  /// 1 where this is greater, else 0.
  public func greater(than other: Tensor) -> Tensor { binary(.greater, other) }
  public func greater(than bound: Double) -> Tensor {
    binary(.greater, builder.constant(bound, shape: shape))
  }
  public func clamped(_ range: ClosedRange<Double>) -> Tensor {
    maximum(range.lowerBound).minimum(range.upperBound)
  }

  public var absolute: Tensor { unary(.absolute) }
  public var sign: Tensor { unary(.sign) }
  public var step: Tensor { unary(.step) }
  public var square: Tensor { unary(.square) }
  public var squareRoot: Tensor { unary(.squareRoot) }
  public var reciprocal: Tensor { unary(.reciprocal) }
  public var exponential: Tensor { unary(.exponential) }
  public var logarithm: Tensor { unary(.logarithm) }
  public var tanh: Tensor { unary(.tanh) }
  public var sigmoid: Tensor { unary(.sigmoid) }
  public var softplus: Tensor { unary(.softplus) }
  public var relu: Tensor { unary(.relu) }
  public var normalCumulative: Tensor { unary(.normalCumulative) }
  /// The nearest whole numbers; no gradient passes.
  public var rounded: Tensor { unary(.round) }

  /// The same value, taken for a constant by gradients.
  public var stopGradient: Tensor { unary(.stopGradient) }

  /// This value, to the bit, with the gradient of `other`: the adjoint of the result goes to `other` unchanged, and
  /// nothing to this value (Bengio et al. 2013). For codes that are rounded or chosen.
  public func straightThrough(to other: Tensor) -> Tensor { binary(.straightThrough, other) }

  /// What a sigmoid, perhaps reshaped since, was taken of; nil for any other value.
  package var logits: Tensor? {
    guard let input = node.inputs.first else { return nil }
    let source = Tensor(builder: builder, index: input)
    if case .elementwise(.unary(.sigmoid)) = node.operation { return source }
    if case .movement(.reshape(let shape)) = node.operation { return source.logits?.reshaped(to: shape) }
    return nil
  }

  // MARK: Shape

  public func reshaped(to shape: Shape) -> Tensor {
    precondition(shape.count == self.shape.count, "cannot reshape \(self.shape) to \(shape)")
    if shape == self.shape { return self }
    // Between two images by way of a vector: at most one side of a copy then has a halo.
    let source = isPerSample && self.shape.rank == 3 && shape.rank == 3 ? reshaped(to: [shape.count]) : self
    return builder.tensor(.movement(.reshape(shape)), [source], shape: shape)
  }

  /// All elements in a row.
  public var flattened: Tensor { reshaped(to: [shape.count]) }

  public func broadcast(to shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    precondition(
      shape.rank == self.shape.rank
        && zip(shape.dimensions, self.shape.dimensions).allSatisfy { $0 == $1 || $1 == 1 },
      "cannot broadcast \(self.shape) to \(shape)")
    return builder.tensor(.movement(.broadcast(shape)), [self], shape: shape)
  }

  /// Sums along `axes`, which keep extent 1.
  public func sum(axes: [Int]) -> Tensor {
    let axes = axes.filter { shape[$0] != 1 }.sorted()
    if axes.isEmpty { return self }
    var dimensions = shape.dimensions
    for axis in axes { dimensions[axis] = 1 }
    return builder.tensor(.alongAxis(.sum(axes: axes)), [self], shape: Shape(dimensions))
  }

  public func mean(axes: [Int]) -> Tensor {
    sum(axes: axes) / Double(axes.map { shape[$0] }.reduce(1, *))
  }

  /// The sum of all elements, a scalar.
  public var sum: Tensor { sum(axes: Array(0..<shape.rank)).reshaped(to: .scalar) }
  /// The mean of all elements, a scalar.
  public var mean: Tensor { sum / Double(shape.count) }

  // MARK: Along axes

  /// The largest elements along `axes`, which keep extent 1; NaN where there is one. The gradient goes to the first
  /// of those that are largest.
  public func maximum(axes: [Int]) -> Tensor {
    axes.filter { shape[$0] != 1 }.sorted().reversed().reduce(self) { value, axis in
      builder.tensor(
        .alongAxis(.maximum(axis: axis)), [value], shape: value.shape.replacing(axis, with: 1))
    }
  }

  /// 1 at the `count` largest elements along `axis`, else 0; of equal elements the first are taken, and NaN counts
  /// as the largest of all. No gradient passes.
  ///
  /// - Parameter count: 1 (a one-hot vector) to the axis's extent.
  public func largestMask(axis: Int, count: Int) -> Tensor {
    precondition(1...shape[axis] ~= count, "\(count) of \(shape[axis]) elements cannot be the largest")
    return builder.tensor(.alongAxis(.largestMask(axis: axis, count: count)), [self], shape: shape)
  }

  /// The position of the first of the largest elements along `axis`, which keeps extent 1. No gradient passes.
  public func largestIndex(axis: Int) -> Tensor {
    // A sum of zeros and one whole number, which is exact as far as floats hold whole numbers (2^24).
    let extent = shape[axis]
    let ones = Shape(shape.dimensions.map { _ in 1 })
    let positions = builder.positions(extent).reshaped(to: ones.replacing(axis, with: extent))
    return (largestMask(axis: axis, count: 1) * positions).sum(axes: [axis])
  }

  /// log(sum(exp(x))) along `axes`, which keep extent 1, without overflow.
  public func logSumExp(axes: [Int]) -> Tensor {
    let (exponentials, shift) = shiftedExponentials(axes: axes)
    return exponentials.sum(axes: axes).logarithm + shift
  }

  /// exp(x) / sum(exp(x)) along `axes`, without overflow.
  public func softmax(axes: [Int]) -> Tensor {
    let (exponentials, _) = shiftedExponentials(axes: axes)
    return exponentials / exponentials.sum(axes: axes)
  }

  /// exp(x - shift), none above 1. What is made of them does not depend on the shift, so gradients of any order may
  /// take it for a constant; a composition of two maps and two reductions then needs no kernel of its own.
  private func shiftedExponentials(axes: [Int]) -> (exponentials: Tensor, shift: Tensor) {
    // Finite, or an infinity less itself would give NaN.
    let bound = Double(Float.greatestFiniteMagnitude)
    let shift = maximum(axes: axes).clamped(-bound...bound).stopGradient
    return ((self - shift).exponential, shift)
  }

  // MARK: Parts

  public func slice(axis: Int, start: Int, count: Int) -> Tensor {
    precondition(start >= 0 && count > 0 && start + count <= shape[axis], "slice outside \(shape)")
    if count == shape[axis] { return self }
    return builder.tensor(
      .movement(.slice(axis: axis, start: start, count: count)), [self],
      shape: shape.replacing(axis, with: count))
  }

  public func padded(axis: Int, before: Int, after: Int) -> Tensor {
    if before == 0 && after == 0 { return self }
    return builder.tensor(
      .movement(.pad(axis: axis, before: before, after: after)), [self],
      shape: shape.replacing(axis, with: shape[axis] + before + after))
  }

  public static func concatenate(_ tensors: [Tensor], axis: Int) -> Tensor {
    if tensors.count == 1 { return tensors[0] }
    let anyPerSample = tensors.contains(where: \.isPerSample)
    let parts = anyPerSample ? tensors.map(\.inLanes) : tensors
    let extent = parts.map { $0.shape[axis] }.reduce(0, +)
    return parts[0].builder.tensor(
      .movement(.concatenate(axis: axis)), parts, shape: parts[0].shape.replacing(axis, with: extent))
  }

  // MARK: Linear algebra

  package func convolved(with weights: Tensor, _ geometry: ConvolutionGeometry) -> Tensor {
    precondition(shape == geometry.inputShape && weights.shape == geometry.weightShape)
    return builder.tensor(.linear(.convolution(geometry)), [inLanes, weights], shape: geometry.outputShape)
  }

  package func convolvedTransposed(with weights: Tensor, _ geometry: ConvolutionGeometry) -> Tensor {
    precondition(shape == geometry.outputShape && weights.shape == geometry.weightShape)
    return builder.tensor(
      .linear(.convolutionTransposed(geometry)), [inLanes, weights], shape: geometry.inputShape)
  }

  func convolutionWeightGradient(_ outputGradient: Tensor, _ geometry: ConvolutionGeometry) -> Tensor {
    builder.tensor(
      .linear(.convolutionWeightGradient(geometry)), [inLanes, outputGradient.inLanes],
      shape: geometry.weightShape)
  }

  /// `weights * self`, with weights `[m, n]` and `self` `[n]`; `transposed` takes `[m]` to `[n]`.
  public func multiplied(by weights: Tensor, transposed: Bool = false) -> Tensor {
    precondition(shape == [weights.shape[transposed ? 0 : 1]])
    return builder.tensor(
      .linear(.matrixProduct(transposed: transposed)), [weights, inLanes],
      shape: [weights.shape[transposed ? 1 : 0]])
  }

  /// `mask * (weights * self)`, with weights `[m, n]`, `self` `[n]` and a shared mask `[m]`: of rows where the mask is 0, nothing
  /// is computed.
  package func multiplied(by weights: Tensor, mask: Tensor) -> Tensor {
    precondition(shape == [weights.shape[1]] && mask.shape == [weights.shape[0]] && !mask.isPerSample)
    return builder.tensor(.linear(.maskedProduct), [weights, inLanes, mask], shape: mask.shape)
  }

  /// The mask of a masked product, to which something may have been added since; nil for any other value.
  package var mask: Tensor? {
    guard let input = node.inputs.first else { return nil }
    if case .linear(.maskedProduct) = node.operation {
      return Tensor(builder: builder, index: node.inputs[2])
    }
    if case .elementwise(.binary(.add)) = node.operation {
      return Tensor(builder: builder, index: input).mask
    }
    return nil
  }

  func outerProduct(_ other: Tensor) -> Tensor {
    builder.tensor(.linear(.outerProduct), [inLanes, other.inLanes], shape: [shape[0], other.shape[0]])
  }

  /// Rows of this shared matrix `[m, n]`, one for each of the sample's `indices` (of any shape, `p` elements), as the
  /// columns of `[n, p]`: features first, as in images.
  ///
  /// - Parameter indices: whole numbers from 0. Fractions are cut off; what lies beyond either end stands for the last
  ///   row or the first. No gradient passes to them.
  public func rows(at indices: Tensor) -> Tensor {
    precondition(shape.rank == 2 && !isPerSample, "rows are gathered from a shared matrix, not from \(shape)")
    let indices = indices.inLanes.flattened
    return builder.tensor(.linear(.gatherRows), [self, indices], shape: [shape[1], indices.shape[0]])
  }

  /// The batch mean of matrices in which each column of these values `[n, p]` is added to the row that its index
  /// names.
  func scatteredRows(at indices: Tensor, rows: Int) -> Tensor {
    builder.tensor(
      .linear(.scatterRows(rows: rows)), [indices.inLanes, inLanes], shape: [rows, shape[0]])
  }

  // MARK: Pooling and resampling

  package func maxPooled(_ geometry: PoolGeometry) -> Tensor {
    builder.tensor(.window(.maxPool(geometry)), [inLanes], shape: geometry.outputShape)
  }

  func maxPoolScatter(_ pooled: Tensor, _ geometry: PoolGeometry) -> Tensor {
    builder.tensor(.window(.maxPoolScatter(geometry)), [inLanes, pooled.inLanes], shape: geometry.inputShape)
  }

  func maxPoolGather(_ values: Tensor, _ geometry: PoolGeometry) -> Tensor {
    builder.tensor(.window(.maxPoolGather(geometry)), [inLanes, values.inLanes], shape: geometry.outputShape)
  }

  package func resampled(_ resampling: Resampling) -> Tensor {
    builder.tensor(.window(.resample(resampling)), [inLanes], shape: resampling.outputShape)
  }

  func resampledTransposed(_ resampling: Resampling) -> Tensor {
    builder.tensor(.window(.resampleTransposed(resampling)), [inLanes], shape: resampling.inputShape)
  }

  // MARK: Between samples

  /// The mean over the batch; a shared value is its own mean.
  public var batchMean: Tensor {
    isPerSample ? builder.tensor(.acrossSamples(.batchMean), [self], shape: shape) : self
  }

  /// The value as one of each sample's own.
  public var inLanes: Tensor {
    isPerSample ? self : builder.tensor(.acrossSamples(.perSample), [self], shape: shape)
  }
}

extension Shape {
  /// The same shape with another extent along `axis`.
  package func replacing(_ axis: Int, with extent: Int) -> Shape {
    var dimensions = dimensions
    dimensions[axis] = extent
    return Shape(dimensions)
  }
}
