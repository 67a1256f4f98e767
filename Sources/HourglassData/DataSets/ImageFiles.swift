import Foundation
import HourglassBase
import HourglassFiles

/// The names of the pictures in a folder, in an order that is the same everywhere.
struct ImageFiles {
  /// The pictures of one part.
  struct Part {
    var paths: [String] = []
    /// For each picture the sub-folder it lies in; "" for one that lies beside the sub-folders.
    var folders: [String] = []
  }

  var training = Part()
  /// Empty if the folder has no such part.
  var test = Part()

  private static let trainingNames = ["train", "training"]
  /// The first that is there is taken.
  private static let testNames = ["test", "testing", "validation", "valid", "val"]
  private static let extensions: Set = ["png", "jpg", "jpeg"]

  /// Lists the folder: its sub-folder for training and one for tests if it has the former, else all of it as
  /// training. A folder to which several paths of a part lead is listed once, by the first of them.
  ///
  /// - Throws: `HourglassError` (environment) if a folder cannot be listed, or the system does not let us know what lies in it.
  init(in directory: String) throws {
    let names = Set(try Self.names(in: directory).filter { try Folder("\(directory)/\($0)").exists })
    guard let trainingName = Self.trainingNames.first(where: names.contains) else {
      training = try Self.part(directory)
      return
    }
    training = try Self.part("\(directory)/\(trainingName)")
    if let testName = Self.testNames.first(where: names.contains) {
      test = try Self.part("\(directory)/\(testName)")
    }
  }

  private static func part(_ directory: String) throws -> Part {
    var part = Part()
    var walk = FolderWalk()
    try collect(directory, below: "", depth: 0, into: &part, &walk)
    return part
  }

  /// - Parameter top: the sub-folder of the part in which the directory lies.
  private static func collect(
    _ directory: String, below top: String, depth: Int, into part: inout Part, _ walk: inout FolderWalk
  ) throws {
    guard try walk.enter(directory, depth: depth) else { return }
    let names = try names(in: directory)
    try walk.count(names.count, in: directory)
    for name in names {
      let path = "\(directory)/\(name)"
      if extensions.contains(name.parts(at: ".").last { !$0.isEmpty }?.lowercased() ?? "") {
        part.paths.append(path)
        part.folders.append(top)
      } else if try Folder(path).exists {
        try collect(path, below: depth == 0 ? name : top, depth: depth + 1, into: &part, &walk)
      }
    }
  }

  /// What lies in a folder, but for what is hidden, by the bytes of their names.
  private static func names(in directory: String) throws -> [String] {
    guard let names = try FileEntry.names(in: directory) else {
      throw HourglassError(.environment, "\(directory) cannot be listed; check that it is a folder")
    }
    return names.filter { !$0.isHiddenName }
  }
}
