import HourglassBase

/// The leading eigenvectors of a large symmetric matrix without negative eigenvalues: simultaneous iteration with
/// Rayleigh and Ritz's step and Chebyshev's polynomials, which damp the rest of the spectrum (Rutishauser 1969; Zhou,
/// Saad, Tiago & Chelikowsky 2006), from a random start with a few vectors more than wanted (Halko, Martinsson & Tropp
/// 2011).
package struct SubspaceIteration {
  /// Descending.
  package let values: [Double]
  package let vectors: [[Double]]

  /// Vectors beyond the wanted ones; the more, the fewer steps.
  private static let surplus = 10
  private static let mostSteps = 500
  /// What is left of a matrix times a vector after its eigenvalue, relative to the greatest eigenvalue.
  private static let tolerance = 1e-11
  /// A polynomial is of no higher degree than makes the leading vector grow by so much against the damped ones: beyond
  /// that, the trailing ones would drown in what rounding leaves of it.
  private static let greatestGrowth = 1e8
  private static let highestDegree = 16

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
      var image = Self.product(matrix, basis, team: team)
      try progress(step)
      problem = SymmetricEigenproblem(
        (0..<width).map { row in (0..<width).map { Self.inner(basis[row], image[$0]) } })
      try progress(step)
      basis = Self.combined(basis, problem.vectors)
      image = Self.combined(image, problem.vectors)
      let found = (0..<count).prefix { index in
        var rest = 0.0
        for place in 0..<size {
          let difference = image[index][place] - problem.values[index] * basis[index][place]
          rest += difference * difference
        }
        return rest.squareRoot() <= Self.tolerance * abs(problem.values[0])
      }.count
      try progress(step + 1)
      if found == count { break }
      let done = Array(basis[..<found])
      basis =
        try done
        + Self.filtered(
          Array(basis[found...]), Array(image[found...]), matrix, beside: done,
          from: problem.values[width - 1], to: problem.values[found], team: team
        ) { try progress(step + 1) }
    }
    // Once more, as the last image may not be.
    basis = Self.orthonormal(basis)
    vectors = Array(basis[..<count])
    values = Array(problem.values[..<count])
  }

  /// Chebyshev's polynomial of the matrix times each vector: 1 at most where eigenvalues are from 0 to `bound`, and the
  /// greater the farther they are above. Of the first degree it is the matrix itself.
  ///
  /// - Parameters:
  ///   - image: the matrix times each vector.
  ///   - done: eigenvectors that are known, at right angles to all of them. What rounding leaves of these would grow most.
  ///   - greatest: the greatest eigenvalue of the others.
  private static func filtered(
    _ vectors: [[Double]], _ image: [[Double]], _ matrix: DoubleMatrix, beside done: [[Double]],
    from bound: Double, to greatest: Double, team: WorkerTeam, progress: () throws -> Void
  ) rethrows -> [[Double]] {
    let half = bound / 2
    guard half > greatest * 0x1p-40 else { return image }
    let reach = (greatest - half) / half
    var (degree, growth, lower) = (1, reach, 1.0)
    while degree < highestDegree, 2 * reach * growth - lower <= greatestGrowth {
      (growth, lower) = (2 * reach * growth - lower, growth)
      degree += 1
    }
    guard degree > 1 else { return image }
    // Divided by what it is at the greatest eigenvalue, so that nothing overflows.
    let first = 1 / reach
    var scale = first
    var before = vectors
    var current = zip(vectors, image).map { vector, image in
      vector.indices.map { (image[$0] - half * vector[$0]) * (first / half) }
    }
    for _ in 1..<degree {
      let next = 1 / (2 / first - scale)
      let image = product(matrix, current, team: team)
      try progress()
      for number in current.indices {
        for place in current[number].indices {
          let value =
            (image[number][place] - half * current[number][place]) * (2 * next / half)
            - scale * next * before[number][place]
          before[number][place] = value
        }
        remove(done, from: &before[number])
      }
      swap(&before, &current)
      scale = next
    }
    return current
  }

  /// In eight sums of their own, so that none waits for another.
  static func inner(_ a: [Double], _ b: [Double]) -> Double {
    a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        a.isEmpty ? 0 : inner(a.baseAddress!, b.baseAddress!, count: a.count / MemoryLayout<Double>.stride)
      }
    }
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

  /// Rows of a matrix that are multiplied by a vector while it is at hand.
  private static let rowsAtOnce = 4

  /// The matrix times each vector.
  private static func product(_ matrix: DoubleMatrix, _ vectors: [[Double]], team: WorkerTeam) -> [[Double]] {
    let size = matrix.rows
    // One result after the other, each in rows.
    var result = [Double](repeating: 0, count: vectors.count * size)
    result.withUnsafeMutableBytes { result in
      matrix.values.withUnsafeBytes { values in
        team.forEachRun(of: size, size: 16) { rows, _ in
          for start in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
            for (number, vector) in vectors.enumerated() {
              vector.withUnsafeBytes { vector in
                for row in start..<min(start + rowsAtOnce, rows.upperBound) {
                  let sum = inner(
                    values.baseAddress! + 8 * row * matrix.stride, vector.baseAddress!, count: size)
                  result.storeBytes(of: sum, toByteOffset: 8 * (number * size + row), as: Double.self)
                }
              }
            }
          }
        }
      }
    }
    return vectors.indices.map { Array(result[$0 * size..<($0 + 1) * size]) }
  }

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
        for _ in 0..<2 { remove(result, from: &rest) }
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

  /// What a vector has of others of unit length, one after the other.
  private static func remove(_ others: [[Double]], from vector: inout [Double]) {
    for other in others {
      let factor = inner(vector, other)
      for index in vector.indices { vector[index] -= factor * other[index] }
    }
  }
}
