import HourglassLearning
import HourglassModels
import HourglassTestSupport
import Testing

@Suite struct WorkedExampleTests {
  private let example = WorkedExample()

  /// Every number of the way, as it comes out on paper.
  @Test func everyStep() {
    func expect(
      _ found: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(
        largestDifference(found, expected) < 1e-15, "\(found), not \(expected)",
        sourceLocation: sourceLocation)
    }
    expect(example.encoded.products[0], [0.8, 0.24, 0.25])
    expect(example.encoded.products[1], [0.4, 0.56, 0.1])
    expect(example.encoded.sums, [1.29, 1.06])
    expect(example.code, [1.29, 1.06])
    expect(example.decoded.products[0], [1.161, 0.424])
    expect(example.decoded.products[1], [0.258, 0.742])
    expect(example.decoded.products[2], [0.645, 0.318])
    expect(example.reconstruction, [1.585, 1, 0.963])
    expect(example.differences, [-0.585, -0.2, -0.463])
    expect(example.squaredErrors, [0.342225, 0.04, 0.214369])
  }

  /// As NumPy prints them: relu(W @ x) twice, then numpy.mean((x - output) ** 2).
  @Test func results() {
    #expect(
      example.results == """
        Encoder: [1.29 1.06]
        Decoder: [1.585 1. 0.963]
        Mean Squared Error: 0.19886466666666677
        """)
  }

  @Test func sumsBelowZeroBecomeZero() {
    let result = WorkedLayer(weights: [[1, -1], [-1, 1]])([1, 3])
    #expect(result.products == [[1, -3], [-1, 3]])
    #expect(result.sums == [-2, 2] && result.outputs == [0, 2])
  }
}

@Suite struct UntrainedReconstructionTests {
  private let ramp = (0..<784).map { Double($0) / 783 }

  @Test func theSeedDecides() {
    let first = UntrainedReconstruction(base: ramp, seed: 1)
    #expect(first.reconstruction == UntrainedReconstruction(base: ramp, seed: 1).reconstruction)
    #expect(first.reconstruction != UntrainedReconstruction(base: ramp, seed: 2).reconstruction)
    #expect(first.reconstruction.count == 784 && first.weightCount == 156_800)
    #expect(first.reconstruction.allSatisfy { $0 >= 0 && $0.isFinite })
    // Weights in -1..<1 make about as many sums below zero as above.
    #expect((200...584).contains(first.reconstruction.count { $0 == 0 }))
    #expect(first.meanSquaredError > 1)
  }

  @Test func figureShowsBothSideBySide() throws {
    let figure = try UntrainedReconstruction(base: ramp, seed: 1).figure()
    // Two pictures of 28 * 12 pixels with gaps of 16, below a line of text.
    #expect(figure.width == 2 * 28 * 12 + 3 * 16)
    #expect(figure.height > 28 * 12 + 3 * 16 && figure.channels == 1)
    let black = UntrainedReconstruction(base: ramp.map { _ in 0 }, seed: 1)
    #expect(black.largestOutput == 0 && black.meanSquaredError == 0)
    #expect(try black.figure().width == figure.width)
  }
}
