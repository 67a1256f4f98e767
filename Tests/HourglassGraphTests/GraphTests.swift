import HourglassBase
import HourglassGraph
import Testing

@Suite struct GraphTests {
  @Test func equalNodesAreMadeOnce() {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [3])
    let (a, b) = ((x + 1).tanh, (x + 1).tanh)
    #expect(a.index == b.index)
    #expect(builder.random(.normal, shape: [3]).index != builder.random(.normal, shape: [3]).index)
  }

  @Test func sharedAndPerSample() {
    let builder = GraphBuilder()
    let (x, p) = (builder.input("x", shape: [3]), builder.parameter("p", shape: [3]))
    #expect(!(p + 1).isPerSample)
    #expect((p * x).isPerSample)
    #expect(!(p * x).batchMean.isPerSample)
    #expect(p.inLanes.isPerSample)
    #expect(p.batchMean.index == p.index)
    #expect(x.inLanes.index == x.index)
    #expect(!p.largestMask(axis: 0, count: 1).isPerSample)
    #expect(builder.parameter("w", shape: [4, 2]).rows(at: p).isPerSample)
  }

  @Test func shapesOfWhatIsBuilt() {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [2, 3, 4])
    #expect(x.sum(axes: [0, 2]).shape == [1, 3, 1])
    #expect(x.sum.shape == .scalar)
    #expect(x.mean(axes: [1]).shape == [2, 1, 4])
    #expect(x.flattened.shape == [24])
    #expect(x.maximum(axes: [0, 2]).shape == [1, 3, 1])
    #expect(x.logSumExp(axes: [1]).shape == [2, 1, 4])
    #expect(x.softmax(axes: [1]).shape == [2, 3, 4])
    #expect(x.largestMask(axis: 1, count: 2).shape == [2, 3, 4])
    #expect(x.largestIndex(axis: 0).shape == [1, 3, 4])
    #expect(builder.parameter("w", shape: [7, 5]).rows(at: x.largestIndex(axis: 0)).shape == [5, 12])
    #expect(builder.positions(4).shape == [4])
    #expect(x.slice(axis: 2, start: 1, count: 2).shape == [2, 3, 2])
    #expect(x.padded(axis: 1, before: 2, after: 3).shape == [2, 8, 4])
    #expect(Tensor.concatenate([x, x], axis: 0).shape == [4, 3, 4])
    #expect((x * builder.parameter("p", shape: [2, 1, 1])).shape == [2, 3, 4])
    #expect((builder.parameter("q", shape: .scalar) * x).shape == [2, 3, 4])
  }

  @Test func nothingIsBuiltForNothing() {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [2, 1, 4])
    #expect(x.sum(axes: [1]).index == x.index)
    #expect(x.maximum(axes: [1]).index == x.index)
    #expect(x.reshaped(to: [2, 1, 4]).index == x.index)
    #expect(x.broadcast(to: [2, 1, 4]).index == x.index)
    #expect(x.slice(axis: 2, start: 0, count: 4).index == x.index)
    #expect(x.padded(axis: 2, before: 0, after: 0).index == x.index)
    #expect(Tensor.concatenate([x], axis: 0).index == x.index)
  }

  @Test func scopeBelongsToNewNodes() {
    let builder = GraphBuilder()
    builder.scope = "encoder.0"
    let x = builder.input("x", shape: [2]).tanh
    builder.scope = ""
    let loss = x.square.sum.batchMean
    let gradient = builder.gradient(of: loss, with: [builder.input("x", shape: [2])])[0]
    #expect(x.node.scope == "encoder.0")
    #expect(loss.node.scope == "")
    // Derivatives belong to the layer they are of.
    #expect(gradient.node.scope == "encoder.0")
  }

  @Test func printing() {
    let builder = GraphBuilder()
    let axis = WindowAxis(input: 4, kernel: 3, stride: 2, padding: .same)
    let geometry = ConvolutionGeometry(inputChannels: 1, outputChannels: 2, rows: axis, columns: axis)
    builder.scope = "encoder.0"
    let x = builder.input("x", shape: geometry.inputShape)
    let y = x.convolved(with: builder.parameter("w", shape: geometry.weightShape), geometry).relu
    builder.scope = ""
    builder.output("loss", y.sum(axes: [0, 1, 2]).batchMean)
    #expect(
      String(describing: builder.graph) == """
        %0 = input x : (1, 4, 4) per sample  encoder.0
        %1 = parameter w : (2, 1, 3, 3) shared  encoder.0
        %2 = convolution 3x3 stride 2 (%0, %1) : (2, 2, 2) per sample  encoder.0
        %3 = relu (%2) : (2, 2, 2) per sample  encoder.0
        %4 = sum over axes 0, 1, 2 (%3) : (1, 1, 1) per sample
        %5 = batch mean (%4) : (1, 1, 1) shared
        output loss = %5
        """)
  }
}
