import Foundation
import HourglassBase
import HourglassFiles
import HourglassSound

/// The recordings in a folder and its sub-folders, in an order that is the same everywhere.
package struct SoundFolder: Sendable {
  /// Recordings to train on, by their paths.
  package private(set) var training: [String] = []
  /// Those in `test` beside `train`; none where the folder has no such part.
  package private(set) var test: [String] = []
  /// Recordings whose path says that they are anomalies; nothing is trained on them.
  package private(set) var anomalies: [String] = []
  /// Files that are no recordings by their names.
  package private(set) var others = 0
  package let path: String

  private static let testNames = ["test", "testing", "validation", "valid", "val"]
  private static let anomalyWords: Set = ["anomaly", "anomalies", "anomalous", "abnormal", "fault", "faulty"]

  /// - Throws: `HourglassError` (environment) when there is no such folder, it cannot be listed, or has no recording.
  package init(_ path: String) throws {
    self.path = Folder(path).path
    guard try Folder(path).exists else {
      throw HourglassError(
        .environment, "There is no folder \(path) with recordings", .give(.data, "a folder of yours"))
    }
    let names = Set(try Self.names(in: path))
    let hasParts = names.contains("train") && names.contains { Self.testNames.contains($0) }
    var walk = FolderWalk()
    if hasParts {
      try collect("\(path)/train", depth: 1, &walk) { $0.training.append($1) }
      if let name = Self.testNames.first(where: names.contains) {
        try collect("\(path)/\(name)", depth: 1, &walk) { $0.test.append($1) }
      }
    } else {
      try collect(path, depth: 0, &walk) { $0.training.append($1) }
    }
    guard !training.isEmpty || !anomalies.isEmpty else {
      throw HourglassError(
        .environment,
        "\(path) has no \(SoundKind.names) file by its name\(hasParts ? " in train" : ""); give a folder that has some"
      )
    }
  }

  private mutating func collect(
    _ directory: String, depth: Int, _ walk: inout FolderWalk, _ take: (inout SoundFolder, String) -> Void
  ) throws {
    guard try walk.enter(directory, depth: depth) else { return }
    let names = try Self.names(in: directory)
    try walk.count(names.count, in: directory)
    for name in names {
      let file = "\(directory)/\(name)"
      if try Folder(file).exists {
        try collect(file, depth: depth + 1, &walk, take)
      } else if SoundKind.isSound(name) {
        if isAnomaly(file) { anomalies.append(file) } else { take(&self, file) }
      } else {
        others += 1
      }
    }
  }

  private static func names(in directory: String) throws -> [String] {
    guard let names = try FileEntry.names(in: directory) else {
      throw HourglassError(.environment, "\(directory) cannot be listed; check that it is a folder")
    }
    return names.filter { !$0.isHiddenName }
  }

  /// The words of a path below the folder, in lower case.
  private func words(_ file: String) -> Set<String> {
    let name = file.dropping(beginning: "\(path)/")
    return Set(
      name.lowercased().utf8.split { byte in
        !(UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte) && byte < 128
      }.map { String(decoding: $0, as: UTF8.self) })
  }

  private func isAnomaly(_ file: String) -> Bool { !words(file).isDisjoint(with: Self.anomalyWords) }

  /// Which of two domains a file's path names, as DCASE's do: the source, or the target.
  package func domain(_ file: String) -> MachineDomain? {
    let words = words(file)
    return MachineDomain.allCases.first { words.contains($0.rawValue) }
  }

  /// What the file is called below the folder.
  package func name(_ file: String) -> String { file.dropping(beginning: "\(path)/") }
}

extension String {
  /// Without these bytes, if it begins with them.
  fileprivate func dropping(beginning: String) -> String {
    utf8.starts(with: beginning.utf8)
      ? String(decoding: utf8.dropFirst(beginning.utf8.count), as: UTF8.self) : self
  }
}
