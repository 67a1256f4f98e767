import HourglassBase
import HourglassEngine
import HourglassPlatform

/// How rare the single cells of a row are: the mean over features of the negative logarithm of the share of training rows that
/// lie as far out or farther, on the side where these are fewer (Li, Zhao, Hu, Botta, Ionescu and Chen 2022 sum either tail
/// over the columns), and of a category of the share that has it. A group of rows that lie together but far out has near neighbours, yet
/// each of its cells is rare.
struct MarginalTails: Sendable {
  /// One column of the table.
  enum Part: Sendable {
    /// Features whose order means something, each with its values in training, ascending.
    case numbers(first: Int, sorted: [[Float]])
    /// Features of which the highest is the level, and the negative logarithm of the share of each.
    case category(first: Int, rarity: [Double])
    /// Points on a circle have no tails.
    case circle
  }

  let parts: [Part]
  /// Over how many terms the mean is.
  let termCount: Int
  /// What every feature has at the middle of its column.
  let middle: [Float]

  /// - Parameters:
  ///   - points: training rows in a joined space, whose inputs' half counts; at least one.
  ///   - columns: what the rows are encoded as.
  init(points: SampleArray, columns: [TableEncoding.Column]) {
    let features = points.shape.count / 2
    var sorted = [[Float]](repeating: [], count: features)
    for feature in sorted.indices { sorted[feature].reserveCapacity(points.count) }
    for row in 0..<points.count {
      for (feature, number) in zip(sorted.indices, points.sample(row)) { sorted[feature].append(number) }
    }
    var middle = [Float](repeating: 0, count: features)
    parts = columns.map { column in
      let range = column.firstFeature..<column.firstFeature + column.featureCount
      switch column.kind {
      case .number, .duration:
        let values = range.map { sorted[$0].sorted() }
        for (feature, values) in zip(range, values) { middle[feature] = values[values.count / 2] }
        return .numbers(first: range.lowerBound, sorted: values)
      case .category:
        var counts = [Int](repeating: 0, count: range.count)
        for row in 0..<points.count { counts[Self.level(range.map { sorted[$0][row] })] += 1 }
        middle[range.lowerBound + Self.level(counts)] = 1
        return .category(
          first: range.lowerBound, rarity: counts.map { Self.rarity(of: $0, among: points.count) })
      case .time:
        return .circle
      }
    }
    self.middle = middle
    termCount = parts.reduce(0) { count, part in
      switch part {
      case .numbers(_, let sorted): count + sorted.count
      case .category: count + 1
      case .circle: count
      }
    }
  }

  /// How much the tails count beside the distance to neighbours: all of it up to ten terms, and less of a mean over more, in
  /// which the chance of many ordinary cells hides what a rare one tells, while it swings as far when it is standardised.
  var weight: Double { min(1, 10 / Double(max(termCount, 1))) }

  /// The mean over the terms of a point's inputs' half; not negative.
  func rarity(_ point: [Float]) -> Double {
    termCount == 0 ? 0 : parts.reduce(0) { $0 + Self.sum($1, point) } / Double(termCount)
  }

  /// A cell that more training rows than this share lie as far out as, or farther, is no reason to call a row odd.
  private static let ordinaryShare = 0.05

  /// What every column has in how much rarer a point is than any could be less; 0 where its cell is ordinary.
  func shares(_ point: [Float]) -> [Double] {
    let excess = parts.map { part in
      let least =
        switch part {
        case .numbers(_, let sorted): sorted.reduce(0) { $0 + Self.least($1) }
        case .category(_, let rarity): rarity.min() ?? 0
        case .circle: 0.0
        }
      return max(Self.sum(part, point) - least, 0)
    }
    let total = max(excess.reduce(0, +), .leastNormalMagnitude)
    return zip(parts, excess).map { part, excess in
      var rarest = 0.0
      Self.forEachTerm(part, point) { rarest = max(rarest, $0) }
      return rarest < -log(Self.ordinaryShare) ? 0 : excess / total
    }
  }

  private static func sum(_ part: Part, _ point: [Float]) -> Double {
    var sum = 0.0
    forEachTerm(part, point) { sum += $0 }
    return sum
  }

  /// The negative logarithms of a column.
  private static func forEachTerm(_ part: Part, _ point: [Float], _ body: (Double) -> Void) {
    switch part {
    case .numbers(let first, let sorted):
      for index in sorted.indices { body(tail(of: point[first + index], among: sorted[index])) }
    case .category(let first, let rarity):
      body(rarity[level(point[first..<first + rarity.count])])
    case .circle:
      break
    }
  }

  /// The place of the largest; the first of equal ones.
  private static func level<Numbers: RandomAccessCollection>(_ numbers: Numbers) -> Int
  where Numbers.Element: Comparable, Numbers.Index == Int {
    let first = numbers.startIndex
    return numbers.indices.dropFirst().reduce(first) { numbers[$1] > numbers[$0] ? $1 : $0 } - first
  }

  /// The smaller tail: of the rows that are not above, or not below.
  static func tail(of number: Float, among sorted: [Float]) -> Double {
    let notAbove = place(sorted) { $0 <= number }
    let notBelow = sorted.count - place(sorted) { $0 < number }
    return rarity(of: min(notAbove, notBelow), among: sorted.count)
  }

  /// At the median; of equal numbers, both tails are whole.
  private static func least(_ sorted: [Float]) -> Double { tail(of: sorted[sorted.count / 2], among: sorted) }

  /// One row more is taken to be on either side, so that what was never seen is rare, not impossible.
  static func rarity(of count: Int, among total: Int) -> Double {
    -log(Double(count + 1) / Double(total + 2))
  }

  /// How many of the first ones fulfil a condition that the others do not.
  private static func place(_ sorted: [Float], _ isBefore: (Float) -> Bool) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if isBefore(sorted[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
