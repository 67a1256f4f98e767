import HourglassEngine

/// The share of results that have their query's class, over all queries: precision at k.
///
/// - Parameters:
///   - labels: the class of each vector that was searched.
///   - queryLabels: the class of each query.
public func retrievalPrecision(
  _ results: SearchResults, labels: [Int], queryLabels: [Int]
) -> Double {
  precondition(queryLabels.count == results.queries, "every query has a label")
  let hits = results.indices.indices.count { place in
    labels[Int(results.indices[place])] == queryLabels[place / results.count]
  }
  return Double(hits) / Double(max(results.indices.count, 1))
}
