import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures

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
  /// Files that were seen and are none of these.
  private(set) var leftOut = LeftOutFiles()

  private static let trainingNames = ["train", "training"]
  /// The first that is there is taken.
  private static let testNames = ["test", "testing", "validation", "valid", "val"]

  /// Lists the folder: its sub-folder for training and one for tests if it has the former, else all of it as
  /// training. A folder to which several paths of a part lead is listed once, by the first of them.
  ///
  /// - Throws: `HourglassError` (environment) if a folder cannot be listed, or the system does not let us know what lies in it.
  init(in directory: String) throws {
    let names = Set(try Self.names(in: directory).filter { try Folder("\(directory)/\($0)").exists })
    guard let trainingName = Self.trainingNames.first(where: names.contains) else {
      training = try part(directory)
      return
    }
    training = try part("\(directory)/\(trainingName)")
    if let testName = Self.testNames.first(where: names.contains) {
      test = try part("\(directory)/\(testName)")
    }
  }

  private mutating func part(_ directory: String) throws -> Part {
    var part = Part()
    var walk = FolderWalk()
    try collect(directory, below: "", depth: 0, into: &part, &walk)
    return part
  }

  /// - Parameter top: the sub-folder of the part in which the directory lies.
  private mutating func collect(
    _ directory: String, below top: String, depth: Int, into part: inout Part, _ walk: inout FolderWalk
  ) throws {
    guard try walk.enter(directory, depth: depth) else { return }
    let names = try Self.names(in: directory)
    try walk.count(names.count, in: directory)
    for name in names {
      let path = "\(directory)/\(name)"
      let kind = PictureKinds.kind(of: name)
      if kind == .read, try !Folder(path).exists {
        part.paths.append(path)
        part.folders.append(top)
      } else if try kind == .read || Folder(path).exists {
        try collect(path, below: depth == 0 ? name : top, depth: depth + 1, into: &part, &walk)
      } else {
        leftOut.add(name)
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

  /// There is no picture to train on.
  func refusal(of directory: String) -> HourglassError {
    let seen = leftOut.notes.map { " (\($0))" }.first ?? ""
    return HourglassError(
      .environment,
      "\(directory) has no \(PictureKinds.readNames) picture\(seen); give a folder that has some")
  }
}
