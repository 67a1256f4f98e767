/// The extent of a tensor along each of its axes, for ONE sample: `[channels, height, width]` for an image,
/// `[features]` for a vector, `[outputs, inputs, rows, columns]` for a convolution's weights.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public let dimensions: [Int]

  public init(_ dimensions: [Int]) {
    self.dimensions = dimensions
  }

  public init(arrayLiteral dimensions: Int...) {
    self.init(dimensions)
  }

  /// The shape of a single number.
  public static let scalar = Shape([])

  public var rank: Int { dimensions.count }

  /// The number of elements: the product of the dimensions, 1 for a scalar; the largest number where it has no other.
  public var count: Int { MemoryBudget.product(dimensions) }

  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// Written as Keras writes it, without the batch: `(16, 28, 28)`.
  public var description: String {
    "(" + dimensions.map(String.init).joined(separator: ", ") + ")"
  }
}
