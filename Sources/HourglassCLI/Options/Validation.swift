import ArgumentParser
import Hourglass

// What options say is checked in `validate()`, before anything is read; what files hold, and whether they can be written,
// in `run()`.

extension ParsableArguments {
  /// - Throws: `ValidationError`, with a sentence that names the option, when something does not hold.
  func require(_ holds: Bool, _ complaint: @autoclosure () -> String) throws {
    if !holds { throw ValidationError(complaint()) }
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
