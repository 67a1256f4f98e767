import HourglassEngine
import HourglassGraph
import Testing

/// First and second derivatives against finite differences, and the engine against both.
@Suite struct GradientTests {
  @Test(arguments: OperationCatalogue.all, [Derivation.loss, .penalty])
  func gradientsAreThoseOfFiniteDifferences(_ engineCase: EngineCase, _ derivation: Derivation) {
    let number = derivation.program(engineCase)
    let program = derivation.program(engineCase, gradients: true)
    let gradients = program.reference.run(batch: program.batch)
    for target in program.targets {
      let gradient = gradients["gradient/\(target.name)"]!
      for direction in 0..<2 {
        let difference = number.difference(along: target, direction, gradient: gradient)
        #expect(difference.isSmall, "\(target.name): \(difference)")
      }
    }
  }

  @Test(arguments: OperationCatalogue.all, [Derivation.loss, .penalty])
  func engineAgreesWithTheReference(_ engineCase: EngineCase, _ derivation: Derivation) {
    let program = derivation.program(engineCase, gradients: true)
    let reference = program.reference.run(batch: program.batch)
    for kernels in KernelSet.all {
      let results = program.run(on: program.executor(kernels: kernels, team: WorkerTeam(count: 1)))
      let found = differences(results, from: reference, tolerance: 3e-5)
      #expect(found.isEmpty, "\(kernels.name)")
    }
  }
}

/// A derivative along a direction, found in two ways.
private struct DirectionalDerivative {
  var symbolic: Double
  var numerical: Double
  /// The size of the terms that both are sums of.
  var scale: Double

  var isSmall: Bool { abs(symbolic - numerical) <= 1e-6 * max(scale, 1e-3) }
}

extension CaseProgram {
  fileprivate func difference(
    along target: (name: String, shape: Shape, isPerSample: Bool), _ number: Int,
    gradient: ReferenceInterpreter.Value
  ) -> DirectionalDerivative {
    var numbers = TestNumbers("\(target.name) direction \(number)")
    let step = 1e-5
    let rows = target.isPerSample ? batch : 1
    let direction = (0..<rows).map { _ in
      (0..<target.shape.count).map { _ in Double(numbers.float(in: -1...1)) }
    }
    // The derivative in a per-sample value is that of the sum over the batch.
    let factor = target.isPerSample ? 1 / Double(batch) : 1
    let products = direction.indices.flatMap { row in
      zip(gradient.sample(row), direction[row]).map { $0 * $1 * factor }
    }
    func value(_ sign: Double) -> Double {
      var shifted = reference
      func shift(_ x: [Double], _ row: Int) -> [Double] {
        zip(x, direction[row]).map { $0 + sign * step * $1 }
      }
      if target.isPerSample {
        shifted.inputs[target.name] = shifted.inputs[target.name]!.enumerated().map { shift($1, $0) }
      } else {
        shifted.parameters[target.name] = shift(shifted.parameters[target.name]!, 0)
      }
      return shifted.run(batch: batch)["number"]!.sample(0)[0]
    }
    return DirectionalDerivative(
      symbolic: products.reduce(0, +), numerical: (value(1) - value(-1)) / (2 * step),
      scale: products.map(abs).reduce(0, +))
  }
}
