import HourglassBase
import HourglassEngine
import HourglassPlatform

/// Isolation forest (Liu, Ting & Zhou 2008): anomalies are separated from the rest by few random cuts.
package struct IsolationForest: Sendable {
  /// A node of a tree; the children of a cut stand side by side.
  private struct Node {
    /// The feature that is cut; -1 in a leaf.
    var feature: Int32
    var cut: Float
    /// The child below the cut; the other one follows it.
    var child: Int32
    /// In a leaf: its depth, and what is expected below it.
    var length: Float
  }

  private let nodes: [Node]
  private let roots: [Int]
  private let shape: Shape
  /// The expected path length of the sample size.
  private let normalLength: Double

  /// - Parameters:
  ///   - samples: of any shape.
  ///   - rows: which of them; at least one.
  ///   - trees: how many.
  ///   - sampleSize: samples of each tree.
  ///   - seed: the same seed gives the same forest.
  /// - Throws: what the source of the samples throws.
  package init(
    of samples: any SampleSource, rows: [UInt32], trees: Int = 100, sampleSize: Int = 256, seed: UInt64
  ) throws {
    precondition(!rows.isEmpty && trees > 0 && sampleSize > 0, "a forest needs samples and trees")
    shape = samples.shape
    let size = min(sampleSize, rows.count)
    var builder = Builder(deepest: Int(log2(Double(max(size, 2))).rounded(.up)))
    var roots: [Int] = []
    for tree in 0..<trees {
      builder.random = RandomNumbers(seed: seed, purpose: .sampling, stream: UInt32(tree))
      var order = rows
      // The first of Fisher and Yates's steps draw without replacement.
      for place in 0..<size { order.swapAt(place, place + builder.random.index(below: rows.count - place)) }
      var points = try order[..<size].map { try samples.numbers(of: Int($0)) }
      roots.append(builder.grow(&points))
    }
    nodes = builder.nodes
    self.roots = roots
    normalLength = max(Self.expectedLength(size), 1e-9)
  }

  /// Of an unsuccessful search in a binary tree of `count` samples.
  private static func expectedLength(_ count: Int) -> Double {
    guard count > 1 else { return 0 }
    if count == 2 { return 1 }
    let n = Double(count)
    return 2 * (log(n - 1) + 0.577_215_664_901_532_9) - 2 * (n - 1) / n
  }

  /// Scores in 0...1, one a sample; about 0.5 is usual and higher more anomalous. The result does not depend on the
  /// number of threads.
  ///
  /// - Throws: `HourglassError` (usage) when the samples have another shape; what their source throws.
  package func scores(_ samples: any SampleSource, rows: [UInt32], threads: Int? = nil) throws -> [Double] {
    guard samples.shape == shape else {
      throw HourglassError(
        .usage,
        "The samples have shape \(samples.shape), but the forest was grown on \(shape); give data of that shape."
      )
    }
    let team = try VectorMachine(threads: threads).team
    var scores = [Double](repeating: 0, count: rows.count)
    for start in stride(from: 0, to: rows.count, by: AnomalyDetector.rowsAtOnce) {
      let some = try samples.array(Array(rows[start...].prefix(AnomalyDetector.rowsAtOnce)))
      scores.withUnsafeMutableBufferPointer { scores in
        let scores = scores.baseAddress! + start
        team.forEachRun(of: some.count, size: 256) { chosen, _ in
          for place in chosen { scores[place] = score(some.sample(place)) }
        }
      }
    }
    return scores
  }

  private func score(_ point: [Float]) -> Double {
    var total = 0.0
    nodes.withUnsafeBufferPointer { nodes in
      point.withUnsafeBufferPointer { point in
        for root in roots {
          var node = nodes[root]
          while node.feature >= 0 {
            node = nodes[Int(node.child) + (point[Int(node.feature)] < node.cut ? 0 : 1)]
          }
          total += Double(node.length)
        }
      }
    }
    return exp2(-total / Double(roots.count) / normalLength)
  }

  private struct Builder {
    var nodes: [Node] = []
    var random = RandomNumbers(seed: 0, purpose: .sampling)
    let deepest: Int

    init(deepest: Int) { self.deepest = deepest }

    mutating func grow(_ points: inout [[Float]]) -> Int {
      nodes.append(Node(feature: -1, cut: 0, child: 0, length: 0))
      let root = nodes.count - 1
      divide(&points, 0..<points.count, node: root, depth: 0)
      return root
    }

    private mutating func divide(_ points: inout [[Float]], _ range: Range<Int>, node: Int, depth: Int) {
      let features = points[range.lowerBound].count
      var bounds: (feature: Int, low: Float, high: Float)?
      if depth < deepest, range.count > 1 {
        // Features in which these points do not differ cannot be cut; then another is drawn.
        let start = random.index(below: features)
        for step in 0..<features {
          let feature =
            step == 0 ? start : step <= 8 ? random.index(below: features) : (start + step) % features
          var (low, high) = (Float.infinity, -Float.infinity)
          for point in points[range] { (low, high) = (min(low, point[feature]), max(high, point[feature])) }
          if low < high {
            bounds = (feature, low, high)
            break
          }
        }
      }
      guard let bounds else {
        nodes[node].length = Float(Double(depth) + IsolationForest.expectedLength(range.count))
        return
      }
      var cut = bounds.low + Float(random.uniform()) * (bounds.high - bounds.low)
      // At least one point lies on each side.
      if !(cut > bounds.low) { cut = bounds.low.nextUp }
      var middle = range.lowerBound
      for index in range where points[index][bounds.feature] < cut {
        points.swapAt(index, middle)
        middle += 1
      }
      let child = nodes.count
      for _ in 0..<2 { nodes.append(Node(feature: -1, cut: 0, child: 0, length: 0)) }
      nodes[node] = Node(feature: Int32(bounds.feature), cut: cut, child: Int32(child), length: 0)
      divide(&points, range.lowerBound..<middle, node: child, depth: depth + 1)
      divide(&points, middle..<range.upperBound, node: child + 1, depth: depth + 1)
    }
  }
}
