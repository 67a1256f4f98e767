import CLaneKernels
import HourglassPlatform

/// How likely points are to be neighbours, symmetric and with a sum of 1: t-SNE's p. Rows are filled up to whole
/// vectors with p = 0.
package final class Affinities {
  package let count: Int
  /// Entries of point i: `starts[i]..<starts[i + 1]`.
  package let starts: [Int64]
  let neighbours: UnsafeMutablePointer<UInt32>
  let values: UnsafeMutablePointer<Float>

  /// - Parameter lengths: how many entries each point has.
  private init(lengths: [Int]) {
    count = lengths.count
    var starts: [Int64] = [0]
    for length in lengths { starts.append(starts[starts.count - 1] + Int64((length + 15) / 16 * 16)) }
    self.starts = starts
    let total = Int(starts[count])
    neighbours = .allocate(capacity: max(total, 1))
    neighbours.initialize(repeating: 0, count: max(total, 1))
    values = allocateFloats(total)
  }

  deinit {
    neighbours.deallocate()
    values.deallocate()
  }

  /// The affinities of one point, those of 0 left out.
  package func entries(of point: Int) -> [(neighbour: Int, value: Float)] {
    (Int(starts[point])..<Int(starts[point + 1])).filter { values[$0] > 0 }
      .map { (Int(neighbours[$0]), values[$0]) }
  }
}

extension VectorMachine {
  /// The affinities p = (p(j given i) + p(i given j)) / 2n, where p(j given i) falls off with the squared distance
  /// like a normal distribution, as wide as gives it the perplexity (van der Maaten & Hinton 2008), over the
  /// neighbours in the table alone (van der Maaten 2014).
  package func affinities(_ table: NeighbourTable, perplexity: Double) -> Affinities {
    let (count, width) = (table.squares.count / table.width, table.width)
    let stride = (width + 15) / 16 * 16
    let squares = allocateFloats(count * stride)
    let conditional = allocateFloats(count * stride)
    defer {
      squares.deallocate()
      conditional.deallocate()
    }
    let kernel = kernels.table.pointee.projection.affinities!
    let entropy = Float(log(perplexity))
    team.forEachRun(of: count, size: 64) { rows, _ in
      for row in rows {
        for place in 0..<width { squares[row * stride + place] = table.squares[row * width + place] }
      }
      let first = rows.lowerBound * stride
      kernel(squares + first, Int64(rows.count), Int64(width), Int64(stride), entropy, conditional + first)
    }
    return Affinities(table, conditional, stride: stride, team: team)
  }
}

extension Affinities {
  /// Makes conditional affinities symmetric.
  fileprivate convenience init(
    _ table: NeighbourTable, _ conditional: UnsafeMutablePointer<Float>, stride: Int, team: WorkerTeam
  ) {
    let count = table.squares.count / table.width
    let pairs = DirectedPairs(table, conditional, stride: stride)
    var rows = [[DirectedPairs.Entry]](repeating: [], count: count)
    rows.withUnsafeMutableBufferPointer { rows in
      let rows = rows.baseAddress!
      team.forEachRun(of: count, size: 64) { points, _ in
        for point in points { rows[point] = pairs.merged(point) }
      }
    }
    self.init(lengths: rows.map(\.count))
    let scale = 1 / (2 * Float(count))
    for (point, row) in rows.enumerated() {
      let start = Int(starts[point])
      for (place, entry) in row.enumerated() {
        neighbours[start + place] = entry.point
        values[start + place] = entry.value * scale
      }
      // What fills up a row points at its own point, which is at hand.
      for place in start + row.count..<Int(starts[point + 1]) { neighbours[place] = UInt32(point) }
    }
  }
}

/// Conditional affinities, which can be looked up in both directions.
private struct DirectedPairs {
  struct Entry {
    var point: UInt32
    var value: Float
  }

  private let table: NeighbourTable
  private let conditional: UnsafeMutablePointer<Float>
  private let stride: Int
  /// The points that have point j among their neighbours, in ascending order: `starts[j]..<starts[j + 1]`.
  private let starts: [Int]
  private let sources: [Entry]

  init(_ table: NeighbourTable, _ conditional: UnsafeMutablePointer<Float>, stride: Int) {
    let count = table.squares.count / table.width
    var starts = [Int](repeating: 0, count: count + 1)
    for neighbour in table.indices { starts[Int(neighbour) + 1] += 1 }
    for point in 0..<count { starts[point + 1] += starts[point] }
    var next = starts
    var sources = [Entry](repeating: Entry(point: 0, value: 0), count: table.indices.count)
    for point in 0..<count {
      for place in 0..<table.width {
        let neighbour = Int(table.indices[point * table.width + place])
        sources[next[neighbour]] = Entry(point: UInt32(point), value: conditional[point * stride + place])
        next[neighbour] += 1
      }
    }
    self.table = table
    self.conditional = conditional
    self.stride = stride
    self.starts = starts
    self.sources = sources
  }

  /// All pairs of a point in ascending order of the other one, the values of both directions added up.
  func merged(_ point: Int) -> [Entry] {
    let own = (0..<table.width).map {
      Entry(point: table.indices[point * table.width + $0], value: conditional[point * stride + $0])
    }.sorted { $0.point < $1.point }
    var result: [Entry] = []
    result.reserveCapacity(own.count + starts[point + 1] - starts[point])
    var place = 0
    for other in sources[starts[point]..<starts[point + 1]] {
      while place < own.count, own[place].point < other.point {
        result.append(own[place])
        place += 1
      }
      if place < own.count, own[place].point == other.point {
        result.append(Entry(point: other.point, value: own[place].value + other.value))
        place += 1
      } else {
        result.append(other)
      }
    }
    return result + own[place...]
  }
}
