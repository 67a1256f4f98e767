import HourglassBase

/// The leading eigenvectors of a large symmetric matrix without negative eigenvalues: simultaneous iteration with
/// Rayleigh and Ritz's step (Rutishauser 1969), from a random start with a few vectors more than wanted (Halko,
/// Martinsson & Tropp 2011).
package struct SubspaceIteration {
  /// Descending.
  package let values: [Double]
  package let vectors: [[Double]]

  /// Vectors beyond the wanted ones; the more, the fewer steps.
  private static let surplus = 10
  private static let mostSteps = 500
  /// What is left of a matrix times a vector after its eigenvalue, relative to the greatest eigenvalue.
  private static let tolerance = 1e-11

  /// - Parameters:
  ///   - matrix: symmetric.
  ///   - count: eigenvectors wanted.
  ///   - random: where the start comes from; the result depends on it by rounding errors only.
  ///   - progress: told how many steps are done, several times within one; what it throws ends the work.
  package init(
    _ matrix: DoubleMatrix, count: Int, random: inout RandomNumbers, team: WorkerTeam,
    progress: (Int) throws -> Void
  ) rethrows {
    let size = matrix.rows
    let width = min(count + Self.surplus, size)
    var basis = (0..<width).map { _ in (0..<size).map { _ in random.uniform() - 0.5 } }
    var problem = SymmetricEigenproblem([[0]])
    for step in 0..<Self.mostSteps {
      basis = Self.orthonormal(basis)
      try progress(step)
      let image = Self.product(matrix, basis, team: team)
      try progress(step)
      problem = SymmetricEigenproblem(
        (0..<width).map { row in (0..<width).map { Self.inner(basis[row], image[$0]) } })
      try progress(step)
      let ritz = Self.combined(basis, problem.vectors)
      let ritzImage = Self.combined(image, problem.vectors)
      basis = ritz
      let isDone = (0..<count).allSatisfy { index in
        var rest = 0.0
        for place in 0..<size {
          let difference = ritzImage[index][place] - problem.values[index] * ritz[index][place]
          rest += difference * difference
        }
        return rest.squareRoot() <= Self.tolerance * abs(problem.values[0])
      }
      try progress(step + 1)
      if isDone { break }
      basis = ritzImage
    }
    // Once more, as the last image may not be.
    basis = Self.orthonormal(basis)
    vectors = Array(basis[..<count])
    values = Array(problem.values[..<count])
  }

  static func inner(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for index in a.indices { sum += a[index] * b[index] }
    return sum
  }

  private static func combined(_ basis: [[Double]], _ coefficients: [[Double]]) -> [[Double]] {
    coefficients.map { row in
      var sum = [Double](repeating: 0, count: basis[0].count)
      for (factor, vector) in zip(row, basis) {
        for index in sum.indices { sum[index] += factor * vector[index] }
      }
      return sum
    }
  }

  /// The matrix times each vector.
  private static func product(_ matrix: DoubleMatrix, _ vectors: [[Double]], team: WorkerTeam) -> [[Double]] {
    let size = matrix.rows
    var result = vectors
    for number in vectors.indices {
      result[number].withUnsafeMutableBytes { result in
        vectors[number].withUnsafeBytes { vector in
          matrix.values.withUnsafeBytes { values in
            team.forEachRun(of: size, size: 64) { rows, _ in
              for row in rows {
                let sum = inner(
                  values.baseAddress! + 8 * row * matrix.stride, vector.baseAddress!, count: size)
                result.storeBytes(of: sum, toByteOffset: 8 * row, as: Double.self)
              }
            }
          }
        }
      }
    }
    return result
  }

  /// In eight sums of their own, so that none waits for another.
  private static func inner(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, count: Int) -> Double {
    var sums = SIMD8<Double>.zero
    for place in stride(from: 0, to: count / 8 * 8, by: 8) {
      let left = (a + 8 * place).loadUnaligned(as: SIMD8<Double>.self)
      sums += left * (b + 8 * place).loadUnaligned(as: SIMD8<Double>.self)
    }
    let half = sums.lowHalf + sums.highHalf
    var sum = (half[0] + half[2]) + (half[1] + half[3])
    for place in count / 8 * 8..<count {
      sum += (a + 8 * place).load(as: Double.self) * (b + 8 * place).load(as: Double.self)
    }
    return sum
  }

  /// Gram and Schmidt's method, each vector twice; one that depends on those before it gives way to an axis.
  static func orthonormal(_ vectors: [[Double]]) -> [[Double]] {
    var result: [[Double]] = []
    var axis = 0
    for vector in vectors {
      var rest = vector
      while true {
        let before = inner(rest, rest).squareRoot()
        for _ in 0..<2 {
          for other in result {
            let factor = inner(rest, other)
            for index in rest.indices { rest[index] -= factor * other[index] }
          }
        }
        let length = inner(rest, rest).squareRoot()
        if length > 1e-10 * before, length > 0 {
          result.append(rest.map { $0 / length })
          break
        }
        rest = [Double](repeating: 0, count: vector.count)
        rest[axis] = 1
        axis += 1
      }
    }
    return result
  }
}
