import Foundation
import HourglassBase
import HourglassFiles

/// The folder of a detection run and the files in it.
public struct DetectionFolder: Sendable {
  public let path: String

  public init(_ path: String) { self.path = Folder(path).path }

  public var model: String { "\(path)/model.safetensors" }
  public var report: String { "\(path)/report.html" }
  var result: String { "\(path)/result.json" }
  package var scores: String { "\(path)/scores.csv" }
  var figures: String { "\(path)/figures" }

  private static let names: Set<String> = [
    "model.safetensors", "report.html", "result.json", "scores.csv", "figures",
  ]

  /// The model file that a run folder or a `.safetensors` file stands for.
  ///
  /// - Throws: `HourglassError` (environment) when there is none.
  package static func model(of run: String) throws -> String {
    if run.hasSuffix(".safetensors"), !Folder(run).exists { return run }
    let folder = DetectionFolder(run)
    guard FileManager.default.fileExists(atPath: folder.model) else {
      throw HourglassError(
        .environment,
        "There is no detector in \(run)", .text("give the folder of one, or its model.safetensors"),
        .make(.detector))
    }
    return folder.model
  }

  /// Makes the folder before the work that fills it, so that nobody waits for what cannot be written; when the work
  /// fails, a folder without files goes away again.
  ///
  /// - Throws: `HourglassError`: usage when it holds files of someone else or a detector, environment when it cannot be made; what
  ///   `work` throws.
  func filled<Result>(_ work: () throws -> Result) throws -> Result {
    try prepare()
    do {
      return try work()
    } catch {
      for folder in [figures, path] where isEmpty(folder) {
        try? FileManager.default.removeItem(atPath: folder)
      }
      throw error
    }
  }

  private func isEmpty(_ folder: String) -> Bool {
    (try? FileManager.default.contentsOfDirectory(atPath: folder))?.isEmpty ?? false
  }

  private func prepare() throws {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    if let other = files.sorted().first(where: { !$0.hasPrefix(".") && !Self.names.contains($0) }) {
      throw HourglassError(
        .usage,
        "\(path) holds other files, such as \(shortened(other)); a run needs a folder of its own",
        .choose(.output))
    }
    guard !FileManager.default.fileExists(atPath: model) else {
      throw HourglassError(
        .usage, "\(path) already holds a detector, which would be lost", .choose(.output))
    }
    try Folder(figures).create()
  }
}
