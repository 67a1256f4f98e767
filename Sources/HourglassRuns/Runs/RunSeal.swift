import HourglassBase
import HourglassFiles

/// The digests of all files of a run, in `SHA256SUMS` as `sha256sum` writes and checks it.
package struct RunSeal {
  private static let name = "SHA256SUMS"
  private static let largestFile = 64 << 20
  private static let digestLength = 64

  private let folder: RunFolder
  /// By path in the folder, in rising order.
  private let digests: [(path: String, sha256: String)]

  package static func path(_ folder: RunFolder) -> String { "\(folder.path)/\(name)" }

  /// Of the files as they are now; hidden ones are not the run's.
  ///
  /// - Throws: `HourglassError`: usage where there is no run, environment when a file cannot be read.
  package init(of folder: RunFolder) throws {
    guard try folder.holdsRun else { throw Self.noRun(folder) }
    self.folder = folder
    var walk = FolderWalk()
    digests = try Self.files(in: "", of: folder, depth: 0, &walk).sorted().map {
      ($0, try sha256Hex(file: "\(folder.path)/\($0)"))
    }
  }

  private static func files(
    in path: String, of folder: RunFolder, depth: Int, _ walk: inout FolderWalk
  ) throws -> [String] {
    let place = path.isEmpty ? folder.path : "\(folder.path)/\(path)"
    guard try walk.enter(place, depth: depth), let names = try FileEntry.names(in: place) else { return [] }
    try walk.count(names.count, in: place)
    return try names.filter { !$0.isHiddenName }.flatMap { entry in
      let inner = path.isEmpty ? entry : "\(path)/\(entry)"
      if inner == name { return [String]() }
      return try Folder("\(folder.path)/\(inner)").exists
        ? files(in: inner, of: folder, depth: depth + 1, &walk) : [inner]
    }
  }

  /// What was sealed; nil where nothing was.
  ///
  /// - Throws: `HourglassError`: badData when the list is damaged, environment when it cannot be read.
  package static func read(_ folder: RunFolder) throws -> RunSeal? {
    let path = path(folder)
    guard try FileEntry.exists(path) else { return nil }
    let text = String(decoding: try BoundedFile.read(path, limit: largestFile), as: UTF8.self)
    var digests: [(String, String)] = []
    for (number, line) in text.parts(at: "\n").enumerated() where !line.isEmpty {
      // A name with a backslash or a line break is written otherwise, and marked so.
      let isEscaped = line.begins(with: "\\")
      let bytes = Array(line.utf8.dropFirst(isEscaped ? 1 : 0))
      let digest = String(decoding: bytes.prefix(digestLength), as: UTF8.self)
      guard bytes.count > digestLength + 2, digest.utf8.allSatisfy({ 48...57 ~= $0 || 97...102 ~= $0 }),
        bytes[digestLength] == 0x20, [0x20, 0x2A].contains(bytes[digestLength + 1])
      else {
        throw HourglassError(
          .badData, "\(path) is damaged (line \(number + 1) is no digest and name)",
          .text("put it back, or delete it and lock the run again"))
      }
      let name = String(decoding: bytes[(digestLength + 2)...], as: UTF8.self)
      digests.append((isEscaped ? unescaped(name) : name, digest))
    }
    return RunSeal(folder: folder, digests: digests)
  }

  private init(folder: RunFolder, digests: [(String, String)]) {
    self.folder = folder
    self.digests = digests.map { (path: $0.0, sha256: $0.1) }
  }

  package var count: Int { digests.count }

  /// Lists the files of a run that nobody trains meanwhile.
  ///
  /// - Throws: `HourglassError`: usage where there is no run, environment when a process trains in the folder, or a file cannot be
  ///   read or written.
  package static func seal(_ folder: RunFolder) throws -> RunSeal {
    guard try folder.holdsRun else { throw noRun(folder) }
    let lock = try FileLock(folder.lock, of: folder.path, work: "training in")
    defer { withExtendedLifetime(lock) {} }
    let seal = try RunSeal(of: folder)
    try seal.write()
    return seal
  }

  private static func noRun(_ folder: RunFolder) -> HourglassError {
    HourglassError(.usage, "There is no run in \(folder.path)", .text("give the folder of one"))
  }

  /// - Throws: `HourglassError` (environment) when it cannot be written.
  package func write() throws {
    let lines = digests.map { path, sha256 in
      path.utf8.contains { [0x0A, 0x0D, 0x5C].contains($0) }
        ? "\\\(sha256)  \(Self.escaped(path))" : "\(sha256)  \(path)"
    }
    try AtomicFile.write(lines.joined(separator: "\n") + "\n", to: Self.path(folder))
  }

  private static func escaped(_ name: String) -> String {
    var text = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  private static func unescaped(_ name: String) -> String {
    var text = ""
    var isMarked = false
    for scalar in name.unicodeScalars {
      if isMarked {
        text.unicodeScalars.append(scalar == "n" ? "\n" : scalar == "r" ? "\r" : scalar)
        isMarked = false
      } else if scalar == "\\" {
        isMarked = true
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// Compares the sealed files with those that are there.
  ///
  /// - Returns: what is lost or changed, such as "model.safetensors has changed", and files that came later, which are no
  ///   difference.
  /// - Throws: `HourglassError` (environment) when a file cannot be read.
  package func check() throws -> (differences: [String], later: [String]) {
    var walk = FolderWalk()
    let names = try Self.files(in: "", of: folder, depth: 0, &walk).sorted()
    let found = Set(names.map { ByteText($0) })
    let differences = try digests.compactMap { path, sha256 -> String? in
      guard found.contains(ByteText(path)) else { return "\(shortened(path)) is missing" }
      return try sha256Hex(file: "\(folder.path)/\(path)") == sha256
        ? nil : "\(shortened(path)) has changed"
    }
    let sealed = Set(digests.map { ByteText($0.path) })
    return (differences, names.filter { !sealed.contains(ByteText($0)) })
  }
}
