import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassPictures

extension SearchIndex {
  /// Queries on a sheet, each a row with its results behind it, nearest first.
  ///
  /// - Parameters:
  ///   - samples: the queries, as the model takes them; as many as there are results, or the first ones.
  /// - Throws: `HourglassError` (usage) when the index keeps no pictures or the samples are none.
  public func sheet(_ results: SearchResults, for samples: any SampleSource) throws -> Picture {
    guard let pictures, samples.form.isPicture, samples.count <= results.queries else {
      throw HourglassError(
        .usage,
        "A sheet shows pictures, but the index or the queries have none; write results as .html or .csv.")
    }
    let asked = try Thumbnails(samples).pictures
    guard asked.shape == pictures.shape else {
      throw HourglassError(
        .usage,
        "The queries have pictures of shape \(asked.shape), but the index of \(pictures.shape); write results as .html or .csv."
      )
    }
    let rows = try (0..<asked.count).map { query in
      try [Picture(samples: asked.sample(query), shape: asked.shape)]
        + results.of(query).map { try Picture(samples: pictures.sample($0.index), shape: pictures.shape) }
    }
    return try ContactSheet(rows: rows, heads: ["query"] + (1...results.count).map(String.init)).composed()
  }
}
