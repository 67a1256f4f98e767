import HourglassBase
import HourglassEngine
import HourglassGraph
import Testing

/// Which kernel calls a program becomes.
@Suite struct FusionTests {
  private func steps(_ build: (CaseBuilder) -> [Tensor]) -> [[String]] {
    let c = CaseBuilder()
    for (index, output) in build(c).enumerated() { c.graph.output("y\(index)", output) }
    let program = LoweredProgram(GraphPass.all.reduce(c.graph.graph) { $1($0) })
    return program.stages.map { stage in stage.steps.map(\.word).filter { $0 != "load" && $0 != "store" } }
  }

  @Test func biasAndActivationGoWithTheConvolution() {
    let plain = steps { c in [layer(c.input([2, 3, 3]), c, outputs: 4).relu] }
    #expect(plain == [["zeros", "convolve+bias relu"]])
    let gated = steps { c in
      let y = layer(c.input([2, 3, 3]), c, outputs: 4).sigmoid
      return [y * c.input([4, 3, 3]).step]
    }
    #expect(gated == [["zeros", "convolve+bias sigmoid gate"]])
  }

  @Test func biasAndActivationGoWithTheProduct() {
    let names = steps { c in
      let y = c.input([5]).multiplied(by: c.parameter([4, 5]))
      return [(y + c.parameter([4])).tanh]
    }
    #expect(names == [["product+bias tanh"]])
  }

  @Test func aProductThatIsUsedTwiceIsStored() {
    let names = steps { c in
      let y = c.input([5]).multiplied(by: c.parameter([4, 5]))
      return [y.tanh, y]
    }
    #expect(names == [["product", "map of 1"]])
  }

  @Test func chainsAreOneStep() {
    let names = steps { c in
      let square = (c.input([5]) - c.input([5])).square
      return [(square * 0.5 + c.parameter([5])).sigmoid]
    }
    #expect(names == [["map of 5"]])
  }

  @Test func poolingAndReluHaveOneGradient() {
    let names = steps { c in
      let x = c.input([2, 4, 4])
      let y = x.sigmoid.relu.maxPooled(pool(channels: 2, 4, 4, window: 2, stride: 2))
      let loss = (y * c.input([2, 2, 2])).sum.batchMean
      return c.graph.gradient(of: loss, with: [x])
    }
    #expect(names.joined().contains("gated scatter"))
  }

  @Test func aSumOverSamplesEndsAStage() {
    let names = steps { c in
      let x = c.input([5]).tanh
      return [x - x.batchMean]
    }
    #expect(names == [["map of 1", "keep", "batch sum"], ["bring", "map of 1"]])
  }

  @Test func upsamplingIsNotStored() {
    let names = steps { c in
      let up = c.input([2, 3, 3]).resampled(
        Resampling(kind: .nearest, channels: 2, height: 3, width: 3, factors: (rows: 2, columns: 2)))
      return [layer(up, c, outputs: 3)]
    }
    #expect(names == [["zeros", "convolve+bias"]])
  }
}

extension LaneStep {
  fileprivate var word: String {
    switch kind {
    case .load: "load"
    case .random: "random"
    case .map(let map): "map of \(map.steps.count)"
    case .reduce: "reduce"
    case .maximum: "maximum"
    case .largestMask: "mask"
    case .convolve(_, _, let epilogue): "convolve" + epilogue.words
    case .convolutionWeightGradient: "weight gradient"
    case .matrixProduct(_, let epilogue): "product" + epilogue.words
    case .outerProduct: "outer product"
    case .maskedProduct: "masked product"
    case .gatherRows: "gather rows"
    case .scatterRows: "scatter rows"
    case .maxPool: "pool"
    case .maxPoolScatter(_, let gated): gated ? "gated scatter" : "scatter"
    case .maxPoolGather: "gather"
    case .resample: "resample"
    case .copy: "copy"
    case .batchSum: "batch sum"
    case .zeroHalo: "zeros"
    case .carryOut: "keep"
    case .carryIn: "bring"
    case .store: "store"
    }
  }
}

extension Epilogue {
  fileprivate var words: String {
    (bias == nil ? "" : "+bias") + (activation == .none ? "" : " \(activation)")
      + (gate == nil ? "" : " gate")
  }
}
