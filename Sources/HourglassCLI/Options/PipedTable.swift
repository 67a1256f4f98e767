import Foundation
import Hourglass
import HourglassPlatform

/// A table that comes through a pipe. It is kept in a file as long as it is needed, since tables are read more than once.
enum PipedTable {
  /// Stands for standard input where a file is named.
  static let name = "-"
  /// What people are told that it is.
  static let title = "standard input"
  private static let fileName = "standard-input.csv"
  private static let chunk = 1 << 20
  /// In milliseconds.
  private static let patience: Int32 = 100

  /// Does work with the path of a table: of the file that is named, or of one with what standard input holds, which is gone
  /// afterwards.
  ///
  /// - Throws: `HourglassError` (environment) when the file is a pipe or a device, standard input cannot be read, or its file
  ///   cannot be written; what `work` throws.
  static func withPath<Result>(of file: String, _ work: (String) async throws -> Result) async throws
    -> Result
  {
    guard file == name else {
      // A table is read more than once, a pipe only once.
      guard try DatabaseAddress.isOne(file) || FileEntry.at(file) != .other else {
        throw HourglassError(
          .environment,
          "\(file) is a pipe or a device, not a file; give the name of a file, or \(name) with the table on "
            + "standard input.")
      }
      return try await work(file)
    }
    // From here on something would be left.
    Interruption.watch()
    let folder = try TemporaryFolder.make(
      for: "what standard input holds", remedy: "give the name of a file instead")
    let path = "\(folder)/\(fileName)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      try keepStandardInput(in: path)
      return try await work(path)
    } catch let error as HourglassError {
      // Nobody knows the file, and it is gone.
      throw HourglassError(
        error.code, titled(error.fact, path),
        remedies: error.remedies.map { remedy in
          if case .text(let text) = remedy { .text(titled(text, path)) } else { remedy }
        })
    }
  }

  /// A sentence with the title instead of the path of what standard input was kept in.
  static func titled(_ sentence: String, _ path: String) -> String {
    let text = sentence.replacing(path, with: title)
    return text.begins(with: title) ? "S\(text.dropFirst())" : text
  }

  /// Writes what standard input holds to a file, piece by piece: it may be larger than memory.
  private static func keepStandardInput(in path: String) throws {
    try Interruption.stops("no table was read") {
      try AtomicFile.write(to: path) { file in
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 64)
        defer { piece.deallocate() }
        while true {
          // A pipe may stay silent for long, and a signal does not end a call that waits for it.
          var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
          let isReady = poll(&input, 1, patience) > 0
          try Interruption.check()
          guard isReady else { continue }
          let count = FileCall.read.perform(on: name) { read(STDIN_FILENO, piece.baseAddress, piece.count) }
          guard count >= 0 else {
            throw HourglassError(
              .environment,
              "Standard input cannot be read (\(systemMessage(errno))); give the name of a file instead.")
          }
          guard count > 0 else { return }
          try file.write(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
      }
    }
  }
}
