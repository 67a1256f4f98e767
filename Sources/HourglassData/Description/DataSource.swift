import Foundation
import HourglassBase

/// The name or place of data.
public struct DataSource: Sendable, Hashable {
  /// What the text means.
  public enum Kind: String, Sendable, CaseIterable {
    /// A data set known by name, found or downloaded.
    case name
    /// A folder with IDX files, batches of CIFAR-10 or pictures, whichever it has.
    case folder
    /// A folder of pictures, whatever else lies in it.
    case images
    /// A `.npy` or `.npz` file.
    case file
  }

  public let kind: Kind
  /// The name or the path; relative paths begin at the working directory.
  public let text: String

  public init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  /// The name of a data set, else a file if it ends in `.npy` or `.npz`, else a folder.
  public init(_ text: String) {
    let isName = NamedDataSet.all.contains { $0.name == text }
    let isFile = text.hasSuffix(".npy") || text.hasSuffix(".npz")
    self.init(isName ? .name : isFile ? .file : .folder, text)
  }

  /// Which of the four settings are there.
  static func kinds(_ reader: SettingsReader) -> [Kind] {
    Kind.allCases.filter { reader.value($0.rawValue) != nil }
  }

  /// - Parameter kinds: the settings that are there, of which there must be one.
  init(_ reader: SettingsReader, kinds: [Kind]) throws(HourglassError) {
    guard let kind = kinds.first, kinds.count == 1 else {
      let names = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      let found = kinds.isEmpty ? "none of them" : kinds.map(\.rawValue).joined(separator: " and ")
      throw HourglassError(
        .usage, "\(reader.path) must say with one of \(names) where the data are, but has \(found).")
    }
    let text = try reader.string(kind.rawValue)
    guard !text.isEmpty else {
      throw HourglassError(
        .usage, "\(reader.path).\(kind.rawValue) is \"\", but must say where the data are.")
    }
    if kind == .name, !NamedDataSet.all.contains(where: { $0.name == text }) {
      throw unknownName(text, what: "\(reader.path).name", among: NamedDataSet.all.map(\.name))
    }
    self.init(kind, text)
  }

  /// The same place by a path that begins at the root, so that it is found from any working directory. Names, and paths
  /// to nothing, stay as they are.
  package var absolute: DataSource {
    guard kind != .name, !text.hasPrefix("/"), FileManager.default.fileExists(atPath: text) else {
      return self
    }
    // Links and ".." are left alone: the spelling gives the data their name.
    let parts = text.split(separator: "/").filter { $0 != "." }
    let folder = FileManager.default.currentDirectoryPath
    return DataSource(kind, ([folder == "/" ? "" : folder] + parts.map(String.init)).joined(separator: "/"))
  }

  package var setting: Setting { Setting(kind.rawValue, text) }

  /// A short name for titles: the last part of a path.
  package var title: String { text.split(separator: "/").last.map(String.init) ?? text }
}
