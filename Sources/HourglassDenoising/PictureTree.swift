import HourglassBase
import HourglassFiles
import HourglassPictures

/// The pictures in a folder and its sub-folders, by their paths within it.
package struct PictureTree: Sendable {
  /// PNG, JPEG and WebP files, in an order that is the same everywhere.
  package private(set) var pictures: [String] = []
  /// Other files; hidden ones are passed over.
  package private(set) var others: [String] = []
  package let folder: String

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
      let isFolder = try Folder("\(folder)/\(path)").exists
      if Self.isPicture(name), !isFolder {
        pictures.append(path)
      } else if isFolder {
        try collect(path, depth: depth + 1, &walk)
      } else {
        others.append(path)
      }
    }
  }

  private static func isPicture(_ name: String) -> Bool { PictureKinds.kind(of: name) == .read }

  /// For each picture the path, in a folder of results, of what is made of it: its own where a file of that name can be
  /// written, else one that ends in `.png` and is no other picture's.
  package var outputs: [String] {
    func isWritable(_ path: String) -> Bool { (try? Picture.checkEnding(of: path)) != nil }
    // Some file systems do not tell capitals apart.
    var taken = Set(pictures.filter(isWritable).map { $0.lowercased() })
    return pictures.map { path in
      if isWritable(path) { return path }
      var name = "\(Self.stem(path)).png"
      if taken.contains(name.lowercased()) { name = "\(path).png" }
      var number = 2
      while !taken.insert(name.lowercased()).inserted {
        name = "\(path)-\(number).png"
        number += 1
      }
      return name
    }
  }

  /// The clean original of a picture: the file of the same name in another folder, whatever kind of picture it is.
  ///
  /// - Parameters:
  ///   - name: the picture's path within its own folder.
  ///   - originals: the other folder.
  /// - Returns: the original's path.
  /// - Throws: `HourglassError`: badData when there is none, environment when the system does not let us know.
  package static func original(of name: String, in originals: String) throws -> String {
    let folder = Folder(originals).path
    let candidates = [name] + PictureKinds.readEndings.map { "\(stem(name)).\($0)" }
    guard let found = try candidates.map({ "\(folder)/\($0)" }).first(where: FileEntry.exists) else {
      throw HourglassError(
        .badData, "\(originals) has no original of it",
        .give(.originals, "a folder with pictures of the same names"))
    }
    return found
  }

  /// A path without the ending that says what kind of picture it is.
  static func stem(_ path: String) -> String {
    guard isPicture(path), let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return path }
    return String(path[..<dot])
  }
}
