import Hourglass
import HourglassPlatform

/// Limits of the process below which libraries end it without a word.
enum ProcessLimits {
  /// Open files that the program, and the queues it works with, can do with.
  private static let files = 16
  /// Bytes beyond what is loaded.
  private static let memory = 1 << 24

  /// Raises the number of open files where that is allowed.
  ///
  /// - Throws: `HourglassError` (environment) when there is too little of something.
  static func check() throws(HourglassError) {
    let granted = raiseFileLimit(to: files)
    guard granted >= files else {
      throw HourglassError(
        .environment,
        "The process may have \(granted) files open at once, and \(files) are needed; raise the limit (ulimit -n)."
      )
    }
    try MemoryBudget.process.admit(memory, for: "The program", remedy: "end other programs")
  }
}
