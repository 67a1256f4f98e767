import HourglassBase
import HourglassEngine
import HourglassTestSupport
import Testing

struct NearestNeighboursTests {
  /// By looking at all pairs in double precision; of equally near ones the lower index comes first.
  private func expected(_ samples: SampleArray, _ count: Int) -> [UInt32] {
    let rows = PointClouds.rows(samples)
    return rows.indices.flatMap { query in
      let distances = rows.indices.filter { $0 != query }.map { other in
        (zip(rows[query], rows[other]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }, UInt32(other))
      }
      return distances.sorted { $0 < $1 }.prefix(count).map(\.1)
    }
  }

  /// Small whole numbers: most distances occur many times, and floats hold them exactly.
  @Test(arguments: [
    (5, 1, 4), (16, 3, 15), (17, 2, 5), (100, 3, 20), (333, 5, 90), (700, 1, 3), (260, 40, 259),
  ])
  func agreesWithAllPairs(samples count: Int, features: Int, neighbours: Int) throws {
    let samples = PointClouds.whole(count, features: features, below: 6)
    let found = try NearestNeighbours(of: samples, count: neighbours)
    #expect(found.indices == expected(samples, neighbours))
    let rows = PointClouds.rows(samples)
    for query in 0..<count {
      for (place, neighbour) in found.of(query).enumerated() {
        let square = zip(rows[query], rows[Int(neighbour)]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(Double(found.squaredDistances[query * neighbours + place]) == square)
      }
    }
  }

  @Test(arguments: [(40, 17, 3, 5), (100, 200, 2, 1), (5, 3, 4, 5)])
  func neighboursAmongReferences(references: Int, queries: Int, features: Int, width: Int) throws {
    var random = RandomNumbers(seed: 9, purpose: .sampling)
    func points(_ count: Int) -> [[Float]] {
      (0..<count).map { _ in (0..<features).map { _ in Float(random.index(below: 5)) } }
    }
    func matrix(_ points: [[Float]]) throws -> PointMatrix {
      try PointMatrix(
        SampleArray(trustedFloats: points.flatMap(\.self), count: points.count, shape: [features]))
    }
    let (known, asked) = (points(references), points(queries))
    let table = try VectorMachine(threads: 2).neighbours(
      of: matrix(asked), among: matrix(known), width: width)
    for (query, point) in asked.enumerated() {
      let all = known.enumerated().map { index, other in
        (zip(point, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }, UInt32(index))
      }.sorted { $0 < $1 }.prefix(width)
      #expect(Array(table.indices[query * width..<(query + 1) * width]) == all.map(\.1))
      #expect(Array(table.squares[query * width..<(query + 1) * width]) == all.map(\.0))
    }
  }

  @Test func equalSamples() throws {
    let samples = try SampleArray(floats: [Float](repeating: 2, count: 40), count: 40, shape: [1])
    let found = try NearestNeighbours(of: samples, count: 3)
    #expect(
      Array(found.of(0)) == [1, 2, 3] && Array(found.of(2)) == [0, 1, 3] && Array(found.of(39)) == [0, 1, 2])
  }

  @Test(arguments: KernelSet.all.map(\.name))
  func sameBits(kernels: String) throws {
    let points = try PointMatrix(PointClouds.clusters(500, features: 37, classes: 3, apart: 2))
    let best = try VectorMachine(threads: 1, kernels: .best).neighbours(of: points, width: 30)
    for threads in 1...3 {
      let found = try VectorMachine(threads: threads, kernels: .named(kernels)).neighbours(
        of: points, width: 30)
      #expect(found.indices == best.indices && found.squares == best.squares)
    }
  }

  @Test func refusals() throws {
    let samples = PointClouds.whole(5, features: 2, below: 9)
    for count in [0, 5] {
      let error = #expect(throws: HourglassError.self) {
        try NearestNeighbours(of: samples, count: count)
      }
      #expect(
        error?.message == "\(count) neighbours of each of 5 samples cannot be found; choose 1 to 4.")
    }
  }
}
