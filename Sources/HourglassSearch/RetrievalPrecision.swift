import HourglassBase
import HourglassEngine

/// The share of results that have their query's class, over all queries: precision at k. Results count as they are
/// listed, of vectors as near as the last one those with the lower indices.
///
/// - Parameters:
///   - labels: the class of each vector that was searched.
///   - queryLabels: the class of each query.
/// - Throws: `HourglassError` (usage) when queries or vectors that were found have no label.
public func retrievalPrecision(
  _ results: SearchResults, labels: [Int], queryLabels: [Int]
) throws(HourglassError) -> Double {
  let highest = results.indices.max().map(Int.init) ?? -1
  guard queryLabels.count == results.queries, highest < labels.count else {
    throw HourglassError(
      .usage,
      "There are \(queryLabels.count) labels for \(results.queries) queries, and \(labels.count) for vectors up to number "
        + "\(highest); give the label of each query and of each vector that was searched.")
  }
  let hits = results.indices.indices.count { place in
    labels[Int(results.indices[place])] == queryLabels[place / results.count]
  }
  return Double(hits) / Double(max(results.indices.count, 1))
}

/// Precision at k of results as they are listed, but for those of some queries, whose last places are shared by all vectors
/// that are as near as the last result.
///
/// - Parameter tied: these vectors, by the number of the query.
/// - Throws: as without them.
func retrievalPrecision(
  _ results: SearchResults, tied: [Int: [UInt32]], labels: [Int], queryLabels: [Int]
) throws(HourglassError) -> Double {
  guard !tied.isEmpty else {
    return try retrievalPrecision(results, labels: labels, queryLabels: queryLabels)
  }
  var hits = SharedSum()
  for query in 0..<results.queries {
    let row = query * results.count..<(query + 1) * results.count
    let last = results.distances[row.upperBound - 1]
    let nearer = row.count { results.distances[$0] < last }
    let listed = results.indices[row]
    let (places, all) = (results.count - nearer, tied[query] ?? [])
    hits.add(
      NearestGroup(
        nearer: listed.prefix(nearer), tied: all.count >= places ? all[...] : listed.dropFirst(nearer),
        places: places)
    ) { labels[Int($0)] == queryLabels[query] ? 1 : 0 }
  }
  return hits.value / Double(max(results.indices.count, 1))
}

/// Precision at k of an exact search, whatever the order of the vectors is: where more of them are as near as the last
/// result than there are places left, each counts by its share of these places. That is the expected precision over all
/// orders of the tied ones (McSherry & Najork, "Computing information retrieval performance measures efficiently in the
/// presence of tied scores", 2008).
///
/// - Parameters:
///   - count: results of each query.
///   - labels: the class of each vector of the search.
///   - queryLabels: the class of each query.
/// - Throws: `HourglassError` as `ExactSearch.nearest`; what `progress` throws.
package func retrievalPrecision(
  of queries: SampleArray, in search: ExactSearch, count: Int, labels: [Int], queryLabels: [Int],
  threads: Int?, progress: WorkProgress.Report = { _ in }
) throws -> Double {
  precondition(queryLabels.count == queries.count, "every query has a label")
  var hits = SharedSum()
  try search.nearestGroups(to: queries, count: count, threads: threads, progress: progress) { query, group in
    hits.add(group) { labels[Int($0)] == queryLabels[query] ? 1 : 0 }
  }
  return hits.value / Double(max(queries.count * count, 1))
}
