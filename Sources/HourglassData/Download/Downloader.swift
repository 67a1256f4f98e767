import Foundation
import HourglassBase

/// A file on the web, known by its content.
package struct RemoteFile: Sendable {
  package let name: String
  /// 64 lower-case hexadecimal digits.
  package let sha256: String

  package init(name: String, sha256: String) {
    self.name = name
    self.sha256 = sha256
  }
}

/// Fetches files from the first mirror that has them, whole and with the right digest or not at all.
package struct Downloader: Sendable {
  /// Addresses of directories, `https` or `http`; a file's name is appended.
  package var mirrors: [String]
  /// A longer file is not fetched.
  package var byteLimit = 200_000_000
  /// For how many seconds a server may say nothing.
  package var patience = 30

  package init(mirrors: [String]) {
    self.mirrors = mirrors
  }

  /// Fetches a file into a directory, which is made if missing.
  ///
  /// - Throws: `HourglassError` (`environment`) with what went wrong at each mirror, or with what the disk
  ///   refused; `CancellationError` if the task was cancelled.
  package func fetch(
    _ file: RemoteFile, into directory: String, progress: WorkProgress.Notice? = nil
  ) async throws {
    var failures: [String] = []
    for mirror in mirrors {
      let address = "\(mirror)/\(file.name)"
      do {
        try await fetch(file, from: address, to: directory, progress: progress)
        return
      } catch let failure as TransferFailure {
        failures.append("\(address): \(failure.reason)")
      }
    }
    throw HourglassError(.environment, failures.joined(separator: ", "))
  }

  private func fetch(
    _ file: RemoteFile, from address: String, to directory: String, progress: WorkProgress.Notice?
  ) async throws {
    guard let url = URL(string: address), url.host() != nil, ["http", "https"].contains(url.scheme) else {
      throw TransferFailure(reason: "not an address that begins with https:// or http://")
    }
    let partial = try PartialFile(in: directory, for: file.name)
    // At once, though the session may hold on to the file for a while.
    defer { partial.giveUp() }
    let transfer = Transfer(into: partial, byteLimit: byteLimit, patience: patience) { received, total in
      progress?(WorkProgress("downloading \(file.name)", done: received, of: total, "bytes"))
    }
    let digest = try await transfer.run(url)
    guard digest == file.sha256 else {
      throw TransferFailure(reason: "the file has the SHA-256 digest \(digest), not \(file.sha256)")
    }
    try partial.finish(as: "\(directory)/\(file.name)")
  }
}
