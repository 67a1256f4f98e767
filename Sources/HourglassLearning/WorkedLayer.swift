/// A fully connected layer without biases, in double precision: `relu(W x)`. It keeps every number on the way, so
/// that the way can be shown.
package struct WorkedLayer: Sendable {
  /// One row for each number the layer makes; a row has one weight for each number it reads.
  package let weights: [[Double]]

  package init(weights: [[Double]]) {
    self.weights = weights
  }

  /// What the layer makes of an input of `n` numbers, with `m` rows of weights.
  package struct Result: Sendable {
    /// Weight times input: `m` rows of `n` products.
    package var products: [[Double]]
    /// `W x`: `m` numbers.
    package var sums: [Double]
    /// `relu(W x)`: `m` numbers.
    package var outputs: [Double]
  }

  /// - Parameter input: as many numbers as a row has weights.
  package func callAsFunction(_ input: [Double]) -> Result {
    let sums = weights.map { Self.dot($0, input) }
    return Result(
      products: weights.map { row in zip(row, input).map { $0 * $1 } }, sums: sums,
      outputs: sums.map { max(0, $0) })
  }

  /// From the last product to the first, each added by a fused multiply-add, which rounds once. NumPy's product of
  /// a small matrix and a vector rounds like this on processors with such an instruction; the order decides the
  /// last digits of what is computed from it.
  private static func dot(_ row: [Double], _ input: [Double]) -> Double {
    precondition(row.count == input.count, "a row of \(row.count) weights for \(input.count) numbers")
    var sum = 0.0
    for index in row.indices.reversed() { sum.addProduct(row[index], input[index]) }
    return sum
  }
}
