import Hourglass

// What `--json` prints of a search.

extension SearchCommand {
  struct Answer: Encodable {
    var index: String
    var k: Int
    var metrics: [String: Double]
    /// That reading the index and making it ready took.
    var openSeconds: Double
    var out: String?
    var queries: Int
    var queriesPerSecond: Double
    var results: [Listed]?
    var samples: Int
    var seconds: Double

    enum CodingKeys: String, CodingKey {
      case index, k, metrics
      case openSeconds = "open_seconds"
      case out, queries
      case queriesPerSecond = "queries_per_second"
      case results, samples, seconds
    }
  }

  struct Listed: Encodable {
    var query: String
    var found: [Found]
  }

  struct Found: Encodable {
    var rank: Int
    var index: Int
    var distance: Float
    var name: String
    var label: String?
  }

  /// Queries that are listed at most in JSON.
  static let mostListed = 1000

  func listed(_ results: SearchResults, _ index: SearchIndex, _ asked: SearchQuestions) -> [Listed] {
    (0..<min(results.queries, Self.mostListed)).map { query in
      let found = results.of(query).enumerated().map { rank, result in
        Found(
          rank: rank + 1, index: result.index, distance: result.distance, name: index.caption(result.index),
          label: index.className(result.index))
      }
      return Listed(query: asked.caption(query), found: found)
    }
  }
}
