/// The eigenvalues and eigenvectors of a real symmetric matrix: Householder's reduction to three diagonals and implicit
/// QL steps (Martin, Reinsch & Wilkinson 1968; Dubrulle, Martin & Wilkinson 1968).
package struct SymmetricEigenproblem {
  /// In descending order.
  package let values: [Double]
  /// Of unit length and orthogonal, one for each value.
  package let vectors: [[Double]]

  /// - Parameter matrix: rows of equal number and length; the part above the diagonal is not read.
  package init(_ matrix: [[Double]]) {
    self.init(matrix) { _ in }
  }

  /// - Parameter progress: told now and then how many of `steps(of:)` are done; what it throws ends the work.
  package init(_ matrix: [[Double]], progress: (Int) throws -> Void) rethrows {
    var solver = HouseholderQL(matrix)
    try solver.reduce(progress)
    try solver.iterate(progress)
    let diagonal = solver.diagonal
    let order = diagonal.indices.sorted { (diagonal[$0], $1) > (diagonal[$1], $0) }
    values = order.map { diagonal[$0] }
    vectors = order.map { solver.vector($0) }
  }

  /// How many steps a matrix of this many rows takes.
  package static func steps(of size: Int) -> Int { 3 * size }
}

/// The state of the two steps. The names are those of the literature: `diagonal` is d, `beside` is e.
private struct HouseholderQL {
  private let size: Int
  /// Column by column, as all loops run along columns; these are the eigenvectors in the end.
  private var v: [Double]
  private(set) var diagonal: [Double]
  private var beside: [Double]

  init(_ matrix: [[Double]]) {
    size = matrix.count
    v = matrix.flatMap(\.self)
    for row in 0..<size {
      for column in 0..<row { v[column * size + row] = v[row * size + column] }
    }
    diagonal = matrix.last ?? []
    beside = Array(repeating: 0, count: size)
  }

  func vector(_ column: Int) -> [Double] { Array(v[column * size..<(column + 1) * size]) }

  // MARK: - Three diagonals

  mutating func reduce(_ progress: (Int) throws -> Void) rethrows {
    for row in stride(from: size - 1, to: 0, by: -1) {
      let scale = diagonal[..<row].reduce(0) { $0 + abs($1) }
      var squares = 0.0
      if scale == 0 {
        beside[row] = diagonal[row - 1]
        for column in 0..<row {
          diagonal[column] = v[column * size + row - 1]
          v[column * size + row] = 0
          v[row * size + column] = 0
        }
      } else {
        squares = reflect(row, scale: scale)
      }
      diagonal[row] = squares
      try progress(size - row)
    }
    try gatherReflections(progress)
  }

  /// Makes a reflection that leaves one number beside the diagonal of `row`, and applies it to the rows above.
  private mutating func reflect(_ row: Int, scale: Double) -> Double {
    var squares = 0.0
    for column in 0..<row {
      diagonal[column] /= scale
      squares += diagonal[column] * diagonal[column]
    }
    let last = diagonal[row - 1]
    let length = last > 0 ? -squares.squareRoot() : squares.squareRoot()
    beside[row] = scale * length
    squares -= last * length
    diagonal[row - 1] = last - length
    for column in 0..<row { beside[column] = 0 }
    for column in 0..<row {
      let factor = diagonal[column]
      v[row * size + column] = factor
      var sum = beside[column] + v[column * size + column] * factor
      for other in column + 1..<max(row, column + 1) {
        sum += v[column * size + other] * diagonal[other]
        beside[other] += v[column * size + other] * factor
      }
      beside[column] = sum
    }
    var product = 0.0
    for column in 0..<row {
      beside[column] /= squares
      product += beside[column] * diagonal[column]
    }
    let half = product / (squares + squares)
    for column in 0..<row { beside[column] -= half * diagonal[column] }
    for column in 0..<row {
      let (factor, other) = (diagonal[column], beside[column])
      for below in column..<row {
        v[column * size + below] -= factor * beside[below] + other * diagonal[below]
      }
      diagonal[column] = v[column * size + row - 1]
      v[column * size + row] = 0
    }
    return squares
  }

  private mutating func gatherReflections(_ progress: (Int) throws -> Void) rethrows {
    for row in 0..<size - 1 {
      v[row * size + size - 1] = v[row * size + row]
      v[row * size + row] = 1
      let squares = diagonal[row + 1]
      if squares != 0 {
        for below in 0...row { diagonal[below] = v[(row + 1) * size + below] / squares }
        for column in 0...row {
          var sum = 0.0
          for below in 0...row { sum += v[(row + 1) * size + below] * v[column * size + below] }
          for below in 0...row { v[column * size + below] -= sum * diagonal[below] }
        }
      }
      for below in 0...row { v[(row + 1) * size + below] = 0 }
      try progress(size + row + 1)
    }
    for column in 0..<size {
      diagonal[column] = v[column * size + size - 1]
      v[column * size + size - 1] = 0
    }
    v[size * size - 1] = 1
    beside[0] = 0
  }

  // MARK: - QL

  mutating func iterate(_ progress: (Int) throws -> Void) rethrows {
    beside.removeFirst()
    beside.append(0)
    var (shift, largest) = (0.0, 0.0)
    for first in 0..<size {
      largest = max(largest, abs(diagonal[first]) + abs(beside[first]))
      var last = first
      while last < size - 1, abs(beside[last]) > 0x1p-52 * largest { last += 1 }
      // Convergence is cubic; a few steps do.
      var rounds = 0
      while last > first, abs(beside[first]) > 0x1p-52 * largest, rounds < 100 {
        step(first, last, &shift)
        rounds += 1
      }
      diagonal[first] += shift
      beside[first] = 0
      try progress(2 * size + first + 1)
    }
  }

  private mutating func step(_ first: Int, _ last: Int, _ shift: inout Double) {
    let head = diagonal[first]
    let ratio = (diagonal[first + 1] - head) / (2 * beside[first])
    let root = (ratio * ratio + 1).squareRoot() * (ratio < 0 ? -1 : 1)
    diagonal[first] = beside[first] / (ratio + root)
    diagonal[first + 1] = beside[first] * (ratio + root)
    let next = diagonal[first + 1]
    let change = head - diagonal[first]
    for index in first + 2..<max(size, first + 2) { diagonal[index] -= change }
    shift += change

    var p = diagonal[last]
    var (cosine, before, beforeThat) = (1.0, 1.0, 1.0)
    let besideNext = beside[first + 1]
    var (sine, sineBefore) = (0.0, 0.0)
    for index in stride(from: last - 1, through: first, by: -1) {
      beforeThat = before
      before = cosine
      sineBefore = sine
      let product = cosine * beside[index]
      let scaled = cosine * p
      let length = (p * p + beside[index] * beside[index]).squareRoot()
      beside[index + 1] = sine * length
      sine = beside[index] / length
      cosine = p / length
      p = cosine * diagonal[index] - sine * product
      diagonal[index + 1] = scaled + sine * (cosine * product + sine * diagonal[index])
      for place in index * size..<(index + 1) * size {
        let (left, right) = (v[place], v[place + size])
        v[place + size] = sine * left + cosine * right
        v[place] = cosine * left - sine * right
      }
    }
    p = -sine * sineBefore * beforeThat * besideNext * beside[first] / next
    beside[first] = sine * p
    diagonal[first] = cosine * p
  }
}
