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
  private static let deepest = 16

  /// Lists the folder: its sub-folder for training and one for tests if it has the former, else all of it as
  /// training.
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
    try collect(directory, below: "", depth: 0, into: &part)
    return part
  }

  /// - Parameter top: the sub-folder of the part in which the directory lies.
  private static func collect(
    _ directory: String, below top: String, depth: Int, into part: inout Part
  ) throws {
    guard depth <= deepest else {
      throw HourglassError(
        .environment,
        "\(directory) lies more than \(deepest) folders deep; move its pictures up, or remove a link that leads back"
      )
    }
    for name in try names(in: directory) {
      let path = "\(directory)/\(name)"
      if extensions.contains(name.split(separator: ".").last?.lowercased() ?? "") {
        part.paths.append(path)
        part.folders.append(top)
      } else if try Folder(path).exists {
        try collect(path, below: depth == 0 ? name : top, depth: depth + 1, into: &part)
      }
    }
  }

  /// What lies in a folder, but for what is hidden, by the bytes of their names.
  private static func names(in directory: String) throws -> [String] {
    guard let names = try FileEntry.names(in: directory) else {
      throw HourglassError(.environment, "\(directory) cannot be listed; check that it is a folder")
    }
    return names.filter { !$0.hasPrefix(".") }
  }
}
