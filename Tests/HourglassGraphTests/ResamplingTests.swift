import HourglassBase
import HourglassGraph
import Testing

@Suite struct ResamplingTests {
  private func dense(_ matrix: SparseMatrix) -> [[Double]] {
    matrix.rows.map { entries in
      var row = [Double](repeating: 0, count: matrix.columns)
      for entry in entries { row[entry.column] += entry.weight }
      return row
    }
  }

  private func upsampling(_ kind: Resampling.Kind, _ height: Int, _ factor: Int) -> [[Double]] {
    dense(
      Resampling(kind: kind, channels: 1, height: height, width: 1, factors: (rows: factor, columns: 1))
        .rowMatrix)
  }

  @Test func nearestRepeats() {
    #expect(upsampling(.nearest, 2, 3) == [[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [0, 1]])
  }

  @Test func bilinearInterpolatesBetweenCentres() {
    #expect(
      upsampling(.bilinear, 3, 2) == [
        [1, 0, 0], [0.75, 0.25, 0], [0.25, 0.75, 0], [0, 0.75, 0.25], [0, 0.25, 0.75], [0, 0, 1],
      ])
  }

  @Test(arguments: [1, 2, 3, 5], [1, 2, 3, 4])
  func bilinearKeepsConstants(_ height: Int, _ factor: Int) {
    for row in upsampling(.bilinear, height, factor) { #expect(abs(row.reduce(0, +) - 1) < 1e-15) }
  }

  @Test func averageLeavesOutWhatIsOutside() {
    let axis = WindowAxis(input: 3, kernel: 2, stride: 2, padding: .same)
    let pool = PoolGeometry(channels: 1, rows: axis, columns: axis)
    #expect(dense(Resampling(average: pool).rowMatrix) == [[0.5, 0.5, 0], [0, 0, 1]])
  }

  @Test func transposedSwapsRowsAndColumns() {
    let matrix = Resampling(
      kind: .bilinear, channels: 1, height: 3, width: 4, factors: (rows: 3, columns: 2)
    ).columnMatrix
    let (rows, columns) = (dense(matrix), dense(matrix.transposed))
    for (i, row) in rows.enumerated() {
      for (j, weight) in row.enumerated() { #expect(columns[j][i] == weight) }
    }
    #expect(matrix.transposed.transposed == matrix)
  }
}
