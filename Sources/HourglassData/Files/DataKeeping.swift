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
