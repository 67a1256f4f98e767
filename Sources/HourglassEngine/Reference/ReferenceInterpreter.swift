import HourglassBase
import HourglassGraph

/// Computes a graph the plain way, in double precision, one sample after another: what every kernel and every
/// gradient is tested against. Slow on purpose; it shares no code with the engine.
public struct ReferenceInterpreter {
  public let graph: Graph
  /// Row-major numbers of each parameter.
  public var parameters: [String: [Double]]
  /// Row-major numbers of each input, for each sample.
  public var inputs: [String: [[Double]]]
  /// The draw for (stream, sample of the batch, element).
  public var draw: (RandomDistribution, UInt32, Int, Int) -> Double

  public init(
    graph: Graph, parameters: [String: [Double]], inputs: [String: [[Double]]],
    draw: @escaping (RandomDistribution, UInt32, Int, Int) -> Double = { _, _, _, _ in 0 }
  ) {
    self.graph = graph
    self.parameters = parameters
    self.inputs = inputs
    self.draw = draw
  }

  /// A node's value: one array, or one for each sample.
  public enum Value {
    case shared([Double])
    case perSample([[Double]])

    public func sample(_ index: Int) -> [Double] {
      switch self {
      case .shared(let numbers): numbers
      case .perSample(let samples): samples[index]
      }
    }
  }

  /// The values of all outputs for a batch of this many samples.
  public func run(batch: Int) -> [String: Value] {
    var values: [Value] = []
    for node in graph.nodes {
      let inputs = node.inputs.map { values[$0] }
      let shapes = node.inputs.map { graph.nodes[$0].shape }
      values.append(evaluate(node, inputs, shapes, batch))
    }
    return Dictionary(
      graph.outputs.map { ($0.name, values[$0.node]) }, uniquingKeysWith: { first, _ in first })
  }

  private func evaluate(_ node: Graph.Node, _ inputs: [Value], _ shapes: [Shape], _ batch: Int) -> Value {
    switch node.operation {
    case .input(let name):
      return .perSample(self.inputs[name] ?? [])
    case .parameter(let name):
      return .shared(parameters[name] ?? [])
    case .constant(let value):
      return .shared(Array(repeating: value, count: node.shape.count))
    case .random(let distribution, let stream):
      return .perSample(
        (0..<batch).map { sample in
          (0..<node.shape.count).map { draw(distribution, stream, sample, $0) }
        })
    case .perSample:
      return .perSample((0..<batch).map { inputs[0].sample($0) })
    case .batchMean, .convolutionWeightGradient, .outerProduct:
      var total = [Double](repeating: 0, count: node.shape.count)
      for sample in 0..<batch {
        let one = local(node, inputs.map { $0.sample(sample) }, shapes)
        for index in total.indices { total[index] += one[index] / Double(batch) }
      }
      return .shared(total)
    case .convolution, .convolutionTransposed, .matrixProduct, .maxPool, .maxPoolScatter, .maxPoolGather,
      .resample, .resampleTransposed, .unary, .binary, .broadcast, .sum, .reshape, .slice, .pad,
      .concatenate:
      if node.isPerSample {
        return .perSample(
          (0..<batch).map { sample in local(node, inputs.map { $0.sample(sample) }, shapes) })
      }
      return .shared(local(node, inputs.map { $0.sample(0) }, shapes))
    }
  }

  /// The operation on one sample's numbers.
  private func local(_ node: Graph.Node, _ x: [[Double]], _ shapes: [Shape]) -> [Double] {
    switch node.operation {
    case .input, .parameter, .constant, .random, .perSample, .batchMean, .reshape:
      return x[0]
    case .convolution(let geometry):
      return convolve(geometry, x[0], x[1])
    case .convolutionTransposed(let geometry):
      return convolveTransposed(geometry, x[0], x[1])
    case .convolutionWeightGradient(let geometry):
      return weightGradient(geometry, x[0], x[1])
    case .matrixProduct(let transposed):
      let (m, n) = (shapes[0][0], shapes[0][1])
      return transposed
        ? (0..<n).map { j in (0..<m).reduce(0) { $0 + x[0][$1 * n + j] * x[1][$1] } }
        : (0..<m).map { i in (0..<n).reduce(0) { $0 + x[0][i * n + $1] * x[1][$1] } }
    case .outerProduct:
      return x[0].flatMap { a in x[1].map { a * $0 } }
    case .maxPool(let geometry):
      return firstMaxima(geometry, x[0]).map { x[0][$0] }
    case .maxPoolScatter(let geometry):
      var result = [Double](repeating: 0, count: node.shape.count)
      for (pooled, place) in firstMaxima(geometry, x[0]).enumerated() { result[place] += x[1][pooled] }
      return result
    case .maxPoolGather(let geometry):
      return firstMaxima(geometry, x[0]).map { x[1][$0] }
    case .resample(let resampling):
      return resample(x[0], shapes[0], resampling.rowMatrix, resampling.columnMatrix)
    case .resampleTransposed(let resampling):
      return resample(
        x[0], shapes[0], resampling.rowMatrix.transposed, resampling.columnMatrix.transposed)
    case .unary(let function):
      return x[0].map(function.value)
    case .binary(let function):
      return zip(x[0], x[1]).map(function.value)
    case .broadcast, .sum, .slice, .pad, .concatenate:
      return rearrange(node, x, shapes)
    }
  }
}

// MARK: - Convolution and pooling, as the definitions say

extension ReferenceInterpreter {
  /// Calls `body` with every product of a convolution: indices of output, input and weight.
  private func products(_ g: ConvolutionGeometry, _ body: (Int, Int, Int) -> Void) {
    for o in 0..<g.outputChannels {
      for y in 0..<g.rows.output {
        for x in 0..<g.columns.output {
          for c in 0..<g.inputChannels {
            for ky in 0..<g.rows.kernel {
              for kx in 0..<g.columns.kernel {
                guard let row = place(g.rows, y, ky), let column = place(g.columns, x, kx) else { continue }
                body(
                  (o * g.rows.output + y) * g.columns.output + x,
                  (c * g.rows.input + row) * g.columns.input + column,
                  ((o * g.inputChannels + c) * g.rows.kernel + ky) * g.columns.kernel + kx)
              }
            }
          }
        }
      }
    }
  }

  /// The input element under kernel position `k` for output `y`; nil outside.
  private func place(_ axis: WindowAxis, _ y: Int, _ k: Int) -> Int? {
    let position = y * axis.stride + k - axis.padding
    guard position >= 0, position < axis.input * axis.upsampling else { return nil }
    return position / axis.upsampling
  }

  private func convolve(_ g: ConvolutionGeometry, _ input: [Double], _ weights: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: g.outputShape.count)
    products(g) { output, place, weight in result[output] += input[place] * weights[weight] }
    return result
  }

  private func convolveTransposed(
    _ g: ConvolutionGeometry, _ gradient: [Double], _ weights: [Double]
  ) -> [Double] {
    var result = [Double](repeating: 0, count: g.inputShape.count)
    products(g) { output, place, weight in result[place] += gradient[output] * weights[weight] }
    return result
  }

  private func weightGradient(
    _ g: ConvolutionGeometry, _ input: [Double], _ gradient: [Double]
  ) -> [Double] {
    var result = [Double](repeating: 0, count: g.weightShape.count)
    products(g) { output, place, weight in result[weight] += gradient[output] * input[place] }
    return result
  }

  /// For each window the index of its first maximum.
  private func firstMaxima(_ g: PoolGeometry, _ input: [Double]) -> [Int] {
    var result: [Int] = []
    for c in 0..<g.channels {
      for y in 0..<g.rows.output {
        for x in 0..<g.columns.output {
          var best: Int?
          for ky in 0..<g.rows.kernel {
            for kx in 0..<g.columns.kernel {
              guard let row = place(g.rows, y, ky), let column = place(g.columns, x, kx) else { continue }
              let index = (c * g.rows.input + row) * g.columns.input + column
              if best.map({ input[index] > input[$0] }) ?? true { best = index }
            }
          }
          result.append(best ?? 0)
        }
      }
    }
    return result
  }

  private func resample(
    _ input: [Double], _ shape: Shape, _ rows: SparseMatrix, _ columns: SparseMatrix
  ) -> [Double] {
    var result: [Double] = []
    for c in 0..<shape[0] {
      for row in rows.rows {
        for column in columns.rows {
          var sum = 0.0
          for a in row {
            for b in column {
              sum += a.weight * b.weight * input[(c * shape[1] + a.column) * shape[2] + b.column]
            }
          }
          result.append(sum)
        }
      }
    }
    return result
  }

  // MARK: Rearranging

  private func rearrange(_ node: Graph.Node, _ x: [[Double]], _ shapes: [Shape]) -> [Double] {
    func places(_ shape: Shape) -> [[Int]] {
      shape.dimensions.reduce([[]]) { places, extent in places.flatMap { p in (0..<extent).map { p + [$0] } }
      }
    }
    func index(_ place: [Int], _ shape: Shape) -> Int {
      zip(place, shape.dimensions).reduce(0) { $0 * $1.1 + $1.0 }
    }
    switch node.operation {
    case .broadcast:
      return places(node.shape).map { place in
        x[0][index(zip(place, shapes[0].dimensions).map { $1 == 1 ? 0 : $0 }, shapes[0])]
      }
    case .sum(let axes):
      var result = [Double](repeating: 0, count: node.shape.count)
      for (at, place) in places(shapes[0]).enumerated() {
        var target = place
        for axis in axes { target[axis] = 0 }
        result[index(target, node.shape)] += x[0][at]
      }
      return result
    case .slice(let axis, let start, _):
      return places(node.shape).map { place in
        var source = place
        source[axis] += start
        return x[0][index(source, shapes[0])]
      }
    case .pad(let axis, let before, _):
      return places(node.shape).map { place in
        var source = place
        source[axis] -= before
        return 0..<shapes[0][axis] ~= source[axis] ? x[0][index(source, shapes[0])] : 0
      }
    case .concatenate(let axis):
      return places(node.shape).map { place in
        var source = place
        var part = 0
        while source[axis] >= shapes[part][axis] {
          source[axis] -= shapes[part][axis]
          part += 1
        }
        return x[part][index(source, shapes[part])]
      }
    case .input, .parameter, .constant, .random, .convolution, .convolutionTransposed,
      .convolutionWeightGradient, .matrixProduct, .outerProduct, .maxPool, .maxPoolScatter, .maxPoolGather,
      .resample, .resampleTransposed, .unary, .binary, .reshape, .batchMean, .perSample:
      preconditionFailure("\(node.operation.name) moves nothing")
    }
  }
}
