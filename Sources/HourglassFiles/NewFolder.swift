import HourglassBase
import HourglassPlatform

/// Writes folders whole or not at all: what lies in one is written to a folder of another name beside it, which is renamed in the
/// end.
package enum NewFolder {
  /// - Parameters:
  ///   - path: where nothing lies, or an empty folder.
  ///   - body: writes to the folder that it is given.
  /// - Throws: `HourglassError`: usage when something lies there, environment when it cannot be written; what `body` throws.
  package static func write<Result>(to path: String, _ body: (String) throws -> Result) throws -> Result {
    let target = Folder(path)
    try check(path)
    let parent = SystemFailure.folder(of: target.path)
    let name = ".hourglass-\(String(UInt64.random(in: .min ... .max), radix: 16)).partial"
    let temporary = Folder("\(parent)/\(name)")
    guard try temporary.take() else {
      throw HourglassError(.environment, "\(temporary.path) is there already", .text("try again"))
    }
    do {
      let result = try body(temporary.path)
      // An empty folder gives way.
      if FileCall.rename.perform(on: target.path, { rename(temporary.path, target.path) }) != 0 {
        throw SystemFailure.writing(target.path, code: errno)
      }
      try AtomicFile.flushFolder(parent, path: target.path)
      return result
    } catch {
      remove(temporary.path)
      throw error
    }
  }

  /// Removes what can be removed, without looking at what each thing is: a disk that fails may not say it.
  private static func remove(_ path: String) {
    for name in (try? FileEntry.names(in: path)) ?? [] where unlink("\(path)/\(name)") != 0 {
      remove("\(path)/\(name)")
    }
    rmdir(path)
  }

  /// Checks, before long work, that nothing lies there.
  ///
  /// - Throws: `HourglassError`: usage when something does, environment when the system does not let us know.
  package static func check(_ path: String) throws {
    try SystemFailure.checkPath(path)
    guard try FileEntry.at(path) != nil else { return }
    guard let names = try FileEntry.names(in: path) else {
      throw HourglassError(.usage, "\(path) is a file, but is to be a folder", .choose(.output))
    }
    guard names.isEmpty else {
      throw HourglassError(.usage, "\(path) is a folder that holds something already", .choose(.output))
    }
  }
}
