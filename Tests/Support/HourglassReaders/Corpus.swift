import Foundation

/// The small files that are kept for a reader, in `Fuzzing/Corpora`.
package enum Corpus {
  /// The repository's folder with a folder for each reader.
  package static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzzing/Corpora").path

  /// One of them.
  package struct File {
    package let name: String
    package let bytes: [UInt8]

    /// Whether it has to be read, not refused.
    package var isWhole: Bool { name.utf8.starts(with: "whole-".utf8) }
  }

  /// By their names.
  package static func files(of reader: String) throws -> [File] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(reader)").sorted().map {
      File(name: $0, bytes: Array(try Data(contentsOf: URL(filePath: "\(folder)/\(reader)/\($0)"))))
    }
  }
}
