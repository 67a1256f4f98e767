import HourglassGraph

// Checks of options that several commands have; each throws a usage error that names the option.

extension Int {
  /// Checks a `--threads`.
  func checkedThreads() throws -> Int {
    guard 1...1024 ~= self else {
      throw HourglassError(.usage, "--threads is \(self), but must be from 1 to 1024.")
    }
    return self
  }

  /// Checks a `--limit`.
  func checkLimit() throws {
    guard self >= 1 else { throw HourglassError(.usage, "--limit is \(self), but must be at least 1.") }
  }

  /// Checks a `--seed`.
  func checkSeed() throws {
    guard self >= 0 else { throw HourglassError(.usage, "--seed is \(self), but must be at least 0.") }
  }
}

extension String {
  /// Checks that an `--out` names a file, and is not the ending alone.
  ///
  /// - Parameter ending: such as ".html".
  func checkOut(endsIn ending: String) throws {
    guard hasSuffix(ending), self != ending, !hasSuffix("/\(ending)") else {
      throw HourglassError(.usage, "--out is \"\(self)\", but must name a file that ends in \(ending).")
    }
  }
}
