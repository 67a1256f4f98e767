import HourglassBase
import HourglassEngine
import HourglassTestSupport
import Testing

struct SymmetricEigenproblemTests {
  /// The matrix times the vector.
  private func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
    matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  /// Expects A v = λ v for every vector, vectors of length 1 at right angles, and values in descending order.
  private func expectSolution(
    _ problem: SymmetricEigenproblem, of matrix: [[Double]], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let size = matrix.count
    #expect(problem.values.count == size && problem.vectors.count == size, sourceLocation: sourceLocation)
    #expect(problem.values == problem.values.sorted(by: >), sourceLocation: sourceLocation)
    let scale = max(problem.values.map(abs).max() ?? 0, .leastNormalMagnitude)
    let tolerance = 1e-14 * Double(size)
    for (value, vector) in zip(problem.values, problem.vectors) {
      let rest = largestDifference(product(matrix, vector), vector.map { value * $0 })
      #expect(rest <= tolerance * scale, "eigenvalue \(value)", sourceLocation: sourceLocation)
    }
    let products = problem.vectors.map { product(problem.vectors, $0) }
    for (row, found) in products.enumerated() {
      let expected = (0..<size).map { $0 == row ? 1.0 : 0 }
      #expect(
        largestDifference(found, expected) <= tolerance, "vector \(row)", sourceLocation: sourceLocation)
    }
  }

  private func diagonal(_ values: [Double]) -> [[Double]] {
    values.indices.map { row in values.indices.map { $0 == row ? values[row] : 0 } }
  }

  /// Random numbers, the same below the diagonal and above.
  private func random(_ size: Int) -> [[Double]] {
    var numbers = TestNumbers("symmetric \(size)")
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: size), count: size)
    for row in 0..<size {
      for column in 0...row {
        matrix[row][column] = numbers.double()
        matrix[column][row] = matrix[row][column]
      }
    }
    return matrix
  }

  @Test func oneNumber() {
    let problem = SymmetricEigenproblem([[-3]])
    #expect(problem.values == [-3] && problem.vectors.map { $0.map(abs) } == [[1]])
  }

  /// Of [[2, 1], [1, 2]]: 3 along (1, 1) and 1 along (1, -1).
  @Test func twoByTwo() {
    let problem = SymmetricEigenproblem([[2, 1], [1, 2]])
    #expect(largestDifference(problem.values, [3, 1]) < 1e-15)
    let half = 0.5.squareRoot()
    for vector in problem.vectors { #expect(largestDifference(vector.map(abs), [half, half]) < 1e-15) }
    let signs = problem.vectors.map { $0[0] * $0[1] > 0 }
    #expect(signs == [true, false])
  }

  @Test func diagonalMatrixKeepsItsNumbersInOrder() {
    let values = [4.0, -1, 7, 0, 2.5]
    let problem = SymmetricEigenproblem(diagonal(values))
    #expect(problem.values == [7, 4, 2.5, 0, -1])
    let places = problem.vectors.map { vector in vector.map(abs).firstIndex(of: 1) }
    #expect(places == [2, 0, 4, 3, 1])
  }

  /// -1 twice and 5: the matrix of ones times 2, less the unit matrix.
  @Test func repeatedEigenvalues() {
    let matrix = [[1.0, 2, 2], [2, 1, 2], [2, 2, 1]]
    let problem = SymmetricEigenproblem(matrix)
    #expect(largestDifference(problem.values, [5, -1, -1]) < 1e-14)
    expectSolution(problem, of: matrix)
  }

  @Test(arguments: [1, 2, 9])
  func allEigenvaluesAreTheSame(_ size: Int) {
    let matrix = diagonal([Double](repeating: 6, count: size))
    let problem = SymmetricEigenproblem(matrix)
    #expect(problem.values == [Double](repeating: 6, count: size))
    expectSolution(problem, of: matrix)
  }

  @Test func nothingHasNoDirections() {
    let matrix = diagonal([0, 0, 0, 0])
    let problem = SymmetricEigenproblem(matrix)
    #expect(problem.values.allSatisfy { $0 == 0 })
    expectSolution(problem, of: matrix)
  }

  /// Products of two vectors of six numbers: four of the eigenvalues are 0.
  @Test func matrixOfRankTwo() {
    var numbers = TestNumbers("rank")
    let rows = (0..<2).map { _ in numbers.doubles(6) }
    let matrix = (0..<6).map { row in
      (0..<6).map { column in rows[0][row] * rows[0][column] + rows[1][row] * rows[1][column] }
    }
    let problem = SymmetricEigenproblem(matrix)
    expectSolution(problem, of: matrix)
    #expect(problem.values[1] > 0.1)
    #expect(problem.values[2...].allSatisfy { abs($0) < 1e-14 * problem.values[0] * 6 })
  }

  /// 2 beside the diagonal's -1: eigenvalues 2 - 2 cos(k π / (n + 1)), of a string's vibrations.
  @Test func tridiagonalMatrixInClosedForm() {
    let size = 5
    let matrix = (0..<size).map { row in
      (0..<size).map { column in column == row ? 2.0 : abs(column - row) == 1 ? -1 : 0 }
    }
    let problem = SymmetricEigenproblem(matrix)
    // The cosines of 30, 60, 90, 120 and 150 degrees.
    let root = 3.0.squareRoot()
    #expect(largestDifference(problem.values, [2 + root, 3, 2, 1, 2 - root]) < 1e-14)
    expectSolution(problem, of: matrix)
  }

  @Test(arguments: [2, 3, 10, 37, 100])
  func randomMatrices(_ size: Int) {
    let matrix = random(size)
    let problem = SymmetricEigenproblem(matrix)
    expectSolution(problem, of: matrix)
    let trace = matrix.indices.reduce(0) { $0 + matrix[$1][$1] }
    let sum = problem.values.reduce(0, +)
    #expect(abs(trace - sum) < 1e-12 * Double(size))
  }

  /// Sizes that differ by many orders of magnitude, down to where squares vanish.
  @Test(arguments: [1e-150, 1e-8, 1e8, 1e150])
  func sizeDoesNotMatter(_ factor: Double) {
    let matrix = random(12)
    let problem = SymmetricEigenproblem(matrix.map { $0.map { $0 * factor } })
    let expected = SymmetricEigenproblem(matrix).values
    #expect(largestDifference(problem.values.map { $0 / factor }, expected) < 1e-12)
  }

  @Test func whatIsAboveTheDiagonalIsNotRead() {
    let matrix = random(6)
    let spoiled = matrix.indices.map { row in
      matrix.indices.map { column in column > row ? .nan : matrix[row][column] }
    }
    #expect(SymmetricEigenproblem(spoiled).values == SymmetricEigenproblem(matrix).values)
  }
}
