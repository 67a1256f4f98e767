import HourglassBase
import HourglassEngine
import HourglassTestSupport
import Testing

struct ExactSearchTests {
  /// By looking at all vectors in double precision; of equally near ones the lower index comes first.
  private func expected(
    _ samples: SampleArray, _ queries: SampleArray, _ count: Int, _ distance: ([Double], [Double]) -> Double
  ) -> [[Int]] {
    let rows = PointClouds.rows(samples)
    return PointClouds.rows(queries).map { query in
      rows.indices.map { (distance(query, rows[$0]), $0) }.sorted { $0 < $1 }.prefix(count).map(\.1)
    }
  }

  private func square(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// Small whole numbers: most distances occur many times, and floats hold them exactly.
  @Test(arguments: [
    (1, 3, 1, 1), (17, 2, 5, 17), (100, 33, 9, 20), (333, 5, 70, 90), (3000, 1, 3, 10), (2500, 16, 130, 7),
  ])
  func agreesWithAllPairs(samples count: Int, features: Int, queries: Int, results: Int) throws {
    let samples = PointClouds.whole(count, features: features, below: 6)
    let asked = PointClouds.whole(queries, features: features, below: 6, seed: 2)
    let found = try ExactSearch(samples).nearest(to: asked, count: results)
    let wanted = expected(samples, asked, results, square)
    for query in 0..<queries {
      #expect(found.of(query).map(\.index) == wanted[query])
      for result in found.of(query) {
        let exact = square(PointClouds.rows(asked)[query], PointClouds.rows(samples)[result.index])
        #expect(result.distance == Float(exact).squareRoot())
      }
    }
  }

  /// Far from the origin and close together, where |a|^2 + |b|^2 - 2 ab in single precision would be all rounding error.
  @Test func survivesCancellation() throws {
    var random = RandomNumbers(seed: 3, purpose: .initialization)
    // Steps of 1/8 around 4,096 are exact in single precision.
    let floats = (0..<2000 * 8).map { _ in 4096 + Float(random.index(below: 64)) / 8 }
    let samples = try SampleArray(floats: floats, count: 2000, shape: [8])
    let queries = try SampleArray(floats: Array(floats.prefix(8 * 40)), count: 40, shape: [8])
    let found = try ExactSearch(samples).nearest(to: queries, count: 12)
    let wanted = expected(samples, queries, 12, square)
    for query in 0..<40 { #expect(found.of(query).map(\.index) == wanted[query]) }
  }

  /// More equal vectors than a search keeps in mind.
  @Test func equalVectors() throws {
    let samples = try SampleArray(floats: [Float](repeating: 7, count: 3 * 5000), count: 5000, shape: [3])
    let found = try ExactSearch(samples).nearest(to: samples.prefix(2), count: 4)
    #expect(found.of(0).map(\.index) == [0, 1, 2, 3] && found.of(1).map(\.index) == [0, 1, 2, 3])
    #expect(found.distances.allSatisfy { $0 == 0 })
  }

  @Test func cosine() throws {
    let samples = PointClouds.clusters(700, features: 9, classes: 4, apart: 2)
    let queries = PointClouds.clusters(30, features: 9, classes: 4, apart: 2, seed: 5)
    let search = try ExactSearch(samples, metric: .cosine)
    let found = try search.nearest(to: queries, count: 6)
    func distance(_ a: [Double], _ b: [Double]) -> Double {
      let (inner, left, right) = zip(a, b).reduce(into: (0.0, 0.0, 0.0)) {
        $0.0 += $1.0 * $1.1
        $0.1 += $1.0 * $1.0
        $0.2 += $1.1 * $1.1
      }
      return 1 - inner / (left * right).squareRoot()
    }
    let wanted = expected(samples, queries, 6, distance)
    let rows = (PointClouds.rows(queries), PointClouds.rows(samples))
    for query in 0..<30 {
      #expect(found.of(query).map(\.index) == wanted[query])
      for result in found.of(query) {
        #expect(abs(Double(result.distance) - distance(rows.0[query], rows.1[result.index])) < 1e-6)
      }
    }
  }

  /// Few queries are searched in parts of the vectors, many are not; neither shows.
  @Test(arguments: KernelSet.all.filter { $0.name != "portable" }.map(\.name))
  func sameBits(kernels: String) throws {
    let points = try PointMatrix(PointClouds.clusters(9000, features: 21, classes: 3, apart: 1))
    let queries = try PointMatrix(PointClouds.clusters(70, features: 21, classes: 3, apart: 1, seed: 9))
    let best = try VectorMachine(threads: 1, kernels: .best).neighbours(
      of: queries, among: points, width: 15)
    for threads in [1, 2, 5] {
      let machine = try VectorMachine(threads: threads, kernels: .named(kernels))
      let all = machine.neighbours(of: queries, among: points, width: 15)
      #expect(all.indices == best.indices && all.squares == best.squares)
      let row = Array(UnsafeBufferPointer(start: queries.rows + 21 * 33, count: 21))
      let lone = try PointMatrix(SampleArray(trustedFloats: row, count: 1, shape: [21]))
      let one = machine.neighbours(of: lone, among: points, width: 15)
      #expect(one.indices == Array(best.indices[15 * 33..<15 * 34]))
      #expect(one.squares == Array(best.squares[15 * 33..<15 * 34]))
    }
  }

  /// Progress is told between blocks of queries, which change nothing; what it throws ends the search.
  @Test func tellsHowManyQueriesAreDone() throws {
    let search = try ExactSearch(PointClouds.clusters(200, features: 3, classes: 3, apart: 1))
    let queries = PointClouds.clusters(5000, features: 3, classes: 3, apart: 1, seed: 9)
    var told: [Int] = []
    let found = try search.nearest(to: queries, count: 4, threads: 1) { told.append($0.done) }
    #expect(told == [4096, 5000])
    for query in [0, 63, 4095, 4096, 4999] {
      let one = try search.nearest(to: queries.array([UInt32(query)]), count: 4)
      #expect(one.indices == Array(found.indices[4 * query..<4 * query + 4]))
      #expect(one.distances == Array(found.distances[4 * query..<4 * query + 4]))
    }
    struct Stop: Error {}
    #expect(throws: Stop.self) { try search.nearest(to: queries, count: 4) { _ in throw Stop() } }
  }

  @Test func refusals() throws {
    let samples = PointClouds.whole(5, features: 2, below: 9)
    let search = try ExactSearch(samples)
    for count in [0, 6] {
      #expect(
        thrownError { _ = try search.nearest(to: samples, count: count) }.message
          == "\(count) results cannot be found among 5 vectors; choose 1 to 5.")
    }
    let other = PointClouds.whole(1, features: 3, below: 9)
    #expect(
      thrownError { _ = try search.nearest(to: other, count: 1) }.message.contains(
        "The queries have shape (3)"))
    let none = try SampleArray(floats: [], count: 0, shape: [2])
    #expect(thrownError { _ = try ExactSearch(none) }.message.contains("no vector to search in"))
    let zero = try SampleArray(floats: [1, 2, 0, 0], count: 2, shape: [2])
    #expect(thrownError { _ = try ExactSearch(zero, metric: .cosine) }.message.hasPrefix("Vector 1 is zero"))
    let infinite = try SampleArray(floats: [.infinity, 0], count: 1, shape: [2])
    #expect(thrownError { _ = try ExactSearch(infinite) }.message.contains("distances need finite values"))
    let tiny = try SampleArray(floats: [1e-36, -1e-36, 0, 2e-36], count: 2, shape: [2])
    #expect(thrownError { _ = try ExactSearch(tiny) }.message.contains("values that reach 1e-18"))
    // Lengths do not matter to the cosine, and zeros are equal.
    #expect(try ExactSearch(tiny, metric: .cosine).count == 2)
    #expect(try ExactSearch(SampleArray(floats: [0, 0], count: 2, shape: [1])).count == 2)
  }
}
