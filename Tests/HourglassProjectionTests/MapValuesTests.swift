import HourglassBase
import HourglassEngine
import HourglassProjection
import HourglassTestSupport
import Testing

/// What is placed among vectors means what they mean.
struct MapValuesTests {
  private static let numbers = (0..<20 * 3).map { UInt8($0 * 73 % 256) }
  private let asBytes = SampleArray(trustedBytes: numbers, count: 20, shape: [3])
  private let asLevels = SampleArray(trustedFloats: numbers.map { Float($0) }, count: 20, shape: [3])
  private let broken = SampleArray(trustedFloats: [0, 1, 37.5], count: 1, shape: [3])

  private func map(weights: String? = nil) async throws -> ProjectionMap {
    let components = try await PrincipalComponents(of: asBytes, count: 2, seed: 1)
    return try ProjectionMap(
      name: "bytes", weightsDigest: weights, codes: asBytes,
      layouts: [
        ProjectionMap.Layout(method: .pca, positions: components.project(asBytes).positions)
      ], seed: 1)
  }

  @Test func floatsLieWhereTheirBytesLie() async throws {
    let scratch = ScratchFolder()
    try await map().write(to: "\(scratch.path)/map.safetensors")
    let map = try ProjectionMap.read(path: "\(scratch.path)/map.safetensors")
    let own = try await map.place(asBytes, threads: 1)
    let others = try await map.place(asLevels, threads: 1)
    #expect(own[0] == others[0])
    #expect(try map.matched(asLevels, named: "x.npy").note?.contains("the map holds bytes") ?? false)
    #expect(try map.matched(asBytes, named: "x.npy").note == nil)
    await expectAsyncSentence(["37.5", "the map holds bytes"], .badData) { _ = try await map.place(broken) }
  }

  /// Codes of a model may be any numbers.
  @Test func codesAreWhatTheyAre() async throws {
    let map = try await map(weights: "abc")
    #expect(map.values == nil)
    #expect(try map.matched(broken, named: "x.npy").note == nil)
  }
}
