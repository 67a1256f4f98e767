import Foundation
import HourglassBase
import HourglassData
import HourglassFiles
import HourglassTestSupport
import Testing

/// Samples that stay in their file are those that are read into memory.
@Suite struct FileSamplesTests {
  private let scratch = ScratchFolder()

  private func load(_ file: String, _ keep: DataKeeping?, budget: Int = 1 << 40) throws -> any SampleSource {
    try ArrayDataSet.load(path: file, keep: keep, budget: MemoryBudget(bytes: budget)).training
  }

  /// 37 samples of 24 numbers, which are no multiple of a vector.
  private static let count = 37 * 24
  private static let files: [[UInt8]] = [
    npyFile("|u1", "(37, 24)", (0..<count).map { UInt8($0 % 251) }),
    npyFile("<f4", "(37, 24)", floatBytes((0..<count).map { Float($0 * $0 % 997) / 7 - 50 })),
    npyFile("<f8", "(37, 24)", doubleBytes((0..<count).map { Double($0 * $0 % 997) / 7 - 50 })),
    npyFile("|u1", "(37, 2, 4, 3)", (0..<count).map { UInt8($0 % 251) }),
    npyFile("<f4", "(37, 2, 4, 3)", floatBytes((0..<count).map { Float($0 % 251) })),
    npyFile("<f8", "(37, 3, 2, 4)", doubleBytes((0..<count).map { Double($0 % 251) / 3 })),
  ]

  @Test(arguments: files.indices)
  func theyHaveTheSameNumbersInAnyOrder(_ number: Int) throws {
    let path = try scratch.write(Self.files[number], "a.npy")
    let (memory, file) = (try load(path, .memory), try load(path, .file))
    #expect(memory is SampleArray && file is FileSamples)
    #expect(file.count == 37 && file.shape == memory.shape && file.element == memory.element)
    #expect(try file.array().floats == memory.array().floats)
    // Single ones, neighbours, and neighbours beyond the sixteen that are asked for at once.
    let some: [UInt32] = [36, 0, 5, 6, 7, 3, 2, 1] + (10..<35) + [0, 0]
    #expect(try file.array(some).floats == memory.array(some).floats)
    file.willRead([1, 2, 36])
  }

  @Test(arguments: files.indices)
  func theDigestIsThatOfTheNumbersAsTheyAreGiven(_ number: Int) throws {
    let path = try scratch.write(Self.files[number], "a.npy")
    let file = try #require(load(path, .file) as? FileSamples)
    let memory = try load(path, .memory).array()
    let expected = sha256Hex(
      UnsafeRawBufferPointer(start: memory.baseAddress, count: memory.count * memory.bytesPerSample))
    #expect(try file.surveyed().digest?.resumed().finish() == expected)
    // Floats are looked at anyhow, bytes are not.
    #expect((file.digest == nil) == (memory.element != .float))
  }

  /// Of all, of the first, of those without the furthest, and of more than the survey keeps.
  @Test func theValuesOfAPartAreThoseOfMemory() throws {
    let numbers: [Float] = (0..<500 * 3).map { place in
      let whole = Float(place * 7919 % 1501) - 700
      return place % 150 == 0 ? whole + 0.5 : whole
    }
    let path = try scratch.write(npyFile("<f4", "(500, 3)", floatBytes(numbers)), "a.npy")
    let (memory, file) = (try load(path, .memory), try load(path, .file))
    let greatest: [Float] = (0..<500).map { max(numbers[3 * $0], numbers[3 * $0 + 1], numbers[3 * $0 + 2]) }
    let order = (0..<500).sorted { greatest[$0] > greatest[$1] }
    let furthest = Set(order.prefix(70))
    let all: [UInt32] = (0..<500).map { UInt32($0) }
    let withoutFractions = all.filter { $0 % 50 != 0 }
    let withoutFurthest = all.filter { !furthest.contains(Int($0)) }
    let parts: [[UInt32]?] = [nil, [3], Array(all.prefix(100)), withoutFractions, withoutFurthest]
    for part in parts { #expect(try file.valueRange(part) == memory.valueRange(part)) }
    #expect(try file.prefix(40).valueRange() == memory.prefix(40).valueRange())
    let series = SampleForm.series(channels: 1, length: 3)
    #expect(try file.viewed(as: series)?.valueRange() == memory.valueRange())
    #expect(file.viewed(as: series)?.unviewed is FileSamples && file.prefix(40).unviewed.count == 40)
  }

  @Test func numbersThatAreNotFiniteAreRefusedWhereverTheyLie() throws {
    for (place, value) in [(0, Float.nan), (23, .infinity), (24 * 36 + 16, -.infinity), (700, .nan)] {
      var numbers = [Float](repeating: 1, count: Self.count)
      numbers[place] = value
      let path = try scratch.write(npyFile("<f4", "(37, 24)", floatBytes(numbers)), "a.npy")
      let errors = [DataKeeping.memory, .file].map { keep in thrownError { _ = try load(path, keep) } }
      #expect(errors[0] == errors[1])
      #expect(errors[1].says("\(path) holds \(value) in sample \(place / 24), which is not finite"))
    }
    let large = try scratch.write(npyFile("<f8", "(1, 2)", doubleBytes([1, 1e300])), "b.npy")
    #expect(thrownError { _ = try load(large, .file) }.says("holds inf in sample 0", "too large for 32 bits"))
  }

  // MARK: - When

  @Test func whatTakesMoreThanAQuarterOfTheMemoryStaysInItsFile() throws {
    let path = try scratch.write(
      npyFile("|u1", "(2000, 1000)", [UInt8](repeating: 7, count: 2_000_000)), "a.npy")
    func data(_ budget: Int, _ keep: DataKeeping? = nil) throws -> DataSet {
      try ArrayDataSet.load(path: path, keep: keep, budget: MemoryBudget(bytes: budget))
    }
    let large = try data(7_999_999)
    #expect(large.training is FileSamples)
    #expect(large.notes == ["\(path) is read as it is needed, and not held in memory (2,000,000 bytes)."])
    let small = try data(8_000_000)
    #expect(small.training is SampleArray && small.notes.isEmpty)
    #expect(try data(7_999_999, .memory).training is SampleArray)
    #expect(try data(1 << 40, .file).training is FileSamples)
    expectSentence(["2,000,000 bytes of memory, but 1,000,000"], .environment) {
      _ = try data(1_000_000, .memory)
    }
  }

  @Test func archivesDoNotStay() throws {
    let path = try scratch.write(zip([.init("a.npy", Self.files[0])]), "a.npz")
    expectSentence(["\(path) is an archive", "save them as .npy files", "data.keep to memory"], .usage) {
      _ = try load(path, .file)
    }
  }

  // MARK: - Files that change

  @Test func aFileThatIsCutShortIsAnErrorOfTheSampleThatLacks() throws {
    let path = try scratch.write(Self.files[1], "a.npy")
    let file = try load(path, .file)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: UInt64(Self.files[1].count - 24 * 4 * 3 - 1))
    try handle.close()
    expectSentence([path, "became shorter while it was used: it ends within sample 33"], .environment) {
      _ = try file.array([33])
    }
    expectSentence(["was changed by another program"], .environment) { _ = try file.array() }
    expectSentence(["ends within sample 36"], .environment) { _ = try file.numbers(of: 36) }
    // What is still there is no longer what was there.
    expectSentence([path, "was changed by another program while it was used"], .environment) {
      _ = try file.numbers(of: 0)
    }
  }

  @Test func aFileThatIsOverwrittenIsAnError() throws {
    for other in [Self.files[1], Array(Self.files[1].dropLast(4)) + [1, 2, 3, 4]] {
      let path = try scratch.write(Self.files[1], "a.npy")
      let file = try load(path, .file)
      _ = try file.numbers(of: 0)
      // Times of files may be as coarse as the system's clock ticks.
      Thread.sleep(forTimeInterval: 0.02)
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.write(contentsOf: other)
      try handle.close()
      expectSentence([path, "was changed by another program"], .environment) { _ = try file.numbers(of: 0) }
    }
  }

  @Test func aDiskThatFailsIsAnErrorOfItsFile() throws {
    let path = try scratch.write(Self.files[1], "a.npy")
    let file = try load(path, .file)
    FileFaults.failing(.read, at: path, EIO) {
      expectSentence([path, "cannot be read"], .environment) { _ = try file.numbers(of: 3) }
    }
    #expect(try file.numbers(of: 3).count == 24)
  }

  // MARK: - Samples that are made

  @Test func whatIsWrittenInBlocksIsReadBack() throws {
    let numbers = (0..<1000 * 5).map { Float($0 % 777) / 3 }
    let spool = try SampleSpool(shape: [5], for: "rows")
    for start in stride(from: 0, to: numbers.count, by: 35 * 5) {
      try spool.append(Array(numbers[start..<min(start + 35 * 5, numbers.count)]))
    }
    let (made, memory) = (spool.samples(), SampleArray(trustedFloats: numbers, count: 1000, shape: [5]))
    #expect(try made.array().floats == numbers)
    #expect(try made.valueRange() == memory.valueRange())
    #expect(made.digest?.resumed().finish() == numbers.withUnsafeBytes { sha256Hex($0) })
    #expect(try SampleSpool(shape: [5], for: "rows").samples().count == 0)
    expectSentence(["Sample 1 of rows holds inf"], .badData) {
      try SampleSpool(shape: [2], for: "rows").append([1, 2, .infinity, 4])
    }
  }
}
