import Foundation
import Hourglass

extension SearchCommand {
  /// Queries whose results are listed at most on standard output.
  static let mostPrinted = 20

  /// - Throws: `HourglassError` (usage) when the results of so many queries would go nowhere.
  func checkShowsResults(of queries: Int) throws {
    guard data == nil, out.path == nil, !json.isAsked, queries > Self.mostPrinted else { return }
    throw HourglassError(
      .usage,
      "\(grouped(queries)) queries are too many to list their results here, which is done for up to \(Self.mostPrinted); add "
        + "--out with a .html, .png or .csv file, or --json.")
  }

  /// Prints the results of each query, nearest first.
  func list(_ results: SearchResults, _ index: SearchIndex, _ asked: SearchQuestions) throws {
    let lists = (0..<results.queries).map { query in
      let table = Self.table(results.of(query), index)
      return results.queries == 1 ? table : [asked.caption(query)] + table
    }
    try Terminal.result(lines: Array(lists.joined(separator: [""])))
  }

  private static func table(_ found: [(index: Int, distance: Float)], _ index: SearchIndex) -> [String] {
    let labels = found.map { index.className($0.index)?.showingControls() ?? "" }
    let hasLabels = labels.contains { !$0.isEmpty }
    let width = max(labels.map(\.count).max() ?? 0, 5)
    func column(_ label: String) -> String { hasLabels ? label.padded(to: width) + "  " : "" }
    return ["rank  distance  \(column("class"))sample"]
      + found.enumerated().map { rank, result in
        let numbers = String(format: "%4d  %8.4f", rank + 1, result.distance)
        return "\(numbers)  \(column(labels[rank]))\(index.caption(result.index))"
      }
  }

  /// Queries that are drawn at most on a sheet.
  private static let mostDrawn = 20

  func write(
    _ results: SearchResults, _ index: SearchIndex, _ asked: SearchQuestions, _ metrics: [String: Double]
  ) throws {
    try out.file?.write { path in
      if path.ends(with: ".csv") { return try results.writeTable(to: path, index: index) }
      if path.ends(with: ".png") {
        let shown = asked.samples.prefix(Self.mostDrawn)
        return try PNG.write(index.sheet(results, for: shown), to: path)
      }
      try SearchPage(
        asked, results: results, index: index, precision: metrics["precision_at_\(results.count)"]
      ).write(to: path)
    }
  }

  /// How often results share their query's class, beside pixels and principal components.
  func precision(
    _ results: SearchResults, of vectors: SampleArray, _ search: IndexSearch, _ index: SearchIndex,
    _ asked: SearchQuestions, _ threads: Int?
  ) throws -> [String: Double] {
    guard let precision = SearchPrecision(of: asked, in: index) else {
      Terminal.note("The index knows no classes, so precision is not measured.")
      return [:]
    }
    let count = results.count
    let own: Double
    if let graph = search.approximate, !exact {
      let tied = try graph.tied(
        with: results, of: vectors, breadth: ef, threads: threads, progress: ProgressBar().report)
      own = try precision(results, tied: tied)
    } else {
      own = try precision(
        vectors, in: search.exact, count: count, threads: threads, progress: ProgressBar().report)
    }
    var metrics = ["precision_at_\(count)": own]
    guard !skipBaselines, precision.hasBaselines else { return metrics }
    Terminal.note("measuring pixels and principal components beside (--skip-baselines leaves them out)")
    let baselines = try precision.baselines(count: count, threads: threads, progress: ProgressBar().report)
    metrics["precision_at_\(count)_pixels"] = baselines.pixels
    metrics["precision_at_\(count)_pca"] = baselines.components
    return metrics
  }
}

extension String {
  /// With blanks behind it.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(width - count, 0))
  }
}
