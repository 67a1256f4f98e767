import HourglassBase
import HourglassGraph
import Testing

/// The graphs that derivatives become; their values are tested with the engine.
@Suite struct GradientRuleTests {
  private let builder = GraphBuilder()

  private func derivative(_ loss: Tensor, _ target: Tensor) -> String {
    let name = "gradient \(builder.graph.outputs.count)"
    builder.output(name, builder.gradient(of: loss, with: [target])[0])
    let graph = GraphPass.all.reduce(builder.graph) { $1($0) }
    func text(_ index: Int) -> String {
      let node = graph.nodes[index]
      let inputs = node.inputs.map(text)
      return node.operation.name + (inputs.isEmpty ? "" : "(" + inputs.joined(separator: ", ") + ")")
    }
    return text(graph.output(name)!)
  }

  @Test func reluPassesTheAdjointWhereItsResultIsPositive() {
    let (x, y) = (builder.input("x", shape: [3]), builder.input("y", shape: [3]))
    #expect(
      derivative((x.relu * y).sum.batchMean, x) == "multiply(input y, step(relu(input x)))")
  }

  @Test func sigmoidUsesItsResult() {
    let x = builder.input("x", shape: [1])
    #expect(
      derivative(x.sigmoid.reshaped(to: .scalar).batchMean, x)
        == "multiply(sigmoid(input x), subtract(constant 1.0, sigmoid(input x)))")
  }

  @Test func aSharedParameterGetsTheBatchMean() {
    let (x, p) = (builder.input("x", shape: [3]), builder.parameter("p", shape: [3]))
    #expect(derivative((x * p).sum.batchMean, p) == "batch mean(input x)")
  }

  @Test func aDenseLayerGetsAnOuterProduct() {
    let (x, w) = (builder.input("x", shape: [3]), builder.parameter("w", shape: [2, 3]))
    let y = builder.input("y", shape: [2])
    #expect(derivative((x.multiplied(by: w) * y).sum.batchMean, w) == "outer product(input y, input x)")
  }

  @Test func whatTheLossDoesNotDependOnGetsZero() {
    let (x, p) = (builder.input("x", shape: [3]), builder.parameter("p", shape: [2]))
    #expect(derivative(x.sum.batchMean, p) == "constant 0.0")
  }

  @Test func stepsPassNothing() {
    let (x, y) = (builder.input("x", shape: [3]), builder.input("y", shape: [3]))
    #expect(derivative((x.step * y).sum.batchMean, x) == "constant 0.0")
  }

  @Test func adjointsOfAllUsesAreAddedUp() {
    let (x, y) = (builder.input("x", shape: [3]), builder.input("y", shape: [3]))
    #expect(derivative((x * y + x).sum.batchMean, x) == "add(constant 1.0, input y)")
  }

  // MARK: Stated adjoints

  @Test func nothingPassesAStoppedGradient() {
    let (x, y) = (builder.input("x", shape: [3]), builder.input("y", shape: [3]))
    #expect(derivative((x.square.stopGradient * y).sum.batchMean, x) == "constant 0.0")
    // What is stopped still counts where it is a factor.
    #expect(derivative((x.square.stopGradient * y).sum.batchMean, y) == "square(input x)")
  }

  @Test func theGradientOfAStraightThroughValueGoesToTheOther() {
    let (x, y) = (builder.input("x", shape: [3]), builder.input("y", shape: [3]))
    let q = builder.input("q", shape: [3])
    let loss = (q.straightThrough(to: x) * y).sum.batchMean
    #expect(derivative(loss, x) == "input y")
    #expect(derivative(loss, q) == "constant 0.0")
    // Of the square, at the value that came through.
    #expect(derivative(q.straightThrough(to: x).square.sum.batchMean, x) == "multiply(input q, constant 2.0)")
  }

  @Test func masksPassNothing() {
    let (x, y) = (builder.input("x", shape: [3]), builder.input("y", shape: [3]))
    for count in 1...3 {
      #expect(
        derivative((x.largestMask(axis: 0, count: count) * y).sum.batchMean, x) == "constant 0.0")
    }
    #expect(derivative((x.largestIndex(axis: 0) * y).sum.batchMean, x) == "constant 0.0")
  }

  @Test func aMaximumsGradientGoesToTheFirstOfTheLargest() {
    let x = builder.input("x", shape: [3])
    let loss = x.maximum(axes: [0]).reshaped(to: .scalar).batchMean
    #expect(derivative(loss, x) == "mask of the 1 largest along axis 0(input x)")
  }

  @Test func gatheredRowsGiveTheirGradientsBack() {
    let (w, i) = (builder.parameter("w", shape: [5, 2]), builder.input("i", shape: [3]))
    let y = builder.input("y", shape: [2, 3])
    let loss = (w.rows(at: i) * y).sum.batchMean
    #expect(derivative(loss, w) == "scatter to 5 rows(input i, input y)")
    #expect(derivative(loss, i) == "constant 0.0")
  }
}
