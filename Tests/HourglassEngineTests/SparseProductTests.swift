import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassTestSupport
import Testing

/// Of products with very many terms, those that are 0 in all samples are left out, and nothing changes by it.
@Suite struct SparseProductTests {
  private static let (terms, units, batch) = (5000, 37, 160)

  /// Documents of a few words, some words in all of them, one document without any.
  private static func documents() -> [Float] {
    var random = TestNumbers(5)
    var samples = [Float](repeating: 0, count: batch * terms)
    for sample in 1..<batch {
      for word in 0..<40 {
        let term = word < 4 ? 1200 * word + 7 : Int(random.next() % UInt64(terms))
        samples[sample * terms + term] = Float(1 + random.next() % 5)
      }
    }
    return samples
  }

  /// A row that the mask has has the sums of a product by itself; the others are 0.
  @Test(arguments: KernelSet.all.map(\.name))
  func maskedSumsAreThoseOfTheProduct(_ name: String) throws {
    let (rows, columns, batch) = (2100, 150, 112)
    let builder = GraphBuilder()
    let weight = builder.parameter("w", shape: [rows, columns])
    let x = builder.input("x", shape: [columns])
    builder.output("whole", x.multiplied(by: weight))
    builder.output("masked", x.multiplied(by: weight, mask: builder.parameter("mask", shape: [rows])))
    let store = ParameterStore([("w", [rows, columns], true), ("mask", [rows], false)])
    var random = TestNumbers(12)
    store.write("w", random.floats(rows * columns, in: -1...1))
    let mask = (0..<rows).map { _ in Float(random.next() % 10 == 0 ? 1 : 0) }
    store.write("mask", mask)
    let executor = Executor(
      graph: builder.graph, parameters: store,
      inputs: [
        "x": try SampleArray(
          floats: random.floats(batch * columns, in: -1...1), count: batch, shape: [columns])
      ], maximumBatch: batch, team: WorkerTeam(count: 1), kernels: try KernelSet.named(name))
    try executor.run(0..<UInt32(batch), epoch: 0, seed: 0)
    executor.withPerSample("whole") { whole in
      executor.withPerSample("masked") { masked in
        let expected = whole.indices.map { mask[$0 % rows] == 0 ? 0 : whole[$0] }
        #expect(masked.map(\.bitPattern) == expected.map(\.bitPattern))
      }
    }
  }

  private func executor(_ graph: Graph, _ weights: [String: [Float]], kernels: String) throws -> Executor {
    let store = ParameterStore(
      weights.keys.sorted().map { ($0, [weights[$0]!.count / Self.units, Self.units], true) })
    for (name, values) in weights { store.write(name, values) }
    var random = TestNumbers(8)
    let executor = Executor(
      graph: graph, parameters: store,
      inputs: [
        "x": try SampleArray(floats: Self.documents(), count: Self.batch, shape: [Self.terms]),
        "probe": try SampleArray(
          floats: random.floats(Self.batch * Self.units, in: -1...1), count: Self.batch, shape: [Self.units]),
      ], maximumBatch: Self.batch, team: WorkerTeam(count: 1), kernels: try KernelSet.named(kernels))
    try executor.run(0..<UInt32(Self.batch), epoch: 0, seed: 0)
    return executor
  }

  private static func weights(_ seed: UInt64) -> [Float] {
    var random = TestNumbers(seed)
    return random.floats(terms * units, in: -1...1)
  }

  @Test(arguments: KernelSet.all.map(\.name))
  func sumsAreThoseOfAllTerms(_ name: String) throws {
    let (terms, units) = (Self.terms, Self.units)
    let builder = GraphBuilder()
    let weight = builder.parameter("w", shape: [terms, units])
    let x = builder.input("x", shape: [terms])
    builder.output("y", x.multiplied(by: weight, transposed: true))
    builder.output("z", builder.input("probe", shape: [units]))
    let weights = Self.weights(3)
    let samples = Self.documents()
    try executor(builder.graph, ["w": weights], kernels: name).withPerSample("y") { results in
      for sample in [0, 1, 2, 15, 16, 63, 64, 159] {
        for unit in [0, 1, 5, 6, 35, 36] {
          let expected = (0..<terms).reduce(Float(0)) {
            $0.addingProduct(weights[$1 * units + unit], samples[sample * terms + $1])
          }
          #expect(results[sample * units + unit].bitPattern == expected.bitPattern)
        }
      }
    }
  }

  /// Each row of the gradient is by itself: those of a part of the terms, too few to leave any out, are the same.
  @Test(arguments: KernelSet.all.map(\.name))
  func gradientsAreThoseOfAllTerms(_ name: String) throws {
    let (terms, units) = (Self.terms, Self.units)
    func gradients(_ part: Int) throws -> [Float] {
      let builder = GraphBuilder()
      let x = builder.input("x", shape: [terms])
      let weights = stride(from: 0, to: terms, by: part).map {
        builder.parameter("w \(10_000 + $0)", shape: [part, units])
      }
      let sums = weights.enumerated().map { index, weight in
        x.slice(axis: 0, start: index * part, count: part).multiplied(by: weight, transposed: true)
      }
      let y = sums.dropFirst().reduce(sums[0]) { $0 + $1 }
      let loss = (y * builder.input("probe", shape: [units])).sum.batchMean
      builder.output(.loss, loss)
      let names = weights.indices.map { "w \(10_000 + $0 * part)" }
      for (name, gradient) in zip(names, builder.gradient(of: loss, with: weights)) {
        builder.output(.gradient(of: name), gradient)
      }
      let values = Self.weights(4)
      let executor = try executor(
        builder.graph,
        Dictionary(
          uniqueKeysWithValues: names.enumerated().map { index, name in
            (name, Array(values[index * part * units..<(index + 1) * part * units]))
          }), kernels: name)
      return names.flatMap { executor.shared(.gradient(of: $0)) }
    }
    let whole = try gradients(terms)
    let parts = try gradients(terms / 5)
    #expect(whole.contains { $0 != 0 } && whole.count { $0 == 0 } > units)
    #expect(whole.map(\.bitPattern) == parts.map(\.bitPattern))
  }
}
