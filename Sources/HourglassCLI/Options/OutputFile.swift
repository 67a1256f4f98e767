import ArgumentParser
import Foundation
import Hourglass

/// A file that a command writes.
struct OutputFile {
  let path: String
  /// What messages call it, such as `--out`.
  let name: String

  /// - Parameter option: the option that names it.
  init(_ path: String, option: String) {
    self.init(path: path, name: "--\(option)")
  }

  private init(path: String, name: String) {
    (self.path, self.name) = (path, name)
  }

  /// Another file that is written with this one, and has its name from it.
  func companion(_ path: String) -> OutputFile {
    OutputFile(path: path, name: "\(path) beside \(name)")
  }

  // MARK: - Before the work

  /// Checks, before any work, that the file can be written and is none of those that are read.
  ///
  /// - Parameter inputs: files that are read, or whose names options may hold.
  /// - Throws: `HourglassError`: usage when it is one of them, environment when it cannot be written.
  func check(isNot inputs: [String?]) throws {
    try checkIsNone(of: inputs)
    try AtomicFile.check(path)
  }

  /// Checks that what is written here, a file or a folder, is nothing that is read; symbolic links are followed.
  ///
  /// - Throws: `HourglassError` (usage), as `check(isNot:)`.
  func checkIsNone(of inputs: [String?]) throws {
    try path.checkIsNone(of: inputs, as: name)
  }

  /// Checks that what is written here, a folder, does not lie within one that is read: it would be read itself, now or the next
  /// time.
  ///
  /// - Throws: `HourglassError`: usage when it does, environment when the system does not let us know.
  func checkIsOutside(_ folder: String) throws {
    guard try path.place.starts(with: folder.place) else { return }
    throw HourglassError(
      .usage,
      "\(name) is \(path), which lies within \(folder): results would mix with what is read; choose a folder beside it."
    )
  }

  // MARK: - Writing

  /// Lets `body` write the file, and tells when it took the place of another.
  ///
  /// - Throws: what `body` throws, or `HourglassError` (environment) when the system does not say whether there is another.
  func write<Result>(_ body: (_ path: String) throws -> Result) throws -> Result {
    try [self].write { try body(path) }
  }
}

extension [OutputFile] {
  /// Files that are told by their names at most.
  private static var mostNamed: Int { 4 }

  /// Lets `body` write the files, and tells in one note which of them took the place of others.
  ///
  /// - Throws: as `OutputFile.write`.
  func write<Result>(_ body: () throws -> Result) throws -> Result {
    let replaced = try map(\.path).filter { try FileEntry.exists($0) }
    let result = try body()
    if let first = replaced.first {
      Terminal.note(
        replaced.count <= Self.mostNamed
          ? "replaced \(replaced.joined(separator: ", "))"
          : "replaced \(first) and \(grouped(replaced.count - 1)) other files")
    }
    return result
  }
}

extension ParsableArguments {
  /// Checks that no two files that are written are one.
  ///
  /// - Throws: `ValidationError`.
  func requireDifferent(_ files: [OutputFile?]) throws {
    var names: [String: String] = [:]
    for file in files.compactMap(\.self) {
      let place = URL(filePath: file.path).absoluteURL.standardized.path
      if let other = names[place] {
        throw ValidationError("\(file.name) is the same file as \(other); choose another name.")
      }
      names[place] = file.name
    }
  }
}

extension String {
  /// Checks that what is written here is nothing that is read.
  ///
  /// - Parameter name: what messages call this path.
  /// - Throws: `HourglassError`: usage when it is, environment when the system does not let us know.
  func checkIsNone(of inputs: [String?], as name: String) throws {
    // What does not exist cannot be lost.
    guard let place = try FileEntry.realPath(self),
      let input = try inputs.compactMap(\.self).first(where: { try FileEntry.realPath($0) == place })
    else { return }
    throw HourglassError(
      .usage, "\(name) is the input itself, \(input), which would be lost; choose another place.")
  }
}

extension String {
  /// The folders that lead to this path, and its name; links are followed as far as there is something.
  fileprivate var place: [String] {
    get throws {
      var there = URL(filePath: self).absoluteURL.standardized
      var missing: [String] = []
      while there.path != "/" {
        if let real = try FileEntry.realPath(there.path) {
          return URL(filePath: real).pathComponents + missing.reversed()
        }
        missing.append(there.lastPathComponent)
        there.deleteLastPathComponent()
      }
      return ["/"] + missing.reversed()
    }
  }
}

extension [String] {
  /// Checks that none of the files that are written is one of those that are read.
  ///
  /// - Parameter name: what messages call the place of the former.
  /// - Throws: as `String.checkIsNone(of:as:)`.
  func checkAreNone(of inputs: [String], as name: String) throws {
    let read = Set(try inputs.compactMap { try FileEntry.realPath($0) })
    guard let lost = try compactMap({ try FileEntry.realPath($0) }).first(where: read.contains) else {
      return
    }
    throw HourglassError(
      .usage, "\(name) would take the place of an input, \(lost), which would be lost; choose another place.")
  }
}
