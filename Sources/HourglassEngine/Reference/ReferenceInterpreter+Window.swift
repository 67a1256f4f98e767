import HourglassBase
import HourglassGraph

extension ReferenceInterpreter {
  func value(_ operation: WindowOperation, _ x: [[Double]], _ shapes: [Shape]) -> [Double] {
    switch operation {
    case .maxPool(let geometry):
      return firstMaxima(geometry, x[0]).map { x[0][$0] }
    case .maxPoolScatter(let geometry):
      var result = [Double](repeating: 0, count: x[0].count)
      for (pooled, place) in firstMaxima(geometry, x[0]).enumerated() { result[place] += x[1][pooled] }
      return result
    case .maxPoolGather(let geometry):
      return firstMaxima(geometry, x[0]).map { x[1][$0] }
    case .resample(let resampling):
      return resample(x[0], shapes[0], resampling.rowMatrix, resampling.columnMatrix)
    case .resampleTransposed(let resampling):
      return resample(
        x[0], shapes[0], resampling.rowMatrix.transposed, resampling.columnMatrix.transposed)
    }
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
}
