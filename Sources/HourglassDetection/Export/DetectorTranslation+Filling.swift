import HourglassBase
import HourglassModels
import HourglassONNX

// What is not known of a row is worked out from what is.

extension DetectorTranslation {
  /// The encoded rows, where missing cells are filled as `TableEncoding` and `TrainedModel` do it.
  mutating func filled(_ rows: Rows, _ encoding: TableEncoding) throws(HourglassError) -> String {
    writer.scope = "filling"
    let isMissing = op("Greater", rows.gaps, writer.number(0))
    var sample = rows.features
    if let expectation = encoding.expectation {
      let expected = try conditional(sample, hidden: rows.hidden, by: expectation, "cells")
      // Marks of missing numbers are known.
      sample = op("Where", isMissing, expected, sample)
    }
    // Rows that lack nothing need no pass.
    let anyMissing = op(
      "Greater", writer.add("ReduceMax", [rows.gaps], .integer("keepdims", 0)), writer.number(0))
    let loop = writer.openLoop(
      passes: TrainedModel.fillingPasses, while: anyMissing, [NodeWriter.State(sample, .float)])
    let rebuilt = try pass(loop.states[0]).reconstruction
    let next = op("Where", isMissing, rebuilt, loop.states[0])
    return try writer.close(loop, condition: loop.condition, states: [next])[0]
  }

  /// What hidden features are expected to be, given the others, see `ConditionalMean`. Rows lack different features, so each has a
  /// system of equations of its own: they are solved together by conjugate gradients (Hestenes and Stiefel 1952), which need
  /// products with the whole matrix only.
  ///
  /// - Parameters:
  ///   - vectors: `[batch, features]`, numbers also where they are hidden.
  ///   - hidden: 1 where they are, else 0.
  mutating func conditional(
    _ vectors: String, hidden: String, by expectation: ConditionalMean, _ name: String
  ) throws(HourglassError) -> String {
    let features = expectation.mean.count
    let mean = writer.weight("\(name)/mean", [features], expectation.mean)
    let isHidden = op("Greater", hidden, writer.number(0))
    guard !expectation.precision.isEmpty else { return op("Where", isHidden, mean, vectors) }
    guard expectation.isSolvable else {
      throw HourglassError(
        .usage,
        "What missing cells are expected to be follows from a matrix that rounding has spoilt, so the detector cannot be exported; "
          + "fit it again")
    }
    let system = System(
      matrix: writer.doubles(
        "\(name)/precision", [features, features], expectation.precision.map { Double($0) }),
      diagonal: writer.doubles(
        "\(name)/diagonal", [features],
        (0..<features).map { Double(expectation.precision[$0 * features + $0]) }),
      mask: cast(hidden, to: .double))
    let differences = op(
      "Where", isHidden, writer.double(0), op("Sub", cast(vectors, to: .double), cast(mean, to: .double)))
    let right = op("Neg", product(differences, system))
    let step = try solution(of: system, right)
    return op("Where", isHidden, op("Add", mean, cast(step, to: .float)), vectors)
  }

  /// Of each row, the part of a matrix where its mask is 1 in row and column.
  private struct System {
    var matrix: String
    var diagonal: String
    var mask: String
  }

  private mutating func product(_ vectors: String, _ system: System) -> String {
    op("Mul", op("MatMul", vectors, system.matrix), system.mask)
  }

  /// What the squares of errors have to shrink to, beside that at the beginning: far below what 32 bits can tell.
  private static let smallEnough = 1e-26
  /// As many steps as there are features would do, but for rounding.
  private static let mostSteps = 10_000

  private mutating func solution(of system: System, _ right: String) throws(HourglassError) -> String {
    let zero = writer.double(0)
    let start = op("Div", right, system.diagonal)
    let first = rowSum(op("Mul", right, start))
    let bound = op("Mul", first, writer.double(Self.smallEnough))
    let states = [op("Mul", right, zero), right, start, first].map { NodeWriter.State($0, .double) }
    let loop = writer.openLoop(passes: Self.mostSteps, while: anyAbove(first, bound), states)
    let (solution, rest, direction, error) = (loop.states[0], loop.states[1], loop.states[2], loop.states[3])
    let turned = product(direction, system)
    // A row that is solved stays as it is, so that it does not depend on the others.
    let isOpen = op("Greater", error, bound)
    let length = op("Where", isOpen, op("Div", error, rowSum(op("Mul", direction, turned))), zero)
    let nextSolution = op("Add", solution, op("Mul", length, direction))
    let nextRest = op("Sub", rest, op("Mul", length, turned))
    let scaled = op("Div", nextRest, system.diagonal)
    let nextError = rowSum(op("Mul", nextRest, scaled))
    let share = op("Where", isOpen, op("Div", nextError, error), zero)
    let nextDirection = op("Add", scaled, op("Mul", share, direction))
    return try writer.close(
      loop, condition: anyAbove(nextError, bound),
      states: [nextSolution, nextRest, nextDirection, nextError])[0]
  }

  private mutating func anyAbove(_ errors: String, _ bound: String) -> String {
    let excess = writer.add("ReduceMax", [op("Sub", errors, bound)], .integer("keepdims", 0))
    return op("Greater", excess, writer.double(0))
  }
}

extension ConditionalMean {
  /// Whether its matrix is positive definite, so that all parts of it are.
  fileprivate var isSolvable: Bool {
    Self.solve(precision.map { Double($0) }, Array(repeating: 0, count: mean.count)) != nil
  }
}
