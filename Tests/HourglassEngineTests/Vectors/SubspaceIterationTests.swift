import HourglassBase
import HourglassEngine
import HourglassTestSupport
import Testing

struct SubspaceIterationTests {
  /// The sums of products of the columns of `rows`, which have no negative eigenvalue and the rank of `rows`.
  private func scatter(_ rows: [[Double]]) -> [[Double]] {
    rows[0].indices.map { first in
      rows[0].indices.map { second in rows.reduce(0) { $0 + $1[first] * $1[second] } }
    }
  }

  private func leading(_ count: Int, of matrix: [[Double]], seed: UInt64 = 1, threads: Int = 1)
    -> SubspaceIteration
  {
    leading(count, of: matrix, seed: seed, threads: threads) { _ in }
  }

  private func leading(
    _ count: Int, of matrix: [[Double]], seed: UInt64 = 1, threads: Int = 1, progress: (Int) -> Void
  ) -> SubspaceIteration {
    var filled = DoubleMatrix(rows: matrix.count, columns: matrix.count)
    for (row, numbers) in matrix.enumerated() {
      for (column, number) in numbers.enumerated() { filled[row, column] = number }
    }
    var random = RandomNumbers(seed: seed, purpose: .initialization)
    return SubspaceIteration(
      filled, count: count, random: &random, team: WorkerTeam(count: threads), progress: progress)
  }

  /// Sizes beside and on the borders of what is worked on together.
  @Test(arguments: [(12, 1), (30, 3), (64, 6), (90, 8)])
  func leadingOnesOfTheWholeProblem(size: Int, count: Int) {
    var numbers = TestNumbers("leading \(size)")
    // Columns of falling size, so that the leading eigenvalues lie apart.
    let matrix = scatter(
      (0..<2 * size).map { _ in (0..<size).map { numbers.double() / Double(1 + $0) } })
    let whole = SymmetricEigenproblem(matrix)
    let found = leading(count, of: matrix)
    #expect(largestDifference(found.values, Array(whole.values[..<count])) < 1e-9 * whole.values[0])
    for (vector, expected) in zip(found.vectors, whole.vectors) {
      let cosine = zip(vector, expected).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(abs(cosine) - 1) < 1e-9)
    }
  }

  /// More vectors are wanted than the matrix has directions: what is left are any at right angles.
  @Test func rankBelowTheCount() {
    var numbers = TestNumbers("rank")
    let matrix = scatter((0..<3).map { _ in numbers.doubles(40) })
    let found = leading(5, of: matrix)
    #expect(found.values[2] > 0.1)
    #expect(found.values[3...].allSatisfy { abs($0) < 1e-10 * found.values[0] })
    for (row, a) in found.vectors.enumerated() {
      let products = found.vectors.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      #expect(largestDifference(products, (0..<5).map { $0 == row ? 1 : 0 }) < 1e-12)
    }
  }

  /// Eigenvalues that hardly fall, among them pairs of equal ones; and a first one that is far above all others.
  @Test(
    arguments: [
      { 1 - 0.002 * Double($0) }, { 1 - 0.004 * Double($0 / 2) }, { $0 == 0 ? 1e6 : 1 - 0.002 * Double($0) },
    ] as [@Sendable (Int) -> Double])
  func slowSpectra(value: @Sendable (Int) -> Double) {
    let size = 300
    let values = (0..<size).map(value)
    var numbers = TestNumbers("slow")
    let direction = numbers.doubles(size)
    let square = direction.reduce(0) { $0 + $1 * $1 }
    // A reflection of the axes: the eigenvectors are its columns.
    func axis(_ number: Int) -> [Double] {
      (0..<size).map { ($0 == number ? 1 : 0) - 2 * direction[$0] * direction[number] / square }
    }
    let axes = (0..<size).map(axis)
    let matrix = (0..<size).map { row in
      (0..<size).map { column in
        (0..<size).reduce(0.0) { $0 + values[$1] * axes[$1][row] * axes[$1][column] }
      }
    }
    var steps = 0
    let found = leading(20, of: matrix) { steps = $0 }
    // Powers of the matrix alone take more than 300.
    #expect(steps < 40)
    #expect(largestDifference(found.values, Array(values[..<20])) < 1e-10 * values[0])
    for (vector, value) in zip(found.vectors, found.values) {
      let rest = matrix.enumerated().map { row, numbers in
        zip(numbers, vector).reduce(0) { $0 + $1.0 * $1.1 } - value * vector[row]
      }
      #expect(rest.reduce(0) { $0 + $1 * $1 }.squareRoot() < 1e-10 * values[0])
    }
  }

  @Test func matrixOfZeros() {
    let found = leading(2, of: (0..<20).map { _ in [Double](repeating: 0, count: 20) })
    #expect(found.values == [0, 0])
    #expect(found.vectors.allSatisfy { abs($0.reduce(0) { $0 + $1 * $1 } - 1) < 1e-12 })
  }

  @Test func threadsDoNotMatter() {
    var numbers = TestNumbers("threads")
    let matrix = scatter((0..<150).map { _ in numbers.doubles(140) })
    let one = leading(4, of: matrix)
    for threads in 2...3 {
      let more = leading(4, of: matrix, threads: threads)
      #expect(one.values == more.values && one.vectors == more.vectors)
    }
  }
}
