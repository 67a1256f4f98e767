import ArgumentParser
import Hourglass

// What options say is checked in `validate()`, before anything is read; what files hold, and whether they can be written,
// in `run()`.

extension ParsableArguments {
  /// - Throws: `ValidationError`, with a sentence that names the option, when something does not hold.
  func require(_ holds: Bool, _ complaint: @autoclosure () -> String) throws {
    if !holds { throw ValidationError(complaint()) }
  }

  /// - Parameter option: as people type it.
  /// - Throws: `ValidationError` when a number is given and lies out of its range.
  func require(_ number: Int?, in range: ClosedRange<Int>, option: String) throws {
    guard let number else { return }
    try require(
      range ~= number,
      "\(option) is \(number), but must be from \(range.lowerBound) to \(grouped(range.upperBound)).")
  }

  /// - Returns: the name by which people gave an option that has two: the long one, or else the short one.
  func typed(_ long: String, or short: String) -> String {
    let isLong = CommandLine.arguments.contains { $0 == long || $0.begins(with: "\(long)=") }
    return isLong ? long : short
  }

  /// - Parameters:
  ///   - kind: what the file must be, such as `table`.
  ///   - remedy: what can be given, the last of it with `--data`, such as "a CSV file, or images".
  /// - Throws: `HourglassError`: usage when a folder stands where a file must, environment when the system does not let
  ///   us know.
  func checkIsNoFolder(_ path: String, butA kind: String, give remedy: String) throws {
    guard try Folder(path).exists else { return }
    throw HourglassError(
      .usage, "\(path) is a folder, not a \(kind); give \(remedy) with --data \(path.shellPath).")
  }

  /// Lets the library check a value, whose refusal then is one of the options.
  func checked<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as HourglassError where error.code == .usage {
      throw ValidationError(ErrorWording.sentence(error))
    }
  }
}
