import HourglassBase
import HourglassPlatform

/// A folder by its path, there or not.
package struct Folder: Sendable {
  /// Without the slash that it may have been given with.
  package let path: String

  package init(_ path: String) {
    self.path = path.utf8.count > 1 && path.ends(with: "/") ? path.dropping(ending: "/") : path
  }

  /// Whether the path is a folder.
  ///
  /// - Throws: `HourglassError` (environment) when the system does not let us know.
  package var exists: Bool { get throws { try FileEntry.at(path) == .folder } }

  /// Makes the folder and what leads to it.
  ///
  /// - Throws: `HourglassError` (environment) when it cannot be made.
  package func create() throws {
    if try exists || take() { return }
    guard try exists else {
      throw HourglassError(
        .environment, "\(path) is a file, but must be a folder", .choose(.output))
    }
  }

  /// Makes the folder, and what leads to it, for one's own: of several processes that try at once, one succeeds.
  ///
  /// - Returns: false when something of that name is there, be it a file or a link that leads nowhere.
  /// - Throws: `HourglassError` (environment) when it cannot be made.
  package func take() throws -> Bool {
    try SystemFailure.checkPath(path)
    let parent = Folder(SystemFailure.folder(of: path))
    // Another process may remove the parent again while it is empty.
    for _ in 0..<8 {
      guard let reason = make() else { return true }
      if reason == EEXIST { return false }
      guard reason == ENOENT, parent.path != path, parent.path != "." else { throw refusal(reason) }
      try parent.create()
    }
    throw refusal(ENOENT)
  }

  /// Removes the folder if nothing is in it.
  package func removeIfEmpty() { rmdir(path) }

  /// - Returns: why it could not be made, by its number.
  private func make() -> Int32? {
    FileCall.make.perform(on: path) { mkdir(path, 0o777) } == 0 ? nil : errno
  }

  private func refusal(_ reason: Int32) -> HourglassError {
    HourglassError(
      .environment, "The folder \(path) cannot be made (\(systemMessage(reason)))", .choose(.output))
  }
}
