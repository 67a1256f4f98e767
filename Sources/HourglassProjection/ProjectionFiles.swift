import HourglassBase
import HourglassFiles

/// The files of a map, which lie side by side.
package struct ProjectionFiles: Sendable {
  private let stem: String

  /// - Parameter path: of any of them.
  package init(_ path: String) {
    let ending = [".html", ".png", ".csv", ".safetensors"].first { path.ends(with: $0) } ?? ""
    stem = path.dropping(ending: ending)
  }

  /// Checks that new samples can be placed into the map.
  ///
  /// - Parameter path: as somebody gave it.
  /// - Throws: `HourglassError` (environment) when there is no map, or not the file that new samples need.
  package func checkTakesSamples(_ path: String) throws {
    guard try !FileEntry.exists(data) else { return }
    guard try FileEntry.exists(path) || FileEntry.exists(page) else {
      throw HourglassError(
        .environment, "There is no map \(path)", .give(.map, "the page of an earlier map"), .make(.map))
    }
    throw HourglassError(
      .environment, "The map \(path) takes no samples without \(data), which is missing beside it",
      .text("put it back"), .make(.map))
  }

  package var page: String { "\(stem).html" }
  package var picture: String { "\(stem).png" }
  package var table: String { "\(stem).csv" }
  /// What places new samples into the map.
  package var data: String { "\(stem).safetensors" }
  package var all: [String] { [page, picture, table, data] }
}
