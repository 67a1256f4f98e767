import Foundation
import HourglassBase
import HourglassFiles

/// Four IDX files in one directory, under the names that MNIST gave them.
package enum IDXDataSet {
  /// One of the four files.
  enum Part: String, CaseIterable {
    case trainingImages = "train-images-idx3-ubyte"
    case trainingLabels = "train-labels-idx1-ubyte"
    case testImages = "t10k-images-idx3-ubyte"
    case testLabels = "t10k-labels-idx1-ubyte"

    /// The names the file may have, best first: what is not compressed loads faster. Unpackers of old wrote
    /// a dot where the original has a hyphen.
    var fileNames: [String] {
      let dotted = rawValue.replacing("-idx", with: ".idx")
      return [rawValue, dotted, "\(rawValue).gz", "\(dotted).gz"]
    }
  }

  /// Loads `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
  /// `t10k-labels-idx1-ubyte`, each as it is or with `.gz`, or with `.idx` for `-idx`.
  ///
  /// - Parameters:
  ///   - name: the name of the data set; `nil` takes the directory's.
  ///   - classNames: what the labels stand for; `nil` names them "0", "1" and so on.
  /// - Returns: images of shape `[1, rows, columns]`, numbers in 0...1.
  /// - Throws: `HourglassError`: `environment` if a file is missing or unreadable, `badData` if one is damaged
  ///   or they do not belong together.
  package static func load(
    directory: String, name: String? = nil, classNames: [String]? = nil, keep: DataKeeping? = nil
  ) throws -> DataSet {
    try load(directory: directory, name: name, classNames: classNames, KeepingRequest(keep: keep))
  }

  static func load(
    directory: String, name: String? = nil, classNames: [String]? = nil, _ request: KeepingRequest
  ) throws -> DataSet {
    let remedy = "put the four IDX files of a data set there, or give the directory that has them"
    return try load(
      directory: directory, name: name, classNames: classNames, remedies: [.text(remedy)], request)
  }

  /// - Parameter remedies: what to do if a file is missing.
  static func load(
    directory: String, name: String?, classNames: [String]?, remedies: [HourglassError.Remedy],
    _ request: KeepingRequest
  ) throws -> DataSet {
    let paths = try find(in: directory)
    let missing = Part.allCases.filter { paths[$0] == nil }
    guard missing.isEmpty else {
      let names = missing.map(\.rawValue).joined(separator: ", ")
      let problem =
        try FileEntry.exists(directory)
        ? "\(directory) has no \(names) (nor .gz)" : "\(directory) does not exist"
      throw HourglassError(.environment, problem, remedies: remedies)
    }
    func path(_ part: Part) -> String { paths[part] ?? "" }
    let training = try IDXReader.images(path: path(.trainingImages), request)
    let test = try IDXReader.images(path: path(.testImages), request)
    var data = try DataSet(
      name: name ?? URL(filePath: directory).standardizedFileURL.lastPathComponent,
      training: training.samples,
      trainingLabels: IDXReader.labels(path: path(.trainingLabels)).map(Int.init),
      test: test.samples,
      testLabels: IDXReader.labels(path: path(.testLabels)).map(Int.init),
      classNames: classNames,
      sources: DataSet.Sources(
        training: path(.trainingImages), trainingLabels: path(.trainingLabels),
        test: path(.testImages), testLabels: path(.testLabels)))
    data.notes = [training.note, test.note].compactMap(\.self)
    return data
  }

  /// Whether the directory has all four files, of whatever worth.
  static func isComplete(_ directory: String) throws -> Bool {
    try find(in: directory).count == Part.allCases.count
  }

  /// Whether the directory has any of the four files.
  static func isBegun(_ directory: String) throws -> Bool {
    try !find(in: directory).isEmpty
  }

  /// The files of the directory that are there.
  private static func find(in directory: String) throws -> [Part: String] {
    var paths: [Part: String] = [:]
    for part in Part.allCases {
      let candidates = part.fileNames.map { "\(directory)/\($0)" }
      paths[part] = try candidates.first(where: FileEntry.exists)
    }
    return paths
  }
}
