import HourglassBase
import HourglassData
import HourglassRuns
import HourglassTestSupport
import Testing

/// What a run knows of the numbers it trains on.
struct RunValuesTests {
  private static let bytes = (0..<8 * 16).map { UInt8($0 * 37 % 256) }
  private let asBytes = SampleArray(trustedBytes: bytes, count: 8, shape: [1, 4, 4])
  private let asLevels = SampleArray(trustedFloats: bytes.map { Float($0) }, count: 8, shape: [1, 4, 4])

  private func run(
    _ training: SampleArray, test: SampleArray? = nil, _ settings: String...
  ) throws -> RunData {
    try RunData(
      DataSet(name: "x.npz", training: training, test: test),
      for: recipe(smallRecipe, set: ["validation=\(test == nil ? "none" : "test")"] + settings))
  }

  @Test func theRangeIsThatOfTheTrainingSamples() throws {
    #expect(try run(asBytes).values == asBytes.valueRange())
    #expect(try run(asLevels, "limit=1").values == asLevels.valueRange([0]))
    #expect(try run(asBytes).valueNotes.isEmpty)
  }

  @Test func testSamplesAreReadAsTrainingSamples() throws {
    let run = try run(asBytes, test: asLevels)
    #expect(try run.validation.array().floats == asBytes.floats)
    #expect(run.valueNotes.count == 1 && run.valueNotes[0].contains("x.npz, test,"))
    let broken = SampleArray(trustedFloats: Array(repeating: 37.5, count: 16), count: 1, shape: [1, 4, 4])
    expectSentence(["x.npz, test,", "37.5", "those to train on are bytes"], .badData) {
      _ = try self.run(asBytes, test: broken)
    }
  }

  @Test func outputsThatEndEarlierAreTold() throws {
    let notes = try run(asLevels).valueNotes
    #expect(notes.count == 2 && notes[0].contains("made for values from 0 to 1"))
    #expect(notes[1].contains("x.npz reach 255") && notes[1].contains("divide the data by 255"))
  }

  @Test func whatTheLossCannotTakeIsRefused() throws {
    let loss = "objective.denoising.loss=binary_crossentropy"
    #expect(try run(asBytes, loss).valueNotes.isEmpty)
    expectSentence(["Sample 0 of x.npz holds 37", "0 to 1"], .badData) { _ = try run(asLevels, loss) }
  }
}
