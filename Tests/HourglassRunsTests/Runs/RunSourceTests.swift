import HourglassBase
import HourglassData
import HourglassFiles
import HourglassRuns
import HourglassTestSupport
import Testing

/// A run asks for its samples through their source; where they are changes nothing that it makes of them.
@Suite struct RunSourceTests {
  private func bytes(_ count: Int, _ size: Int) -> [UInt8] {
    (0..<count * size).map { UInt8(truncatingIfNeeded: $0 * $0 + $0 / 7) }
  }

  /// As many samples as fill no whole number of blocks.
  @Test func theDigestIsThatOfTheBytes() throws {
    let (training, test) = (bytes(37, 16), bytes(16, 16))
    let set = try DataSet(
      name: "test", training: SampleArray(trustedBytes: training, count: 37, shape: [1, 4, 4]),
      test: SampleArray(trustedBytes: test, count: 16, shape: [1, 4, 4]))
    for (validation, expected) in [("test", training + test), ("0.25", training), ("none", training)] {
      let data = try RunData(set, for: recipe(smallRecipe, set: ["validation=\(validation)"]))
      #expect(try data.digest == sha256Hex(expected))
      let elsewhere = try DataSet(
        name: "test", training: FileSource(bytes: training, shape: [1, 4, 4]),
        test: FileSource(bytes: test, shape: [1, 4, 4]))
      let same = try RunData(elsewhere, for: recipe(smallRecipe, set: ["validation=\(validation)"]))
      #expect(try same.digest == sha256Hex(expected))
      #expect(same.trainingSamples == data.trainingSamples)
    }
    var data = try RunData(set, for: recipe(smallRecipe, set: ["validation=none"]))
    let floats = MadeUpSource(count: 21, shape: [1, 4, 4])
    (data.training, data.trainingSamples) = (floats, [])
    #expect(try data.digest == floats.array.floats.withUnsafeBytes { sha256Hex($0) })
    let damaged = FileSource(bytes: training, shape: [1, 4, 4])
    damaged.truncate(to: 20)
    data.training = damaged
    #expect(throws: HourglassError.self) { try data.digest }
  }
}
