import HourglassBase

/// What the extents of a file's inputs and outputs are called.
package struct PortNames {
  let hasChannelsLast: Bool
  /// Whether images have any height and width.
  let isFree: Bool

  package init(hasChannelsLast: Bool, isFree: Bool) {
    (self.hasChannelsLast, self.isFree) = (hasChannelsLast, isFree)
  }

  package func sample(_ shape: Shape) -> [GraphPort.Extent] {
    let extents = named(shape, "height", "width")
    let turned = hasChannelsLast ? Array(extents[1...]) + [extents[0]] : extents
    return [.named("batch")] + turned
  }

  func code(_ shape: Shape) -> [GraphPort.Extent] {
    [.named("batch")] + named(shape, "code_height", "code_width")
  }

  private func named(_ shape: Shape, _ height: String, _ width: String) -> [GraphPort.Extent] {
    guard isFree, shape.rank == 3 else { return shape.dimensions.map { .fixed($0) } }
    return [.fixed(shape[0]), .named(height), .named(width)]
  }
}
