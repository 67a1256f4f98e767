import HourglassBase

/// Where samples of a file are while they are used.
public enum DataKeeping: String, Sendable, Hashable, CaseIterable {
  /// All are read into memory.
  case memory
  /// They stay in the file and are read when they are needed, which takes as little memory for large data as for small.
  case file
}

/// What a loader is asked for as to memory, and who is told how far it is.
struct KeepingRequest: Sendable {
  /// nil leaves in their files what takes more than a quarter of the memory that is left.
  var keep: DataKeeping?
  var budget = MemoryBudget.process
  var watch = LoadingWatch.none

  /// Whether samples that may stay in their files do.
  ///
  /// - Parameter bytes: what they would take of memory.
  func staysInFiles(_ bytes: Int) -> Bool {
    switch keep {
    case .memory: false
    case .file: true
    // Less is always there.
    case nil: bytes > MemoryBudget.unasked && bytes > budget.available / 4
    }
  }

  /// Samples that lie in files, left there or read into memory.
  ///
  /// - Parameter name: what they are called, such as their path.
  /// - Returns: also that they stayed there, in a sentence; nil where they did not.
  /// - Throws: `HourglassError`: badData when a number is not finite, or there are too many samples; environment when they cannot be
  ///   read or are larger than memory.
  func kept(
    _ parts: [FileSamples.Part], shape: Shape, stored: FileSamples.Stored, hasChannelsLast: Bool = false,
    name: String
  ) throws -> (samples: any SampleSource, note: String?) {
    let count = parts.reduce(0) { $0 + $1.count }
    guard count <= Int(UInt32.max) else {
      throw HourglassError(
        .badData,
        "\(name) holds \(grouped(count)) samples, more than \(grouped(Int(UInt32.max))); split the data")
    }
    let samples = FileSamples(parts, shape: shape, stored: stored, hasChannelsLast: hasChannelsLast)
    let bytes = MemoryBudget.product(count, samples.bytesPerSample)
    let stays = staysInFiles(bytes)
    // As much as a wrong sum of sizes can be, before anything is read.
    if !stays { try budget.admit(bytes, for: name) }
    // Bytes have no numbers that must not be.
    let checked = samples.element == .float ? try samples.surveyed(progress: tell) : samples
    return stays ? (checked, checked.note(name)) : (try checked.array(), nil)
  }

  /// Tells how far reading is; ends it once the task is cancelled.
  func tell(_ progress: WorkProgress) throws {
    try watch.cancellation?.check()
    watch.progress?(progress)
  }
}

extension FileSamples {
  /// That the samples are not in memory, in a sentence.
  ///
  /// - Parameter name: what they are read from.
  func note(_ name: String) -> String {
    "\(name) is read as it is needed, and not held in memory (\(memoryText(storedByteCount)))."
  }
}

extension HourglassError.Remedy {
  /// Not to leave samples in their files.
  static let readIntoMemory = Self.set([HourglassError.RecipeSetting("data.keep", "memory")])
}
