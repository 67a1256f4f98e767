import HourglassBase
import HourglassPlatform

/// What a walk through folders has seen, so that links that lead to the same folder again and again end it with one sentence.
package struct FolderWalk {
  /// What a walk may come to at most.
  package enum Limits {
    /// Folders within one another.
    package static let depth = 16
    /// Files and folders in all.
    package static let entries = 10_000_000
  }

  /// A folder, whatever its path.
  private struct Identity: Hashable {
    var device: UInt64
    var number: UInt64
  }

  private var seen: Set<Identity> = []
  private var entries = 0

  package init() {}

  /// Says that a folder is walked through.
  ///
  /// - Returns: false for a folder that was walked through already, by another path.
  /// - Throws: `HourglassError` (environment) for one too deep, or when the system does not let us know which it is.
  package mutating func enter(_ path: String, depth: Int) throws -> Bool {
    guard depth <= Limits.depth else {
      throw HourglassError(
        .environment,
        "\(path) lies more than \(Limits.depth) folders deep; move its pictures up, or remove a link that leads back"
      )
    }
    // What is not there cannot be listed either, and that is told.
    guard let status = try FileEntry.status(path, followsLinks: true) else { return true }
    return seen.insert(
      Identity(
        device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino))
    ).inserted
  }

  /// Says that a folder holds so much.
  ///
  /// - Throws: `HourglassError` (environment) when it is too much in all.
  package mutating func count(_ more: Int, in path: String) throws(HourglassError) {
    entries += more
    guard entries <= Limits.entries else {
      throw HourglassError(
        .environment,
        "\(path) and what was listed before have more than \(grouped(Limits.entries)) files; give a smaller folder"
      )
    }
  }
}
