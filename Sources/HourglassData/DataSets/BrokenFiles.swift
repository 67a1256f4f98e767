import HourglassBase
import HourglassFiles
import HourglassPlatform
import Synchronization

/// Pictures or recordings of a folder that cannot be read: left out and told, unless all have to be sound or too few are. Several
/// threads may read at once.
package final class BrokenFiles: Sendable {
  private let directory: String
  private let noun: String
  private let isStrict: Bool
  private let reasons = Mutex<[String: HourglassError]>([:])

  /// - Parameters:
  ///   - noun: what they are, in the plural.
  ///   - isStrict: whether the first broken one is refused.
  package init(of directory: String, _ noun: String, isStrict: Bool) {
    (self.directory, self.noun, self.isStrict) = (directory, noun, isStrict)
  }

  /// What `read` makes of a file.
  ///
  /// - Returns: nil for a broken one.
  /// - Throws: what `read` throws for a broken one if none may be; always what is no fault of the file, such as too
  ///   little memory.
  package func sound<Value>(_ path: String, _ read: (String) throws -> Value) throws -> Value? {
    do {
      return try read(path)
    } catch let error as HourglassError {
      if isStrict { throw error }
      let isFault = try Self.isFault(of: path, error)
      guard isFault else { throw error }
      reasons.withLock { $0[path] = error }
      return nil
    }
  }

  /// Whether an error lies in the file: what it holds, a link that leads nowhere, a file that nobody may read.
  ///
  /// - Throws: `HourglassError` (environment) when the system does not let us know.
  package static func isFault(of path: String, _ error: HourglassError) throws -> Bool {
    if error.code == .badData { return true }
    guard error.code == .environment else { return false }
    guard case .file = try FileEntry.at(path) else { return true }
    return access(path, R_OK) != 0 && errno == EACCES
  }

  /// Those of these files that are not known as broken, by their places.
  func sound(_ paths: [String]) -> [Int] {
    reasons.withLock { reasons in paths.indices.filter { reasons[paths[$0]] == nil } }
  }

  /// What a person should know, one sentence; nil where all are sound.
  ///
  /// - Parameter paths: all that were to be read, in their order.
  /// - Throws: `HourglassError` (badData) when more than half of them are broken.
  package func note(of paths: [String]) throws -> String? {
    let (count, reason) = found(among: paths)
    guard let reason else { return nil }
    guard 2 * count <= paths.count else { throw refusal(of: paths) }
    return "\(grouped(count)) of \(grouped(paths.count)) \(noun) of \(directory) cannot be used and "
      + "\(count == 1 ? "is" : "are") left out; the first: \(reason.fact)"
  }

  /// Too few are left.
  func refusal(of paths: [String]) -> HourglassError {
    let (count, reason) = found(among: paths)
    return HourglassError(
      .badData,
      "\(grouped(count)) of \(grouped(paths.count)) \(noun) of \(directory) cannot be used"
        + "\(count == paths.count ? "" : ", which is more than half"); the first: \(reason?.fact ?? "")",
      remedies: reason?.remedies ?? [])
  }

  private func found(among paths: [String]) -> (count: Int, first: HourglassError?) {
    let reasons = reasons.withLock(\.self)
    let found = paths.compactMap { reasons[$0] }
    return (found.count, found.first)
  }
}
