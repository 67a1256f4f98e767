import HourglassBase
import HourglassTestSupport
import Testing

/// How numbers are read that a model is given, beside those it learnt from.
struct ValueReadingTests {
  private static let bytes = [0, 51, 102, 255, 7, 8] as [UInt8]
  private let asBytes = SampleArray(trustedBytes: bytes, count: 2, shape: [3])
  private let asLevels = SampleArray(trustedFloats: bytes.map { Float($0) }, count: 2, shape: [3])
  private let asFractions = SampleArray(trustedFloats: bytes.map { Float($0) / 255 }, count: 2, shape: [3])
  /// Of images of one channel.
  private func images(_ samples: SampleArray) throws -> SampleArray {
    SampleArray(trustedFloats: samples.floats, count: 2, shape: [1, 1, 3])
  }

  private func floats(_ numbers: Float...) -> SampleArray {
    SampleArray(trustedFloats: numbers, count: 1, shape: [numbers.count])
  }

  private func read(_ given: SampleArray, as learnt: SampleArray) throws -> (numbers: [Float], note: String?)
  {
    let (samples, note) = try given.matched(to: learnt.valueRange(), named: "x.npy")
    #expect(samples.form == given.form && samples.count == given.count)
    #expect(try samples.array().floats == (0..<given.count).flatMap { try samples.numbers(of: $0) })
    return (try samples.array().floats, note)
  }

  private func refuses(_ given: SampleArray, as learnt: SampleArray, _ pieces: String...) throws {
    let range = try learnt.valueRange()
    expectSentence(pieces + ["x.npy", "the model learnt"], .badData) {
      _ = try given.matched(to: range, named: "x.npy")
    }
  }

  @Test func rangesAreMeasured() throws {
    let range = try #require(try asLevels.valueRange())
    #expect((range.least, range.greatest, range.areWhole) == (0, 255, true) && range.areLevels)
    #expect(try asLevels.valueRange([1])?.text == "whole numbers from 7 to 255")
    #expect(try floats(-1.5, 2).valueRange()?.text == "floats from -1.5 to 2")
    #expect(try asBytes.valueRange()?.text == "bytes, which stand for 0 to 1")
    #expect(try MadeUpSource(count: 0, shape: [3]).valueRange() == nil)
    let all = try #require(try floats(-1.5, 2).valueRange()).joined(with: range)
    #expect((all.least, all.greatest, all.areWhole) == (-1.5, 255, false))
  }

  /// Bytes and the fractions that they stand for are the same.
  @Test func sameNumbersAreToldNothing() throws {
    for learnt in [asBytes, asFractions] {
      for given in [asBytes, asFractions] {
        let (numbers, note) = try read(given, as: learnt)
        #expect(numbers == given.floats && note == nil)
      }
    }
    #expect(try read(asLevels, as: asLevels).note == nil)
    let unknown = try asLevels.matched(to: nil, named: "x.npy")
    #expect(try unknown.note == nil && unknown.samples.array().floats == asLevels.floats)
  }

  /// Bit for bit what the bytes themselves give.
  @Test func wholeFloatsAreTakenForBytes() throws {
    for (given, learnt) in [
      (asLevels, asBytes), (try images(asLevels), try images(asFractions)),
    ] {
      let (numbers, note) = try read(given, as: learnt)
      #expect(numbers == asBytes.floats)
      #expect(note?.contains("whole numbers from 0 to 255") ?? false)
      #expect(note?.contains("divided by 255") ?? false)
    }
  }

  @Test func bytesKeepTheUnitsOfFloats() throws {
    for learnt in [asLevels, floats(3.5, 40)] {
      let (numbers, note) = try read(asBytes, as: learnt)
      #expect(numbers == asLevels.floats)
      #expect(note?.contains("taken as 0 to 255") ?? false)
    }
    let steps = SampleArray(trustedBytes: Self.bytes, count: 2, shape: [3], scale: 1)
    #expect(try read(asBytes, as: steps).numbers == asLevels.floats)
    #expect(try read(steps, as: asFractions).numbers == asBytes.floats)
    #expect(try read(steps, as: asLevels).note == nil)
  }

  @Test func fractionsAreTakenForBytesWhereTheseAreFloats() throws {
    let (numbers, note) = try read(asFractions, as: asLevels)
    #expect(zip(numbers, asLevels.floats).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(note?.contains("multiplied by 255") ?? false)
  }

  @Test func whatCannotBeMeantIsRefused() throws {
    try refuses(floats(0, 37.5), as: asBytes, "floats from 0 to 37.5", "bytes, which stand for 0 to 1")
    try refuses(floats(-3, 2.5), as: asBytes, "floats from -3 to 2.5")
    try refuses(floats(0, 256), as: asBytes, "256")
    // Vectors of fractions may be anything, so nothing is divided.
    try refuses(asLevels, as: asFractions, "whole numbers from 0 to 255", "floats from 0 to 1")
    try refuses(asBytes, as: floats(-2.5, 3), "give floats")
    try refuses(asBytes, as: floats(0, 4095), "give floats")
    try refuses(floats(0, 1000), as: floats(-2.5, 3), "scale them")
    try refuses(floats(0, 200.5), as: floats(5, 5), "scale them")
  }

  @Test func whatLiesFarOffIsTold() throws {
    for (given, learnt) in [
      (floats(0, 1.8), asBytes), (floats(-2, 11), floats(-2.5, 3)), (floats(0.1, 0.9), floats(0, 4095)),
    ] {
      let (numbers, note) = try read(given, as: learnt)
      #expect(numbers == given.floats && note?.contains("other units") ?? false)
    }
    #expect(try read(floats(-2, 5), as: floats(-2.5, 3)).note == nil)
    #expect(try read(floats(0, 1.2), as: asBytes).note == nil)
  }

  /// That pixel is what a detector is there for.
  @Test func oneOddNumberSaysNothingOfTheOthers() throws {
    var fractions = (0..<45 * 64).map { Float($0 * 37 % 101) / 100 }
    for (odd, learnt) in [(5 as Float, asBytes), (500, asBytes), (500, asFractions), (-40.5, asFractions)] {
      fractions[70] = odd
      let (numbers, note) = try read(
        SampleArray(trustedFloats: fractions, count: 45, shape: [64]), as: learnt)
      #expect(numbers == fractions)
      #expect(
        note == "One value of x.npy is odd, \(ValueRange.text(odd)) in sample 1: all others are 0 to 1.")
    }
    // Four samples of nothing else, and then too many.
    for index in 0..<4 * 64 { fractions[index] = 77.5 }
    let four = try read(SampleArray(trustedFloats: fractions, count: 45, shape: [64]), as: asBytes)
    #expect(four.numbers == fractions)
    #expect(
      four.note?.contains("256 values of x.npy, in 4 samples, are odd, such as 77.5 in sample 0") ?? false)
    fractions[4 * 64] = 77.5
    try refuses(SampleArray(trustedFloats: fractions, count: 45, shape: [64]), as: asBytes, "77.5")
    // The others are read as without it.
    var scaled = (0..<45 * 64).map { Float($0 * 37 % 101) / 100 }
    scaled[70] = 600
    let multiplied = try read(SampleArray(trustedFloats: scaled, count: 45, shape: [64]), as: asLevels)
    #expect(multiplied.numbers == scaled.map { $0 * 255 })
    #expect(multiplied.note?.contains("multiplied by 255") ?? false)
  }

  /// Levels of four bits look like dark bytes.
  @Test func fewLevelsMayHaveAnotherFullScale() throws {
    let note = try read(floats(0, 3, 15, 7), as: asBytes).note
    #expect(note?.contains("divided by 255") ?? false)
    #expect(note?.contains("no more than 15; if that is their full scale, divide them by it first") ?? false)
    let whole = try read(asLevels, as: asBytes).note
    #expect(whole?.contains("full scale") == false)
  }

  @Test func theFirstSampleOutsideIsFound() throws {
    let found = try #require(try asLevels.first(outside: 0...100))
    #expect(found.sample == 0 && found.value == 102)
    #expect(try asLevels.first(outside: 0...100, [1])?.value == 255)
    #expect(try asLevels.first(outside: 0...255) == nil)
    #expect(try asBytes.first(outside: 0...1) == nil)
  }
}
