import Foundation
import HourglassBase
import HourglassFiles

/// The folder of one run and the files in it.
public struct RunFolder: Sendable {
  public let path: String

  public init(_ path: String) {
    self.path = Folder(path).path
  }

  public var recipe: String { "\(path)/recipe.yaml" }
  public var model: String { "\(path)/model.safetensors" }
  public var history: String { "\(path)/history.csv" }
  public var report: String { "\(path)/report.html" }
  public var result: String { "\(path)/result.json" }
  public var figures: String { "\(path)/figures" }
  package var checkpoint: String { "\(path)/checkpoint" }
  var lock: String { "\(path)/.lock" }

  /// Whether a run was begun here.
  package var holdsRun: Bool { FileManager.default.fileExists(atPath: recipe) }

  /// Whether a run was finished here, but for its report.
  package var holdsModel: Bool { FileManager.default.fileExists(atPath: model) }

  /// A run replaces files by name, so it takes a folder of its own.
  ///
  /// - Throws: `HourglassError` (usage) when a folder without a run has files of someone else.
  func refuseOtherFiles() throws {
    guard !holdsRun else { return }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    // Hidden files are the lock, what a killed process left, or the system's.
    guard let other = files.filter({ !$0.hasPrefix(".") }).sorted().first else { return }
    throw HourglassError(
      .usage,
      "\(path) holds other files, such as \(shortened(other)); a run needs a folder of its own",
      .choose(.output))
  }

  /// Removes what a killed process left of files it was writing. Only for who holds the folder's lock.
  func removeLeftovers() {
    for folder in [path, checkpoint, figures] {
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for file in files where file.hasPrefix(".hourglass-") && file.hasSuffix(".partial") {
        try? FileManager.default.removeItem(atPath: "\(folder)/\(file)")
      }
    }
  }

  /// The first of `runs/NAME`, `runs/NAME-2`, ... that is free.
  package static func unused(for name: String) -> RunFolder {
    var candidate = "runs/\(name)"
    var number = 2
    while FileManager.default.fileExists(atPath: candidate) {
      candidate = "runs/\(name)-\(number)"
      number += 1
    }
    return RunFolder(candidate)
  }
}

/// Keeps a second trainer out of a run's folder while this value lives. The system lets go of it when the process
/// ends, however it ends.
final class RunLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `HourglassError` (environment) when another process holds it, or the folder cannot be written.
  init(_ folder: RunFolder) throws {
    let opened = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard opened >= 0 else {
      throw HourglassError(
        .environment,
        "\(folder.path) cannot be written (\(systemMessage(errno)))",
        .choose(.output))
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      close(opened)
      guard reason == EWOULDBLOCK else {
        throw HourglassError(
          .environment,
          "\(folder.path) cannot be locked (\(systemMessage(reason)))",
          .give(.output, "a place on another disk"))
      }
      throw HourglassError(
        .environment,
        "Another process is training in \(folder.path)", .text("wait for it"),
        .choose(.output))
    }
    descriptor = opened
  }

  deinit { close(descriptor) }
}
