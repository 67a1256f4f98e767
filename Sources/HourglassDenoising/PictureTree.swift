import HourglassBase
import HourglassFiles

/// The pictures in a folder and its sub-folders, by their paths within it.
package struct PictureTree: Sendable {
  /// PNG and JPEG files, in an order that is the same everywhere.
  package private(set) var pictures: [String] = []
  /// Other files; hidden ones are passed over.
  package private(set) var others: [String] = []
  package let folder: String

  private static let extensions: Set = ["png", "jpg", "jpeg"]

  /// A folder to which several paths lead is listed once, by the first of them.
  ///
  /// - Throws: `HourglassError` (environment) when a folder cannot be listed.
  package init(_ folder: String) throws {
    self.folder = Folder(folder).path
    var walk = FolderWalk()
    try collect("", depth: 0, &walk)
  }

  private mutating func collect(_ inner: String, depth: Int, _ walk: inout FolderWalk) throws {
    let place = inner.isEmpty ? folder : "\(folder)/\(inner)"
    guard try walk.enter(place, depth: depth) else { return }
    guard let names = try FileEntry.names(in: place) else {
      throw HourglassError(.environment, "\(place) cannot be listed; check that it is a folder.")
    }
    try walk.count(names.count, in: place)
    for name in names where !name.isHiddenName {
      let path = inner.isEmpty ? name : "\(inner)/\(name)"
      if Self.isPicture(name) {
        pictures.append(path)
      } else if try Folder("\(folder)/\(path)").exists {
        try collect(path, depth: depth + 1, &walk)
      } else {
        others.append(path)
      }
    }
  }

  private static func isPicture(_ name: String) -> Bool {
    extensions.contains(name.parts(at: ".").last { !$0.isEmpty }?.lowercased() ?? "")
  }

  /// A path without the ending that says what kind of picture it is.
  package static func stem(_ path: String) -> String {
    guard isPicture(path), let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return path }
    return String(path[..<dot])
  }
}
