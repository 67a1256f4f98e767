import ArgumentParser
import Foundation
import Hourglass

// Checks of the files that commands write.

extension String {
  /// Checks that an `--out` names a file of a kind that is written, and is not the ending alone.
  ///
  /// - Parameters:
  ///   - endings: those of the kinds, such as ".html".
  ///   - what: what messages call this path.
  /// - Throws: `ValidationError`.
  func checkOut(endsIn endings: String..., as what: String = "--out") throws {
    let isRight = endings.contains { hasSuffix($0) && self != $0 && !hasSuffix("/\($0)") }
    guard !isRight else { return }
    let last = endings.last ?? ""
    let choice = endings.count < 2 ? last : "\(endings.dropLast().joined(separator: ", ")) or \(last)"
    throw ValidationError("\(what) is \"\(self)\", but must name a file that ends in \(choice).")
  }

  /// Checks, before any work, that a file can be written here and is none of those that are read.
  ///
  /// - Parameters:
  ///   - inputs: files that are read, or whose names options may hold.
  ///   - what: what messages call this path.
  /// - Throws: `HourglassError`: usage when it is one of them, environment when it cannot be written.
  func checkOut(isNot inputs: [String?], as what: String = "--out") throws {
    try checkIsNone(of: inputs, as: what)
    try AtomicFile.check(self)
  }

  /// Checks that what is written here is nothing that is read; symbolic links are followed.
  ///
  /// - Throws: `HourglassError` (usage), as `checkOut(isNot:as:)`.
  func checkIsNone(of inputs: [String?], as what: String = "--out") throws {
    // What does not exist cannot be lost.
    guard let place = realPath,
      let input = inputs.lazy.compactMap({ $0 }).first(where: { $0.realPath == place })
    else { return }
    throw HourglassError(
      .usage, "\(what) is the input itself, \(input), which would be lost; choose another place.")
  }

  /// Where a file or folder really is; nil when there is none.
  private var realPath: String? {
    guard !utf8.contains(0), let real = realpath(self, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}
