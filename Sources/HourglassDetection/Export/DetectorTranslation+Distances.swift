import HourglassBase
import HourglassMessages
import HourglassONNX

// How far samples are from what is usual, as in `ResidualDistance` and `NeighbourDistance`.

extension DetectorTranslation {
  /// Residuals in units of what is usual, `[batch, features]` of 64 bits.
  ///
  /// - Parameters:
  ///   - residuals: `[batch, features]`; 0 where a cell is missing.
  ///   - gaps: 1 there, else 0; nil where nothing can be missing.
  mutating func whitened(_ residuals: String, gaps: String?) throws(HourglassError) -> String {
    writer.scope = "residual"
    let distance = detector.residualDistance
    let features = distance.mean.count
    var residuals = residuals
    if let gaps {
      residuals = try conditional(residuals, hidden: gaps, by: distance.expectation, "residual")
    }
    let mean = writer.weight("residual/mean", [features], distance.mean)
    guard distance.whitening.count == features * features else {
      let factors = writer.weight("residual/factors", [features], distance.whitening)
      return op("Mul", cast(op("Sub", residuals, mean), to: .double), cast(factors, to: .double))
    }
    let matrix = writer.weight("residual/whitening", [features, features], distance.whitening)
    return op(
      "MatMul", op("Sub", cast(residuals, to: .double), cast(mean, to: .double)), cast(matrix, to: .double))
  }

  /// The mean square of whitened residuals, over the known features; 0 where none is.
  mutating func reconstructionDistance(_ whitened: String, gaps: String?) -> String {
    writer.scope = "residual"
    let features = Double(detector.residualDistance.mean.count)
    let mean = op("Div", rowSum(op("Mul", whitened, whitened)), writer.double(features))
    guard let gaps else { return mean }
    let known = op("Sub", writer.double(features), rowSum(cast(gaps, to: .double)))
    let share = op("Div", op("Mul", mean, writer.double(features)), known)
    return op("Where", op("Greater", known, writer.double(0)), share, writer.double(0))
  }

  /// Points of a joined space.
  mutating func joined(_ shown: String, _ whitened: String, in space: JoinedSpace) -> String {
    writer.scope = "neighbours"
    let inputs = op("Mul", shown, writer.number(Double(space.inputScale)))
    let residuals = op("Mul", cast(whitened, to: .float), writer.number(Double(space.residualScale)))
    return concatenated([inputs, residuals].map { clipped($0, to: JoinedSpace.farthest) })
  }

  /// The distance of each point to its nearest training samples, `[batch, 1]` of 64 bits.
  ///
  /// Which are nearest is found by products, in 64 bits since squares of large numbers cancel; how far they are by differences.
  ///
  /// - Parameters:
  ///   - points: `[batch, width]`.
  ///   - gaps: 1 where a cell is missing; nil where nothing can be missing.
  /// - Throws: `HourglassError` (usage) where rounding would decide: of samples that repeat distances are 0.
  mutating func neighbourDistance(_ points: String, gaps: String?) throws(HourglassError) -> String {
    writer.scope = "neighbours"
    let (distance, references) = (detector.neighbourDistance, detector.neighbourDistance.points)
    let width = references.shape.count
    let count = min(distance.neighbours, references.count)
    let matrix = writer.weight("neighbours/references", [references.count, width], references.floats)
    let squares = (0..<references.count).map { index in
      references.sample(index).reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    let sizes = writer.doubles("neighbours/squares", [references.count], squares)
    let queries = cast(points, to: .double)
    let turned = writer.add("Transpose", [cast(matrix, to: .double)], .integers("perm", [1, 0]))
    // Less the query's own square, which is the same for all.
    let order = op("Sub", sizes, op("Mul", op("MatMul", queries, turned), writer.double(2)))
    let near = writer.add(
      "TopK", [order, writer.integers([count])], [.integer("axis", 1), .integer("largest", 0)], results: 2)[1]
    let found = cast(writer.add("Gather", [matrix, near], .integer("axis", 0)), to: .double)
    let differences = op("Sub", found, op("Unsqueeze", queries, writer.integers([1])))
    let sums = writer.add(
      "ReduceSum", [op("Mul", differences, differences), writer.integers([2])], .integer("keepdims", 0))
    var distances = op("Sqrt", sums)
    if case .joined(let space) = distance.space, let gaps {
      distances = repeated(distances, differences, gaps, in: space)
    } else if detector.neighbourStandard.offset < Self.leastOffset {
      throw HourglassError(
        .usage,
        "Nearly all training samples of the detector are there several times, so that rounding, which differs from program to program, "
          + "would decide what is an alert; fit it to different samples, or with another scoring")
    }
    func extreme(_ kind: String) -> String {
      writer.add(kind, [distances], .integers("axes", [1]), .integer("keepdims", 1))
    }
    switch distance.space {
    case .codes, .edges: return extreme("ReduceMax")
    case .joined:
      // As `NeighbourDistance.weights` has it.
      let share = distance.nearestShare
      let mean = op("Mul", rowSum(distances), writer.double((1 - share) / Double(count)))
      guard share > 0 else { return mean }
      return op("Add", mean, op("Mul", extreme("ReduceMin"), writer.double(share)))
    }
  }

  /// Below it the distances of training samples are rounding errors; it is a thousandth of their mean.
  private static let leastOffset = 1e-8

  /// The distances, but 0 to training rows whose cells are the same. The network then misses the same of both, but for rounding that
  /// differs from program to program; beside nothing it would count for much.
  ///
  /// - Parameter differences: `[batch, near, 2 * features]`.
  private mutating func repeated(
    _ distances: String, _ differences: String, _ gaps: String, in space: JoinedSpace
  ) -> String {
    let features = detector.residualDistance.mean.count
    let inputs = op(
      "Abs", writer.add("Slice", [differences] + [[0], [features], [2]].map { writer.integers($0) }))
    // Missing cells were filled by the network.
    let allowed = op(
      "Mul", cast(gaps, to: .double), writer.double(Self.filledAlike * Double(space.inputScale)))
    let beyond = writer.add(
      "ReduceMax", [op("Sub", inputs, op("Unsqueeze", allowed, writer.integers([1])))],
      .integers("axes", [2]),
      .integer("keepdims", 0))
    let isSame = op(
      "And", op("LessOrEqual", beyond, writer.double(0)),
      op("Less", distances, writer.double(Self.residualsAlike)))
    return op("Where", isSame, writer.double(0), distances)
  }

  /// How far rounding may take what missing cells are filled with, in deviations of a column, ...
  private static let filledAlike = 1e-4
  /// ... and whole rows, where two that are drawn at random lie about 1 apart.
  private static let residualsAlike = 1e-2
}
