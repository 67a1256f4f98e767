import HourglassBase
import HourglassGraph
import HourglassTestSupport

/// Programs put together at random, for what nobody thought of: odd shapes, values used in many places, stages
/// next to each other.
enum RandomPrograms {
  /// - Parameter isSmooth: leaves out what has kinks.
  static func program(_ seed: Int, isSmooth: Bool) -> EngineCase {
    EngineCase("random program \(seed)", batch: [1, 3, 16, 17, 20][seed % 5]) { c in
      var generator = RandomProgram(seed: seed, isSmooth: isSmooth, c)
      return generator.make()
    }
  }
}

/// Nothing that jumps, so that rounding never decides which way a value goes.
private struct RandomProgram {
  private var numbers: TestNumbers
  private let c: CaseBuilder
  private var values: [Tensor] = []

  private let isSmooth: Bool

  init(seed: Int, isSmooth: Bool, _ c: CaseBuilder) {
    self.isSmooth = isSmooth
    numbers = TestNumbers("random program \(seed)")
    self.c = c
  }

  private mutating func choose(_ count: Int) -> Int { Int(numbers.next() % UInt64(count)) }
  private mutating func chance(_ parts: Int) -> Bool { choose(parts) == 0 }

  private mutating func shape() -> Shape {
    switch choose(6) {
    case 0: [1 + choose(20)]
    case 1: [1 + choose(4), 1 + choose(6)]
    default: [1 + choose(5), 1 + choose(5), 1 + choose(5)]
    }
  }

  mutating func make() -> [Tensor] {
    for _ in 0..<2 + choose(2) { values.append(c.input(shape())) }
    values.append(c.parameter(shape()))
    for _ in 0..<4 + choose(14) {
      // Recent values more often, so that chains get long.
      let source = chance(3) ? values[choose(values.count)] : values[values.count - 1 - choose(2)]
      let next = step(source)
      // Kept small, so that errors stay small.
      values.append(next.shape.count > 300 ? next.sum(axes: [0]).tanh : next)
    }
    var outputs = Array(values.suffix(2))
    if chance(2) { outputs.append(values[choose(values.count)]) }
    return outputs
  }

  private mutating func step(_ x: Tensor) -> Tensor {
    switch choose(12) {
    case 0, 1: unary(x)
    case 2, 3, 4: binary(x)
    case 5, 6: x.shape.rank == 3 ? image(x) : dense(x)
    case 7: rearranged(x)
    case 8: reshaped(x)
    case 9: reduced(x)
    case 10: chance(2) ? dense(x) : x - x.tanh.batchMean
    default: chance(3) ? x * c.graph.random(.normal, shape: x.shape) * 0.3 : x.batchMean * 0.5 + x
    }
  }

  private mutating func unary(_ x: Tensor) -> Tensor {
    switch choose(isSmooth ? 6 : 8) {
    case 0: x.sigmoid
    case 1: x.softplus * 0.5
    case 2: x.tanh.square
    case 3: (x.tanh * 0.3).exponential
    case 4: x.normalCumulative
    case 6, 7: x.relu
    default: x.tanh
    }
  }

  private mutating func binary(_ x: Tensor) -> Tensor {
    let partners = values.filter { $0.shape == x.shape }
    var other = partners[choose(partners.count)]
    if chance(2) {
      var shape = x.shape
      for axis in 0..<shape.rank where chance(2) { shape = shape.replacing(axis, with: 1) }
      other = chance(2) ? c.parameter(shape) : c.input(shape)
    }
    switch choose(4) {
    case 0: return x + other
    case 1: return other - x
    case 2: return x.tanh * other
    default: return x / (other.square + 1)
    }
  }

  private mutating func image(_ x: Tensor) -> Tensor {
    let (channels, height, width) = (x.shape[0], x.shape[1], x.shape[2])
    switch choose(5) {
    case 0, 1:
      let outputs = 1 + choose(6)
      let geometry = convolution(
        channels: channels, outputs, height, width, kernel: 1 + choose(3), stride: 1 + choose(2))
      let y = x.convolved(with: c.parameter(geometry.weightShape, -0.4...0.4), geometry)
      if chance(2) { return y }
      let bias = y + c.parameter([outputs, 1, 1]).broadcast(to: y.shape)
      return chance(2) ? bias.sigmoid : bias.tanh
    case 2:
      let geometry = transposedConvolution(
        channels: channels, 1 + choose(4), height, width, kernel: 1 + choose(4), stride: 1 + choose(2),
        padding: chance(2) ? .same : .valid)
      return x.convolvedTransposed(with: c.parameter(geometry.weightShape, -0.4...0.4), geometry)
    case 3:
      let kind = chance(3) ? Resampling.Kind.bilinear : .nearest
      let up = x.resampled(
        Resampling(
          kind: kind, channels: channels, height: height, width: width, factors: (rows: 2, columns: 2)))
      let geometry = convolution(channels: channels, 2, 2 * height, 2 * width, kernel: 3)
      return up.convolved(with: c.parameter(geometry.weightShape, -0.4...0.4), geometry)
    default:
      let geometry = pool(channels: channels, height, width, window: 2, stride: 1 + choose(2), padding: .same)
      if !isSmooth && chance(2) { return x.maxPooled(geometry) }
      return x.resampled(Resampling(average: geometry))
    }
  }

  private mutating func dense(_ x: Tensor) -> Tensor {
    let size = x.shape.count
    let outputs = 1 + choose(18)
    let scale = 1 / Double(size).squareRoot()
    if chance(3) {
      return x.flattened.multiplied(by: c.parameter([size, outputs], -scale...scale), transposed: true)
    }
    let y = x.flattened.multiplied(by: c.parameter([outputs, size], -scale...scale))
    return chance(2) ? y : (y + c.parameter([outputs])).sigmoid
  }

  private mutating func rearranged(_ x: Tensor) -> Tensor {
    let axis = choose(x.shape.rank)
    let extent = x.shape[axis]
    switch choose(3) {
    case 0:
      let start = choose(extent)
      return x.slice(axis: axis, start: start, count: 1 + choose(extent - start))
    case 1:
      return x.padded(axis: axis, before: choose(3), after: choose(2))
    default:
      let partners = values.filter { $0.shape == x.shape }
      return Tensor.concatenate([partners[choose(partners.count)], x], axis: axis)
    }
  }

  private mutating func reshaped(_ x: Tensor) -> Tensor {
    let count = x.shape.count
    let divisors = (1...count).filter { count % $0 == 0 }
    let first = divisors[choose(divisors.count)]
    let rest = divisors.filter { (count / first) % $0 == 0 }
    let second = rest[choose(rest.count)]
    switch choose(3) {
    case 0: return x.flattened
    case 1: return x.reshaped(to: [first, count / first])
    default: return x.reshaped(to: [first, second, count / first / second])
    }
  }

  private mutating func reduced(_ x: Tensor) -> Tensor {
    let axes = (0..<x.shape.rank).filter { _ in chance(2) }
    let sum = x.sum(axes: axes) * 0.3
    return chance(2) ? sum : sum.broadcast(to: x.shape) + x
  }
}
