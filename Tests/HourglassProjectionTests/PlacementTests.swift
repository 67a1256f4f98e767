import Foundation
import HourglassBase
import HourglassEngine
import HourglassProjection
import HourglassTestSupport
import Testing

struct PlacementTests {
  private let scratch = ScratchFolder()
  private let samples = PointClouds.clusters(600, features: 6, classes: 4, apart: 4)
  private let labels = PointClouds.labels(600, classes: 4)

  private func map() async throws -> ProjectionMap {
    var embedding = TSNE(seed: 1)
    embedding.iterations = 400
    let tsne = try await embedding.map(samples).positions
    let components = try await PrincipalComponents(of: samples, count: 2, seed: 1)
    return try ProjectionMap(
      name: "clouds", weightsDigest: "abc", codes: samples,
      layouts: [
        ProjectionMap.Layout(method: .tsne, positions: tsne),
        ProjectionMap.Layout(method: .pca, positions: components.project(samples).positions),
      ], labels: labels, classNames: ["a", "b", "c", "d"], seed: 1)
  }

  /// New points of a cluster land in it; by principal components exactly where the old ones' rule puts them.
  @Test func findsTheirPlaces() async throws {
    let map = try await map()
    // The same centres: the first 600 are the map's own samples.
    let more = PointClouds.clusters(1000, features: 6, classes: 4, apart: 4)
    let new = SampleArray(
      trustedFloats: Array(more.floats.suffix(400 * 6)), count: 400, shape: [6])
    let places = try await map.place(new)
    let accuracy = try await neighbourAccuracy(
      of: SampleArray(positions: places[0]), labels: PointClouds.labels(400, classes: 4),
      among: SampleArray(positions: map.layouts[0].positions), labels: labels)
    #expect(accuracy > 0.97)
    let components = try await PrincipalComponents(of: samples, count: 2, seed: 1)
    #expect(bits(places[1]) == bits(try components.project(new).positions))
    // Not on top of one another, as they would be if they stayed in the middle of their neighbours.
    #expect(Set(bits(places[0])).count > 700)
    // Alone or among others, on any number of threads and kind of machine.
    let alone = try await map.place(
      SampleArray(trustedFloats: new.sample(77), count: 1, shape: [6]), threads: 1)
    #expect(bits(alone[0]) == bits([places[0][77]]) && bits(alone[1]) == bits([places[1][77]]))
  }

  /// Where a point comes to rest, the divergence between its affinities and its similarities is less than around.
  @Test func comesToRestInAMinimum() throws {
    let machine = try VectorMachine(threads: 1)
    let old = PointClouds.positions(300, extent: 20)
    let points = try PointMatrix(samples.prefix(300))
    let query = try PointMatrix(SampleArray(trustedFloats: samples.sample(450), count: 1, shape: [6]))
    let table = machine.neighbours(of: query, among: points, width: 25)
    var placement = Placement()
    (placement.iterations, placement.rest, placement.exaggeration) = (5000, 1e-7, 1)
    let place = machine.places(table, in: old, placement)[0]
    // p by bisection of the precision until the entropy is log(perplexity).
    let squares = (0..<15).map { Double(table.squares[$0]) }
    func affinities(_ beta: Double) -> [Double] {
      let terms = squares.map { exp(-beta * ($0 - squares[0])) }
      return terms.map { $0 / terms.reduce(0, +) }
    }
    var (low, high) = (0.0, 1000.0)
    for _ in 0..<200 {
      let beta = (low + high) / 2
      let entropy = affinities(beta).reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
      if entropy > log(placement.perplexity) { low = beta } else { high = beta }
    }
    let p = affinities(low)
    func divergence(_ at: SIMD2<Double>) -> Double {
      let similarities = old.map { other -> Double in
        let (dx, dy) = (at.x - Double(other.x), at.y - Double(other.y))
        return 1 / (1 + dx * dx + dy * dy)
      }
      let total = similarities.reduce(0, +)
      return zip(p, table.indices).reduce(0) { $0 + $1.0 * log($1.0 / (similarities[Int($1.1)] / total)) }
    }
    let here = SIMD2(Double(place.x), Double(place.y))
    for step in [SIMD2(0.05, 0), SIMD2(-0.05, 0), SIMD2(0, 0.05), SIMD2(0, -0.05)] {
      #expect(divergence(here + step) > divergence(here))
    }
  }

  @Test(arguments: KernelSet.all.filter { $0.name != "portable" }.map(\.name))
  func sameBits(kernels: String) throws {
    let old = PointClouds.positions(333, extent: 30)
    let points = try PointMatrix(samples.prefix(333))
    let queries = try PointMatrix(PointClouds.clusters(50, features: 6, classes: 4, apart: 4, seed: 2))
    func places(_ machine: VectorMachine) -> [UInt32] {
      bits(machine.places(machine.neighbours(of: queries, among: points, width: 25), in: old, Placement()))
    }
    let best = places(try VectorMachine(threads: 1, kernels: .best))
    #expect(places(try VectorMachine(threads: 3, kernels: .named(kernels))) == best)
  }

  @Test func comesBackFromItsFile() async throws {
    let map = try await map()
    let path = scratch.path + "/map"
    try map.write(to: path)
    let read = try ProjectionMap.read(path: path)
    #expect(read.codes.floats == samples.floats && read.labels == labels && read.classNames == map.classNames)
    #expect(read.name == "clouds" && read.weightsDigest == "abc" && read.seed == 1)
    #expect(try await bits(read.place(samples.prefix(9))[0]) == bits(map.place(samples.prefix(9))[0]))
    var bytes = try scratch.read("map")
    bytes[bytes.count / 2] ^= 8
    try scratch.write(bytes, "map")
    let error = #expect(throws: HourglassError.self) { try ProjectionMap.read(path: path) }
    #expect(error?.code == .badData && error?.message.contains("is damaged") ?? false)
    let wide = SampleArray(trustedFloats: [1, 2], count: 1, shape: [2])
    await #expect(throws: HourglassError.self) { try await map.place(wide) }
  }

  /// Classes are the same where their names are; the rest is named by what it is.
  @Test func mixesClasses() async throws {
    let map = try await map()
    let new: [[SIMD2<Float>]] = [[[1, 2]], [[3, 4]]]
    let known = try map.with(new, labels: [0], classNames: ["c"], images: nil)
    #expect(known.labels.last == 2 && known.classNames == ["a", "b", "c", "d"])
    let other = try map.with(new, labels: [1], classNames: ["c", "x"], images: nil)
    #expect(other.labels.last == 4 && other.classNames.last == "x")
    let unknown = try map.with(new, labels: [], classNames: [], images: nil)
    #expect(unknown.classNames.last == "placed" && unknown.positions[1].last == [3, 4])
    #expect(unknown.labels.count == 601)
  }
}
