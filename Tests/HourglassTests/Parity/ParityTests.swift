import Foundation
import Hourglass
import Testing

/// The same samples, first weights and batches give the same losses as in PyTorch, step by step.
@Suite struct ParityTests {
  /// What Tests/Parity/make_expected.py wrote, and where each formula here has its twin.
  private struct Expected: Decodable {
    var losses: [String: [Double]]

    static func read() throws -> Expected {
      var tests = URL(filePath: #filePath)
      for _ in 0..<3 { tests.deleteLastPathComponent() }
      let file = tests.appending(path: "Parity/expected.json")
      return try JSONDecoder().decode(Expected.self, from: Data(contentsOf: file))
    }
  }

  private static let (features, hidden, code, count, batch) = (64, 32, 8, 64, 16)

  @Test func undercomplete() throws {
    try expectParity(Undercomplete())
  }

  @Test func denoising() throws {
    try expectParity(Denoising(.gaussian(0.4)))
  }

  @Test func sparseL1() throws {
    try expectParity(SparseL1(lambda: 0.01))
  }

  @Test func sparseKL() throws {
    try expectParity(SparseKL(rho: 0.05, lambda: 0.1))
  }

  @Test func contractive() throws {
    try expectParity(Contractive(lambda: 0.1, norm: .exact))
  }

  @Test func variational() throws {
    try expectParity(Variational(), codeLayer: GaussianCode(Self.code))
  }

  /// - Parameter codeLayer: the encoder's last layer.
  private func expectParity(
    _ objective: any Objective, codeLayer: any Layer = Dense(code, activation: .sigmoid),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let model = try Autoencoder(
      inputShape: [Self.features], encoder: [Dense(Self.hidden, activation: .relu), codeLayer],
      decoder: [Dense(Self.hidden, activation: .relu), Dense(Self.features, activation: .sigmoid)])
    let kind = type(of: objective).kind
    let expected = try #require(try Expected.read().losses[kind])
    #expect(expected.count == 20)
    for (step, (found, expected)) in zip(try losses(model, objective, steps: 20), expected).enumerated() {
      #expect(
        abs(found - expected) <= 1e-4 * abs(expected), "\(kind), step \(step + 1): \(found), not \(expected)",
        sourceLocation: sourceLocation)
    }
  }

  /// The loss of each step before its update.
  private func losses(_ model: Autoencoder, _ objective: any Objective, steps: Int) throws -> [Double] {
    let program = try model.trainingProgram(objective)
    let (graph, noiseWidth) = readingNoise(program.training)
    let parameters = program.makeParameters(seed: 0)
    for (position, parameter) in program.parameters.enumerated() {
      parameters.write(parameter.name, firstNumbers(parameter.specification.shape, position))
    }
    let executor = Executor(
      graph: graph, parameters: parameters, inputs: ["x": samples(), "noise": noise(noiseWidth)],
      maximumBatch: Self.batch, team: WorkerTeam(count: 2), kernels: .best)
    return try (1...steps).map { step in
      let start = (step - 1) * Self.batch % Self.count
      try executor.run((start..<start + Self.batch).map(UInt32.init), epoch: 0, seed: 0)
      let loss = Double(executor.number(.loss))
      #expect(try executor.checkGradients().notFinite.isEmpty)
      try executor.updateParameters(
        UpdateSettings(
          rule: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), learningRate: 0.01, step: step))
      return loss
    }
  }

  /// The graph with an input `noise` in the place of its random draws, and how many numbers a sample has of it.
  private func readingNoise(_ graph: Graph) -> (Graph, width: Int) {
    var width = 1
    let result = graph.rewritten { node, _, builder in
      guard case .leaf(.random) = node.operation else { return nil }
      width = node.shape.count
      return builder.input("noise", shape: node.shape)
    }
    return (result, width)
  }

  private func samples() -> SampleArray {
    array(Self.features) { s, f in Float((31 * s + 17 * f + 5 * (s * f % 13)) % 129) / 128 }
  }

  private func noise(_ width: Int) -> SampleArray {
    array(width) { s, e in Float((53 * s + 29 * e) % 97 - 48) / 32 }
  }

  private func array(_ width: Int, _ number: (_ sample: Int, _ element: Int) -> Float) -> SampleArray {
    var floats: [Float] = []
    for sample in 0..<Self.count {
      for element in 0..<width { floats.append(number(sample, element)) }
    }
    return SampleArray(trustedFloats: floats, count: Self.count, shape: [width])
  }

  private func firstNumbers(_ shape: Shape, _ position: Int) -> [Float] {
    let divisor: Float = shape.rank == 2 ? 256 : 1024
    return (0..<shape.count).map { index in
      let step = (37 * index + 17 * position + 11) % 101
      return Float(step - 50) / divisor
    }
  }
}
