import HourglassBase
import HourglassGraph

// Products with shared weights and their adjoints for one sample, as the definitions say.

extension ReferenceInterpreter {
  func value(_ operation: LinearOperation, _ x: [[Double]], _ shapes: [Shape]) -> [Double] {
    switch operation {
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
    case .maskedProduct:
      let (m, n) = (shapes[0][0], shapes[0][1])
      return (0..<m).map { i in x[2][i] * (0..<n).reduce(0) { $0 + x[0][i * n + $1] * x[1][$1] } }
    case .outerProduct:
      return x[0].flatMap { a in x[1].map { a * $0 } }
    case .gatherRows:
      let (m, n) = (shapes[0][0], shapes[0][1])
      let rows = x[1].map { row($0, of: m) }
      return (0..<n).flatMap { j in rows.map { x[0][$0 * n + j] } }
    case .scatterRows(let m):
      let (n, p) = (shapes[1][0], shapes[1][1])
      var result = [Double](repeating: 0, count: m * n)
      for (i, index) in x[0].enumerated() {
        for j in 0..<n { result[row(index, of: m) * n + j] += x[1][j * p + i] }
      }
      return result
    }
  }

  private func row(_ index: Double, of count: Int) -> Int {
    index.isNaN ? 0 : Int(min(max(index, 0), Double(count - 1)))
  }

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
  func place(_ axis: WindowAxis, _ y: Int, _ k: Int) -> Int? {
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
}
