import Foundation
import HourglassEngine
import HourglassTestSupport
import Testing

/// The gradient of the divergence against its formula in double precision (van der Maaten & Hinton 2008, section 3).
struct EmbeddingGradientTests {
  private struct Reference {
    var attraction: [SIMD2<Double>] = []
    var repulsion: [SIMD2<Double>] = []
    var divergence = 0.0
  }

  private func reference(_ positions: [SIMD2<Float>], _ affinities: Affinities) -> Reference {
    let count = positions.count
    let y = positions.map { SIMD2(Double($0.x), Double($0.y)) }
    var reference = Reference()
    var normalizer = 0.0
    for i in 0..<count {
      var (pull, push) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
      for j in 0..<count where j != i {
        let similarity = 1 / (1 + ((y[i] - y[j]) * (y[i] - y[j])).sum())
        push += (y[i] - y[j]) * (similarity * similarity)
        normalizer += similarity
      }
      for (j, p) in affinities.entries(of: i) {
        pull += (y[i] - y[j]) * (Double(p) / (1 + ((y[i] - y[j]) * (y[i] - y[j])).sum()))
      }
      reference.attraction.append(pull)
      reference.repulsion.append(push)
    }
    for i in 0..<count {
      reference.repulsion[i] /= normalizer
      for (j, p) in affinities.entries(of: i) {
        let q = 1 / (1 + ((y[i] - y[j]) * (y[i] - y[j])).sum()) / normalizer
        reference.divergence += Double(p) * log(Double(p) / q)
      }
    }
    return reference
  }

  private func affinities(_ count: Int) throws -> Affinities {
    let machine = try VectorMachine()
    let points = try PointMatrix(PointClouds.clusters(count, features: 6, classes: 4, apart: 3))
    return machine.affinities(machine.neighbours(of: points, width: 60), perplexity: 20)
  }

  private func size(_ vectors: [SIMD2<Double>]) -> Double {
    (vectors.reduce(0) { $0 + ($1 * $1).sum() } / Double(vectors.count)).squareRoot()
  }

  /// The error of the whole, relative to its size.
  private func error(_ found: [SIMD2<Float>], _ expected: [SIMD2<Double>]) -> Double {
    size(zip(found, expected).map { SIMD2(Double($0.x), Double($0.y)) - $1 }) / size(expected)
  }

  /// From the start, where all points are close together, to maps larger than those of many samples.
  @Test(arguments: [1e-3, 0.3, 4, 25, 90, 300] as [Double])
  func agreesWithTheFormula(extent: Double) throws {
    let affinities = try affinities(700)
    let positions = PointClouds.positions(700, extent: extent)
    let expected = reference(positions, affinities)
    // Far apart, what remains of a grid's force is small, and the points themselves are most of what it adds up.
    let gridTolerance = extent > 100 ? 4e-2 : 1.5e-2
    for (repulsion, tolerance) in [(PlaneEmbedding.Repulsion.exact, 2e-6), (.grid, gridTolerance)] {
      let embedding = PlaneEmbedding(
        positions, affinities: affinities, machine: try VectorMachine(), repulsion: repulsion)
      #expect(error(embedding.gradient(attraction: 1, repulsion: 0), expected.attraction) < 2e-6)
      let push = embedding.gradient(attraction: 0, repulsion: -1)
      let pushError = error(push, expected.repulsion)
      #expect(pushError < tolerance, "\(repulsion)")
      let whole = zip(expected.attraction, expected.repulsion).map { ($0 - $1) * 4 }
      #expect(error(embedding.gradient(attraction: 4, repulsion: 4), whole) < 2 * tolerance, "\(repulsion)")
      #expect(
        abs(embedding.divergence() - expected.divergence) < tolerance * max(1, expected.divergence),
        "\(repulsion)")
    }
  }

  /// The formula itself: the divergence changes along the gradient as the gradient says.
  @Test func theFormulaIsTheDerivative() throws {
    let affinities = try affinities(120)
    let positions = PointClouds.positions(120, extent: 10)
    let expected = reference(positions, affinities)
    for point in [0, 17, 119] {
      let step: Float = 1 / 64
      var (ahead, behind) = (positions, positions)
      ahead[point].x += step
      behind[point].x -= step
      let slope =
        (reference(ahead, affinities).divergence - reference(behind, affinities).divergence)
        / Double(ahead[point].x - behind[point].x)
      let gradient = 4 * (expected.attraction[point].x - expected.repulsion[point].x)
      #expect(abs(slope - gradient) < 1e-3 * abs(gradient) + 1e-7)
    }
  }

  @Test func affinitiesHaveTheirPerplexity() throws {
    let machine = try VectorMachine()
    let points = try PointMatrix(PointClouds.clusters(150, features: 4, classes: 3, apart: 3))
    let table = machine.neighbours(of: points, width: 45)
    let affinities = machine.affinities(table, perplexity: 15)
    // The conditional probabilities by bisection in double precision.
    var expected = [[Double]](repeating: [Double](repeating: 0, count: 150), count: 150)
    for i in 0..<150 {
      let squares = (0..<45).map { Double(table.squares[i * 45 + $0]) }
      var (low, high) = (0.0, 1e6)
      var p = squares
      for _ in 0..<200 {
        let beta = (low + high) / 2
        p = squares.map { exp(-beta * ($0 - squares[0])) }
        let sum = p.reduce(0, +)
        p = p.map { $0 / sum }
        let entropy = -p.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
        if entropy > log(15) { low = beta } else { high = beta }
      }
      for (place, value) in p.enumerated() {
        let j = Int(table.indices[i * 45 + place])
        expected[i][j] += value / 300
        expected[j][i] += value / 300
      }
    }
    var sum = 0.0
    for i in 0..<150 {
      for (j, value) in affinities.entries(of: i) {
        #expect(abs(Double(value) - expected[i][j]) < 2e-4 * expected[i][j] + 1e-9)
        sum += Double(value)
      }
      let places = affinities.entries(of: i).map(\.neighbour)
      #expect(places == places.sorted() && Set(places).count == places.count && !places.contains(i))
    }
    #expect(abs(sum - 1) < 1e-5)
  }
}
