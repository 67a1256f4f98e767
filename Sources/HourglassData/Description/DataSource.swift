import Foundation
import HourglassBase
import HourglassFiles

/// The name or place of data.
public struct DataSource: Sendable, Hashable {
  /// What the text means.
  package enum Kind: String, Sendable, CaseIterable {
    /// A data set known by name, found or downloaded.
    case name
    /// A folder with IDX files, batches of CIFAR-10 or pictures, whichever it has.
    case folder
    /// A folder of pictures, whatever else lies in it.
    case images
    /// A `.npy`, `.npz` or `.safetensors` file.
    case file
    /// A folder of recordings.
    case sounds
  }

  package let kind: Kind
  package let text: String

  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }

  /// The name of a data set, else a file if it ends in `.npy`, `.npz` or `.safetensors`, else a folder.
  ///
  /// - Parameter text: the name or the path; relative paths begin at the working directory.
  public init(_ text: String) {
    let isName = NamedDataSet.all.contains { $0.name == text }
    let isFile = [".npy", ".npz", ".safetensors"].contains { text.ends(with: $0) }
    self.init(isName ? .name : isFile ? .file : .folder, text)
  }

  /// The same place by a path that begins at the root, so that it is found from any working directory. Names, and paths
  /// to nothing, stay as they are.
  ///
  /// - Throws: `HourglassError` (environment) when the system does not let us know whether anything lies there.
  package var absolute: DataSource {
    get throws {
      guard kind != .name, !text.begins(with: "/"), try FileEntry.exists(text) else { return self }
      // Links and ".." are left alone: the spelling gives the data their name.
      let parts = text.parts(at: "/").filter { !$0.isEmpty && $0 != "." }
      let folder = FileManager.default.currentDirectoryPath
      return DataSource(kind, ([folder == "/" ? "" : folder] + parts).joined(separator: "/"))
    }
  }

  package var setting: Setting { Setting(kind.rawValue, text) }

  /// A short name for titles: the last part of a path.
  package var title: String { text.lastPathPart ?? text }
}
