import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassPictures

/// What is searched for: samples, with what is known of them.
package struct SearchQuestions {
  package var samples: any SampleSource
  /// The class of each; none if they are not known.
  package var labels: [Int]
  package var classNames: [String]
  /// What each sample is called, or one name for all.
  package var captions: [String]

  package init(
    samples: any SampleSource, labels: [Int] = [], classNames: [String] = [], captions: [String]
  ) {
    (self.samples, self.labels) = (samples, labels)
    (self.classNames, self.captions) = (classNames, captions)
  }

  /// What a query is called.
  package func caption(_ query: Int) -> String {
    captions.count == 1 && samples.count > 1 ? "\(captions[0]) \(query)" : captions[query]
  }
}

extension SearchPage {
  /// The first queries beside what was found for them.
  ///
  /// - Parameter precision: the share of results of their query's class, if it was measured.
  /// - Throws: `HourglassError` when a sample is no picture.
  package init(
    _ questions: SearchQuestions, results: SearchResults, index: SearchIndex, precision: Double?
  ) throws {
    let shape = questions.samples.shape
    let areImages = questions.samples.form.isPicture
    let queries = try (0..<min(results.queries, Self.mostQueries)).map { query in
      Query(
        caption: questions.caption(query),
        className: questions.labels.isEmpty ? nil : questions.classNames[questions.labels[query]],
        picture: areImages ? try Picture(samples: questions.samples.numbers(of: query), shape: shape) : nil)
    }
    let total = results.queries
    var notes = [
      "\(results.count) nearest of \(grouped(index.count)) vectors by the \(index.metric.title) distance, nearest first."
    ]
    if let precision {
      notes.append(
        "\(ReportText.fixed(100 * precision, 1)) % of the results of all \(grouped(total)) queries have the query's class; "
          + "those that have not are marked.")
    }
    if total > queries.count {
      notes.append("The first \(queries.count) of \(grouped(total)) queries are shown.")
    }
    self.init(
      title: total == 1 ? "What is like \(questions.caption(0))" : "\(grouped(total)) searches", notes: notes,
      index: index, queries: queries, results: results)
  }
}
