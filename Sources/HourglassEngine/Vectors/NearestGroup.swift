/// The nearest points of a query whatever their order is: those nearer than the last wanted one, and all that are as near
/// as that one, which share the places that are left.
package struct NearestGroup {
  package let nearer: ArraySlice<UInt32>
  /// At least as many as `places`.
  package let tied: ArraySlice<UInt32>
  /// Of the wanted points, those that are tied ones: each of them is among the nearest with the probability
  /// `places / tied.count`.
  package let places: Int

  /// - Parameter tied: at least as many as `places`.
  package init(nearer: ArraySlice<UInt32>, tied: ArraySlice<UInt32>, places: Int) {
    precondition(tied.count >= places, "the wanted points are among those that were found")
    (self.nearer, self.tied, self.places) = (nearer, tied, places)
  }

  /// - Parameters:
  ///   - indices: nearest first.
  ///   - squares: their squared distances.
  ///   - isWhole: whether there are no other points.
  /// - Returns: nil when points that are not listed may be as near as the last wanted one.
  fileprivate init?(_ indices: ArraySlice<UInt32>, _ squares: ArraySlice<Float>, count: Int, isWhole: Bool) {
    let last = squares[squares.startIndex + count - 1]
    guard isWhole || squares[squares.endIndex - 1] > last else { return nil }
    let nearer = squares.prefix(count).count { $0 < last }
    let all = squares.count { $0 <= last }
    self.nearer = indices.prefix(nearer)
    tied = indices.prefix(all).dropFirst(nearer)
    places = count - nearer
  }
}

/// A sum of whole numbers, some of them divided by how many points share them. It does not depend on the order of its
/// parts.
package struct SharedSum {
  private var whole = 0
  private var shared: [Int: Double] = [:]

  package init() {}

  /// Adds what the points of a group are worth together: the nearer ones wholly, the tied ones by their share of the
  /// places.
  package mutating func add(_ group: NearestGroup, _ worth: (UInt32) -> Int) {
    let tied = group.tied.reduce(0) { $0 + worth($1) }
    whole += group.nearer.reduce(0) { $0 + worth($1) }
    if group.places == group.tied.count {
      whole += tied
    } else {
      shared[group.tied.count, default: 0] += Double(group.places) * Double(tied)
    }
  }

  package mutating func add(_ number: Int) { whole += number }

  package var value: Double {
    shared.keys.sorted().reduce(Double(whole)) { $0 + (shared[$1] ?? 0) / Double($1) }
  }
}

extension VectorMachine {
  /// Numbers of a search's results that are kept at once while ties are looked into.
  private static let most = 1 << 20

  /// Finds the exact nearest points to queries by Euclidean distance, with all that are as near as the last of them.
  ///
  /// - Parameters:
  ///   - queries: of as many features as the points.
  ///   - count: points for each query, at most as many as there are.
  ///   - progress: told now and then how many queries are done; what it throws ends the work.
  ///   - body: called once for each query, in no particular order.
  package func nearestGroups(
    of queries: PointMatrix, among points: PointMatrix, count: Int, progress: (Int) throws -> Void,
    _ body: (_ query: Int, _ group: NearestGroup) throws -> Void
  ) rethrows {
    try nearestGroups(
      of: queries, among: points, count: count, arePoints: false, progress: progress, body)
  }

  /// Finds the exact nearest other points of every point, as those to queries.
  ///
  /// - Parameter count: neighbours of each point, below the number of points.
  package func nearestGroups(
    of points: PointMatrix, count: Int, progress: (Int) throws -> Void,
    _ body: (_ point: Int, _ group: NearestGroup) throws -> Void
  ) rethrows {
    try nearestGroups(of: points, among: points, count: count, arePoints: true, progress: progress, body)
  }

  private func nearestGroups(
    of queries: PointMatrix, among points: PointMatrix, count: Int, arePoints: Bool,
    progress: (Int) throws -> Void, _ body: (Int, NearestGroup) throws -> Void
  ) rethrows {
    let others = points.count - (arePoints ? 1 : 0)
    // One more than wanted shows whether others are as near as the last one.
    var width = min(count + 1, others)
    let table =
      arePoints
      ? try neighbours(of: points, width: width, progress: progress)
      : try neighbours(of: queries, among: points, width: width, progress: progress)
    var open: [Int] = []
    for query in 0..<queries.count {
      let row = query * width..<(query + 1) * width
      guard
        let group = NearestGroup(
          table.indices[row], table.squares[row], count: count, isWhole: width == others)
      else {
        open.append(query)
        continue
      }
      try body(query, group)
    }
    while !open.isEmpty {
      width = min(2 * width, points.count)
      let run = max(1, Self.most / width)
      var left: [Int] = []
      for start in stride(from: 0, to: open.count, by: run) {
        let chosen = Array(open[start..<min(start + run, open.count)])
        let found = neighbours(of: queries.selecting(chosen), among: points, width: width)
        for (place, query) in chosen.enumerated() {
          let row = Array(place * width..<(place + 1) * width)
          // The point itself is no neighbour; it may also lie behind so many equal ones that it is not listed.
          let kept = arePoints ? row.filter { found.indices[$0] != query } : row
          guard
            let group = NearestGroup(
              kept.map { found.indices[$0] }[...], kept.map { found.squares[$0] }[...], count: count,
              isWhole: width == points.count)
          else {
            left.append(query)
            continue
          }
          try body(query, group)
        }
        try progress(queries.count)
      }
      open = left
    }
  }

  /// For one of the points, how many others are nearer to it than each; its own is 0.
  package func ranks(of point: Int, among points: PointMatrix) -> [Int] {
    let found = neighbours(of: points.selecting([point]), among: points, width: points.count)
    var ranks = [Int](repeating: 0, count: points.count)
    var (nearer, seen) = (0, 0)
    var last: Float = -1
    for (index, square) in zip(found.indices, found.squares) where index != point {
      if square > last { (nearer, last) = (seen, square) }
      ranks[Int(index)] = nearer
      seen += 1
    }
    return ranks
  }
}
