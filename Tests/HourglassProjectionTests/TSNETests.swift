import Foundation
import HourglassBase
import HourglassEngine
import HourglassProjection
import HourglassTestSupport
import Synchronization
import Testing

struct TSNETests {
  @Test func clustersStayApart() async throws {
    let samples = PointClouds.clusters(400, features: 12, classes: 4, apart: 6)
    var embedding = TSNE(seed: 3)
    embedding.iterations = 500
    let map = try await embedding.map(samples)
    let plane = SampleArray(positions: map.positions)
    #expect(try await neighbourAccuracy(of: plane, labels: PointClouds.labels(400, classes: 4)) > 0.99)
    #expect(try await trustworthiness(of: plane, for: samples) > 0.9)
    let mean = map.positions.reduce(SIMD2<Float>.zero, +) / 400
    #expect(abs(mean.x) < 1e-3 && abs(mean.y) < 1e-3)
  }

  /// On both sides of the number of points from which the grid is used.
  @Test(arguments: [150, 2200])
  func sameBits(count: Int) throws {
    let points = try PointMatrix(PointClouds.clusters(count, features: 9, classes: 5, apart: 3))
    var embedding = TSNE(seed: 3)
    (embedding.iterations, embedding.exaggeratedIterations) = (60, 30)
    let expected = try embedding.map(
      points, shape: [9], machine: VectorMachine(threads: 1, kernels: .best))
    for kernels in KernelSet.all {
      for threads in 1...3 {
        let map = try embedding.map(
          points, shape: [9], machine: VectorMachine(threads: threads, kernels: kernels))
        #expect(bits(map.positions) == bits(expected.positions), "\(threads) threads, \(kernels.name)")
        #expect(map.divergence == expected.divergence)
      }
    }
    embedding.seed = 4
    let other = try embedding.map(points, shape: [9], machine: VectorMachine(threads: 2))
    #expect(bits(other.positions) != bits(expected.positions))
  }

  @Test func progressFallsAndEndsTheWork() async throws {
    let samples = PointClouds.clusters(200, features: 5, classes: 3, apart: 4)
    var embedding = TSNE(seed: 1)
    embedding.iterations = 400
    let told = Mutex<[WorkProgress]>([])
    let map = try await embedding.map(samples) { progress in told.withLock { $0.append(progress) } }
    let reports = told.withLock { $0 }
    #expect(reports.map(\.done) == [50, 100, 150, 200, 250, 300, 350, 400])
    #expect(reports.last?.measure?.value == map.divergence)
    let divergences = reports.compactMap(\.measure?.value)
    #expect(divergences[7] < divergences[4])
    struct Stop: Error {}
    await #expect(throws: Stop.self) { try await embedding.map(samples) { _ in throw Stop() } }
  }

  @Test func equalAndFewSamples() async throws {
    var embedding = TSNE(seed: 1)
    embedding.iterations = 100
    embedding.perplexity = 5
    let equal = SampleArray(trustedFloats: [Float](repeating: 1, count: 60), count: 20, shape: [3])
    #expect(try await embedding.map(equal).positions.allSatisfy { $0.x.isFinite && $0.y.isFinite })
    embedding.perplexity = 1
    let few = SampleArray(trustedFloats: [0, 1, 5, 6], count: 4, shape: [1])
    let map = try await embedding.map(few)
    #expect(map.positions.allSatisfy { $0.x.isFinite && $0.y.isFinite })
  }

  @Test func refusals() async throws {
    let samples = PointClouds.clusters(50, features: 3, classes: 2, apart: 1)
    func message(_ samples: SampleArray, _ change: (inout TSNE) -> Void) async -> String {
      var embedding = TSNE(seed: 1)
      embedding.perplexity = 5
      change(&embedding)
      return await asyncThrownError { _ = try await embedding.map(samples) }.message
    }
    #expect(
      await message(samples) { $0.perplexity = 30 }
        == "The perplexity is 30.0, but for 50 samples it must be from 1 to 16; choose another one, or give more "
        + "samples.")
    #expect(await message(samples) { $0.perplexity = .nan }.contains("perplexity is nan"))
    #expect(await message(samples) { $0.perplexity = 0.5 }.contains("perplexity is 0.5"))
    #expect(
      await message(samples.prefix(3)) { $0.perplexity = 1 }
        == "t-SNE needs at least 4 samples, but there are 3; give more.")
    #expect(await message(samples) { $0.iterations = 0 }.contains("iterations of t-SNE are 0"))
    #expect(await message(samples) { $0.exaggeration = 0 }.contains("exaggeration of t-SNE is 0.0"))
    #expect(
      await message(samples) { $0.exaggeratedIterations = -1 }.contains(
        "exaggerated iterations of t-SNE are -1"))
    #expect(await message(samples) { $0.learningRate = -1 }.contains("learning rate of t-SNE is -1.0"))
    let broken = SampleArray(trustedFloats: [0, 1, 2, .infinity, 4, 5, 6, 7], count: 8, shape: [1])
    #expect(await message(broken) { $0.perplexity = 1 }.contains("Sample 3 has the value inf"))
  }

  @Test func noStepIsSoLongThatAPointIsLost() async throws {
    var embedding = TSNE(seed: 1)
    (embedding.perplexity, embedding.learningRate) = (5, 1e9)
    let map = try await embedding.map(PointClouds.clusters(50, features: 3, classes: 2, apart: 1))
    #expect(map.positions.allSatisfy { $0.x.isFinite && $0.y.isFinite })
  }
}
