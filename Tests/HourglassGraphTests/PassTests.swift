import HourglassBase
import HourglassGraph
import Testing

@Suite struct PassTests {
  private let builder = GraphBuilder()

  /// The operations left after all passes, leaves left out.
  private func operations(_ outputs: Tensor...) -> [String] {
    for (index, output) in outputs.enumerated() { builder.output("y\(index)", output) }
    return GraphPass.all.reduce(builder.graph) { $1($0) }.nodes
      .filter { !$0.inputs.isEmpty }.map(\.operation.name)
  }

  @Test func neutralElementsVanish() {
    let x = builder.input("x", shape: [3])
    #expect(operations((x * 1 + 0 - 0) / 1) == [])
  }

  @Test func constantsAreFolded() {
    let x = builder.input("x", shape: [3])
    let two = builder.constant(1, shape: [3]) + 1
    #expect(operations(x * two * 3) == ["multiply"])
    #expect(operations(x + two.square.sum(axes: [0]).broadcast(to: [3])) == ["multiply", "add"])
  }

  @Test func signsCancel() {
    let x = builder.input("x", shape: [3])
    #expect(operations(-(-x)) == [])
    #expect(operations(x * -1) == ["negate"])
  }

  @Test func reshapesOfReshapesAreOne() {
    let x = builder.input("x", shape: [2, 6])
    #expect(operations(x.reshaped(to: [4, 3]).reshaped(to: [3, 4])) == ["reshape"])
    #expect(operations(x.reshaped(to: [4, 3]).reshaped(to: [2, 6])) == ["reshape"])
  }

  /// Between two images a copy goes by way of a vector, as at most one side may have a halo.
  @Test func imagesAreReshapedByWayOfAVector() {
    let x = builder.input("x", shape: [2, 3, 4])
    #expect(operations(x.reshaped(to: [4, 3, 2])) == ["reshape", "reshape"])
  }

  @Test func whatOnlyGradientsSeeIsGoneAfterThem() {
    let (x, q) = (builder.input("x", shape: [3]), builder.input("q", shape: [3]))
    #expect(operations(q.straightThrough(to: x.tanh).stopGradient.square) == ["square"])
  }

  @Test func aSharedValueThatComesThroughStaysOnePerSample() {
    let x = builder.input("x", shape: [3])
    let shared = builder.parameter("p", shape: [3]).straightThrough(to: x)
    #expect(operations(shared) == ["per sample"])
  }

  @Test func unusedNodesAreDropped() {
    let x = builder.input("x", shape: [3])
    _ = x.tanh
    #expect(operations(x.square) == ["square"])
  }

  @Test func upsamplingMovesIntoAllThreeConvolutions() {
    let x = builder.input("x", shape: [2, 4, 4])
    let up = x.resampled(
      Resampling(kind: .nearest, channels: 2, height: 4, width: 4, factors: (rows: 2, columns: 2)))
    let axis = WindowAxis(input: 8, kernel: 3, stride: 1, padding: .same)
    let geometry = ConvolutionGeometry(inputChannels: 2, outputChannels: 3, rows: axis, columns: axis)
    let weights = builder.parameter("w", shape: geometry.weightShape)
    let loss = up.convolved(with: weights, geometry).square.sum.batchMean
    let gradients = builder.gradient(of: loss, with: [x, weights])
    let names = operations(loss, gradients[0], gradients[1])
    #expect(names.allSatisfy { !$0.contains("resample") && !$0.contains("nearest") })
    #expect(names.filter { $0.contains("after up-sampling 2") }.count == 3)
  }

  @Test func bilinearAndStridedStayAsTheyAre() {
    let x = builder.input("x", shape: [2, 4, 4])
    func convolved(_ kind: Resampling.Kind, stride: Int) -> Tensor {
      let up = x.resampled(
        Resampling(kind: kind, channels: 2, height: 4, width: 4, factors: (rows: 2, columns: 2)))
      let axis = WindowAxis(input: 8, kernel: 3, stride: stride, padding: .same)
      let geometry = ConvolutionGeometry(inputChannels: 2, outputChannels: 3, rows: axis, columns: axis)
      return up.convolved(with: builder.parameter("w", shape: geometry.weightShape), geometry)
    }
    let names = operations(convolved(.bilinear, stride: 1), convolved(.nearest, stride: 2))
    #expect(names.filter { $0.contains("resample") }.count == 2)
  }

  @Test func outputsKeepTheirNamesAndKinds() {
    let x = builder.input("x", shape: [3])
    builder.output("zero", x * 0)
    builder.output("x", x)
    let graph = GraphPass.all.reduce(builder.graph) { $1($0) }
    #expect(graph.outputs.map(\.name) == ["zero", "x"])
    #expect(graph.outputs.allSatisfy { graph.nodes[$0.node].isPerSample })
  }
}
