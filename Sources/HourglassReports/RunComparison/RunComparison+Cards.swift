import HourglassBase
import HourglassDrawing

extension RunComparison {
  /// One use with what all runs reach in it.
  package struct CardTable: Sendable {
    package let title: String
    /// Above the numbers of `rows`.
    let columns: [String]
    /// A line for each method where it does the same beside all models, else one for each run, which is named.
    let rows: [[String]]
    /// One for each run.
    package let verdicts: [String]
    /// Who is better, as a card says it; one for each run.
    let winners: [String]
  }

  /// The report cards side by side, use by use; none where the runs were not judged.
  package var cardTables: [CardTable] {
    guard let first = cards.first else { return [] }
    return first.sections.map { use in
      let sections = cards.compactMap { card in card.sections.first { $0.key == use.key } }
      let judged = zip(names, sections).filter { !$0.1.rows.isEmpty }
      let methods = NamePlaces(distinct: judged.flatMap { $0.1.rows.map(\.name) }).names
      let rows = methods.flatMap { method -> [[String]] in
        let lines = judged.compactMap { name, section in
          section.rows.first { $0.name == method }.map { (run: name, values: $0.values) }
        }
        let isShared = lines.count == judged.count && Set(lines.map(\.values)).count == 1
        return isShared
          ? [[method] + lines[0].values] : lines.map { ["\(method), \($0.run)"] + $0.values }
      }
      return CardTable(
        title: use.title, columns: judged.first?.1.columns ?? [], rows: rows,
        verdicts: sections.map(\.verdict), winners: sections.map(ReportCard.winner))
    }
  }
}
