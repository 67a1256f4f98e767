import Foundation
import Hourglass

extension SearchCommand {
  /// Queries whose results are listed at most on standard output.
  static let mostPrinted = 20

  /// - Throws: `HourglassError` (usage) when the results of so many queries would go nowhere.
  func checkShowsResults(of queries: Int) throws {
    guard data == nil, out == nil, !json, queries > Self.mostPrinted else { return }
    throw HourglassError(
      .usage,
      "\(grouped(queries)) queries are too many to list their results here, which is done for up to \(Self.mostPrinted); add "
        + "--out with a .html, .png or .csv file, or --json.")
  }

  /// Prints the results of each query, nearest first.
  func list(_ results: SearchResults, _ index: SearchIndex, _ asked: Questions) throws {
    let lists = (0..<results.queries).map { query in
      let table = Self.table(results.of(query), index)
      return (results.queries == 1 ? table : [asked.caption(query)] + table).joined(separator: "\n")
    }
    try Terminal.result(lists.joined(separator: "\n\n"))
  }

  private static func table(_ found: [(index: Int, distance: Float)], _ index: SearchIndex) -> [String] {
    let labels = found.map { index.className($0.index) ?? "" }
    let hasLabels = labels.contains { !$0.isEmpty }
    let width = max(labels.map(\.count).max() ?? 0, 5)
    func column(_ label: String) -> String { hasLabels ? label.padded(to: width) + "  " : "" }
    return ["rank  distance  \(column("class"))sample"]
      + found.enumerated().map { rank, result in
        let numbers = String(format: "%4d  %8.4f", rank + 1, result.distance)
        return "\(numbers)  \(column(labels[rank]))\(index.caption(result.index))"
      }
  }
}

extension String {
  /// With blanks behind it.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(width - count, 0))
  }
}
