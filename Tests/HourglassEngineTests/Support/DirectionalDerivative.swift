import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassTestSupport

/// A derivative along a direction, found in two ways.
struct DirectionalDerivative {
  var symbolic: Double
  var numerical: Double
  /// The size of the terms that both are sums of.
  var scale: Double

  var isSmall: Bool { abs(symbolic - numerical) <= 1e-6 * max(scale, 1e-3) }
}

extension CaseProgram {
  /// The derivative of `number` along a direction of one of the targets.
  func difference(
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
