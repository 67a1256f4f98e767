import HourglassBase
import HourglassFiles
import Synchronization

/// Recordings of a folder that cannot be read: left out and told, unless all have to be whole or too few are. Several threads may read
/// at once.
package final class BrokenRecordings: Sendable {
  private let directory: String
  private let isStrict: Bool
  private let reasons = Mutex<[String: HourglassError]>([:])

  /// - Parameter isStrict: whether the first broken recording is refused.
  package init(of directory: String, isStrict: Bool) {
    (self.directory, self.isStrict) = (directory, isStrict)
  }

  /// What `read` makes of a file; nil for a broken one.
  ///
  /// - Throws: what `read` throws for a broken one if none may be; always what is no fault of the recording.
  package func sound<Value>(_ path: String, _ read: (String) throws -> Value) throws -> Value? {
    do {
      return try read(path)
    } catch let error as HourglassError {
      guard !isStrict, try BrokenPictures.isFault(of: path, error) else { throw error }
      reasons.withLock { $0[path] = error }
      return nil
    }
  }

  /// What a person should know, without a full stop; nil where all recordings are whole.
  ///
  /// - Parameter paths: all that were to be read, in their order.
  /// - Throws: `HourglassError` (badData) when more than half of them are broken.
  package func note(of paths: [String]) throws -> String? {
    let reasons = reasons.withLock(\.self)
    let found = paths.compactMap { reasons[$0] }
    guard let first = found.first else { return nil }
    let count = "\(grouped(found.count)) of \(grouped(paths.count)) recordings of \(directory) cannot be used"
    guard 2 * found.count <= paths.count else {
      throw HourglassError(
        .badData,
        "\(count)\(found.count == paths.count ? "" : ", which is more than half"); the first: \(first.fact)",
        remedies: first.remedies)
    }
    return "\(count) and \(found.count == 1 ? "is" : "are") left out; the first: \(first.fact)"
  }
}

/// Values that are worked out on all cores, in the order of their numbers.
package final class Ordered<Value: Sendable>: Sendable {
  private let found = Mutex<[Int: Value]>([:])
  private let count: Int

  /// - Throws: what `work` threw for the lowest number.
  package init(_ count: Int, _ work: @Sendable (Int) throws -> Value) throws {
    self.count = count
    try concurrently(count) { index in
      let value = try work(index)
      found.withLock { $0[index] = value }
    }
  }

  package var values: [Value] {
    found.withLock { found in (0..<count).compactMap { found[$0] } }
  }
}
