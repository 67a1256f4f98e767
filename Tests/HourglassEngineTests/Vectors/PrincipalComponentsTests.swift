import Foundation
import HourglassBase
import HourglassEngine
import HourglassTestSupport
import Testing

struct PrincipalComponentsTests {
  /// Two points lie twice (2, 1) from the mean, on either side, and two once (-1, 2), which is at a right angle.
  @Test func closedForm() throws {
    let samples = try SampleArray(floats: [5, 2, -3, -2, 0, 2, 2, -2], count: 4, shape: [2])
    let components = try PrincipalComponents(of: samples, count: 2, seed: 1)
    #expect(components.mean == [1, 0])
    let root = 5.0.squareRoot()
    let expected = [[2 / root, 1 / root], [-1 / root, 2 / root]]
    for (component, wanted) in zip(components.components, expected) {
      for (number, value) in zip(component, wanted) { #expect(abs(number - value) < 1e-15) }
    }
    // Sums of squares 2 * 4 * 5 and 2 * 5, over 4 - 1.
    #expect(abs(components.explainedVariance[0] - 40 / 3) < 1e-14)
    #expect(abs(components.explainedVariance[1] - 10 / 3) < 1e-14)
    #expect(abs(components.totalVariance - 50 / 3) < 1e-14)
    let codes = try components.project(samples)
    #expect(abs(codes.sample(0)[0] - Float(2 * root)) < 1e-6 && abs(codes.sample(0)[1]) < 1e-6)
    #expect(abs(codes.sample(3)[0]) < 1e-6 && abs(codes.sample(3)[1] + Float(root)) < 1e-6)
  }

  @Test(arguments: [(40, 7, 7), (30, 50, 12), (500, 300, 8), (20, 400, 30)])
  func orthonormalEigenvectors(count: Int, features: Int, wanted: Int) throws {
    let samples = PointClouds.clusters(count, features: features, classes: 5, apart: 3)
    let found = try PrincipalComponents(of: samples, count: wanted, seed: 1)
    for (row, a) in found.components.enumerated() {
      for (column, b) in found.components.enumerated() {
        let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
      }
      #expect((a.max { abs($0) < abs($1) } ?? 0) > 0)
    }
    #expect(found.explainedVariance == found.explainedVariance.sorted(by: >))
    // The covariance times a component is the component times its variance.
    let rows = PointClouds.rows(samples).map { row in zip(row, found.mean).map { $0 - $1 } }
    for (component, variance) in zip(found.components, found.explainedVariance) {
      var image = [Double](repeating: 0, count: features)
      for row in rows {
        let along = zip(row, component).reduce(0) { $0 + $1.0 * $1.1 }
        for index in image.indices { image[index] += along * row[index] / Double(count - 1) }
      }
      let rest = zip(image, component).reduce(0) { $0 + pow($1.0 - variance * $1.1, 2) }.squareRoot()
      #expect(rest < 1e-9 * found.explainedVariance[0])
    }
  }

  @Test func allComponentsRebuildTheSamples() throws {
    let samples = PointClouds.clusters(50, features: 24, classes: 3, apart: 2)
    let shaped = try SampleArray(
      floats: (0..<50).flatMap { samples.sample($0) }, count: 50, shape: [2, 3, 4])
    let components = try PrincipalComponents(of: shaped, count: 24, seed: 1)
    let rebuilt = try components.reconstruct(try components.project(shaped))
    #expect(rebuilt.shape == [2, 3, 4])
    for index in 0..<50 {
      for (a, b) in zip(shaped.sample(index), rebuilt.sample(index)) { #expect(abs(a - b) < 1e-5) }
    }
    let sum = components.explainedVariance.reduce(0, +)
    #expect(abs(sum - components.totalVariance) < 1e-10 * sum)
  }

  /// Both ways to the eigenvectors find the same; the whole problem is solved where many are wanted.
  @Test func searchFindsWhatTheWholeProblemHas() throws {
    let samples = PointClouds.clusters(400, features: 300, classes: 10, apart: 4)
    let few = try PrincipalComponents(of: samples, count: 5, seed: 7)
    let all = try PrincipalComponents(of: samples, count: 300, seed: 7)
    for (a, b) in zip(few.components, all.components) {
      for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-7) }
    }
  }

  @Test func samplesWithoutVariance() throws {
    let samples = try SampleArray(floats: [Float](repeating: 3, count: 5 * 300), count: 5, shape: [300])
    for count in [2, 300] {
      let components = try PrincipalComponents(of: samples, count: count, seed: 1)
      #expect(components.explainedVariance.allSatisfy { $0 == 0 })
      #expect(try components.project(samples).sample(4).allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: KernelSet.all.map(\.name))
  func sameBits(kernels: String) throws {
    let samples = PointClouds.clusters(300, features: 290, classes: 4, apart: 2)
    func components(_ threads: Int, _ kernels: KernelSet) throws -> [[UInt64]] {
      try PrincipalComponents(
        of: PointMatrix(samples), shape: [290], count: 3, seed: 1,
        machine: VectorMachine(threads: threads, kernels: kernels)
      ).components.map { $0.map(\.bitPattern) }
    }
    let expected = try components(1, .best)
    for threads in 1...3 { #expect(try components(threads, .named(kernels)) == expected) }
  }

  @Test func refusals() throws {
    let samples = PointClouds.clusters(4, features: 3, classes: 2, apart: 1)
    #expect(
      thrownError { _ = try PrincipalComponents(of: samples, count: 4, seed: 1) }.message
        == "There are 1 to 3 principal components of samples of 3 numbers, not 4; choose another count.")
    #expect(
      thrownError { _ = try PrincipalComponents(of: samples.prefix(1), count: 1, seed: 1) }.message
        == "Principal components need at least 2 samples, but there are 1; give more.")
    let large = try SampleArray(floats: [Float](repeating: 0, count: 2 * 5000), count: 2, shape: [5000])
    #expect(
      thrownError { _ = try PrincipalComponents(of: large, count: 1, seed: 1) }.message
        == "Principal components are found of samples of 1 to 4096 numbers, not 5000; give smaller samples, such as codes."
    )
    let broken = try SampleArray(floats: [1, 2, .nan, 4], count: 2, shape: [2])
    #expect(
      thrownError { _ = try PrincipalComponents(of: broken, count: 1, seed: 1) }.message
        == "Sample 1 has the value nan at place 0, but distances need finite values up to 1e15; leave the sample out, "
        + "or scale the samples.")
    let found = try PrincipalComponents(of: samples, count: 2, seed: 1)
    #expect(thrownError { _ = try found.project(large) }.message.contains("shape (5000)"))
    #expect(thrownError { _ = try found.reconstruct(samples) }.message.contains("take (2)"))
    #expect(thrownError { _ = try found.project(samples, threads: 0) }.message.contains("threads is 0"))
  }
}
