import Hourglass

/// The files of a map, which lie side by side.
struct ProjectionFiles {
  private let stem: String

  /// - Parameter path: of any of them.
  init(_ path: String) {
    let ending = [".html", ".png", ".csv", ".safetensors"].first { path.ends(with: $0) } ?? ""
    stem = path.dropping(ending: ending)
  }

  /// - Parameter path: as somebody gave it.
  /// - Throws: `HourglassError` (environment) when there is no map, or not the file that new samples need.
  func checkTakesSamples(_ path: String) throws {
    guard try !FileEntry.exists(data) else { return }
    let hasMap = try FileEntry.exists(path) || FileEntry.exists(page)
    throw HourglassError(
      .environment,
      hasMap
        ? "The map \(path) takes no samples without \(data), which is missing beside it; put it back, or make the map again "
          + "with hourglass project."
        : "There is no map \(path); --into takes the page of an earlier map, which hourglass project writes with --out."
    )
  }

  private var page: String { "\(stem).html" }
  var picture: String { "\(stem).png" }
  var table: String { "\(stem).csv" }
  /// What places new samples into the map.
  var data: String { "\(stem).safetensors" }
  var all: [String] { [page, picture, table, data] }
}
