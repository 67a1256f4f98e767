import HourglassBase
import HourglassData
import HourglassDatabases
import HourglassEngine
import HourglassFiles

/// Scores the rows of a table block by block: it is never in memory as a whole.
package struct TableScoring: Sendable {
  var detector: AnomalyDetector
  private var source: TableSource
  /// What people are told that the table is.
  var path: String { source.title }
  var format = TableFormat()
  /// Only the first rows.
  package var limit: Int?
  /// Columns that are named for each alert, at most.
  package var contributors = 3
  package var threads: Int?
  /// The column that names rows; the one of the fit when nil.
  package var identifier: String?
  /// That score together with this one, the first, each by `scoreForFirst`; they need no table.
  package var processes: (any ProcessGroup)?

  /// - Throws: `HourglassError` (usage) for an address of a database that is none.
  package init(detector: AnomalyDetector, path: String, format: TableFormat = TableFormat()) throws {
    self.detector = detector
    source = try TableSource(path)
    self.format = format
  }

  /// Writes `row,score,alert` and the columns that contribute most to each alert.
  ///
  /// - Parameters:
  ///   - out: a CSV file to write.
  ///   - into: a new table of a database to write.
  ///   - progress: told of rows now and then; what it throws ends the work, and nothing is written.
  /// - Throws: `HourglassError`: badData when the file lacks a column or is damaged, environment when it cannot be read
  ///   or the scores not be written.
  package func write(
    to out: String?, into: DatabaseAddress? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> ScoringSummary {
    let begun = ContinuousClock.now
    // A file of SQLite may not be written while it is read.
    guard into?.path == nil || !source.isFileOfSQLite else {
      var scoring = self
      scoring.source = try source.kept(limit: limit, progress: progress)
      return try scoring.write(to: out, into: into, progress, begun)
    }
    return try write(to: out, into: into, progress, begun)
  }

  private func write(
    to out: String?, into: DatabaseAddress?, _ progress: WorkProgress.Report,
    _ begun: ContinuousClock.Instant
  ) throws -> ScoringSummary {
    let encoding = try detector.encoding
    let reader = try openedReader(encoding)
    let labels = labels(in: reader)
    do {
      let summary = try scored(by: reader, encoding, labels, to: out, into, progress, begun)
      try Self.tell(.done, processes)
      return summary
    } catch is Misreading {
      // Late cells have shown how the numbers are written: once more with that.
      try Self.tell(.again, processes)
      let summary = try scored(by: reader.again(), encoding, labels, to: out, into, progress, begun)
      try Self.tell(.done, processes)
      return summary
    }
  }

  // MARK: - Several processes

  /// What the first process tells the others when a table is scored.
  private enum Word: UInt8 { case done, again }

  private static func tell(_ word: Word, _ processes: (any ProcessGroup)?) throws {
    _ = try processes?.fromFirst([word.rawValue])
  }

  /// Scores rows that the first process reads, until it has written all: what another process does while the first calls `write`.
  ///
  /// - Parameters:
  ///   - detector: the same as that of the first process, as are `contributors`.
  /// - Throws: `HourglassError` when a score is not finite, or another process is lost or has left.
  package static func scoreForFirst(
    _ detector: AnomalyDetector, contributors: Int, threads: Int?, processes: any ProcessGroup
  ) throws {
    let group: (any ProcessGroup)? = processes
    repeat {
      try group.deal { () -> Table? in
        nil
      } work: { block in
        ScoredBlock(try detector.score(block, contributors: contributors, threads: threads))
      } take: { _ in
      }
    } while try processes.fromFirst([]) == [Word.again.rawValue]
  }

  /// The file, whose columns are read as the detector needs them.
  ///
  /// - Throws: `HourglassError`: badData when it lacks a column, environment when it cannot be read.
  func openedReader(_ encoding: TableEncoding) throws -> TableReader {
    let reader = try reader(for: encoding)
    var (texts, times): (Set<String>, Set<String>) = ([], [])
    for column in encoding.columns {
      for name in column.sources where !reader.columnNames.contains(name) {
        throw lacks(name, reader, encoding)
      }
      switch column.kind {
      case .category: texts.insert(column.name)
      case .time, .duration: times.formUnion(column.sources)
      case .number: break
      }
    }
    // Anything may stand where a number always stood.
    texts.formUnion(encoding.constants.map(\.name))
    if let labels = labels(in: reader) { texts.insert(labels.column) }
    if let identifier, !reader.columnNames.contains(identifier) {
      throw HourglassError(
        .usage,
        "\(path) has no column \(identifier.quotedForMessage) to name rows by"
          + suggestion(identifier, among: reader.columnNames))
    }
    reader.read(texts: texts, times: times)
    return reader
  }

  /// The labels of the fit, where the file has them.
  private func labels(in reader: TableReader) -> AnomalyLabels? {
    detector.labels.flatMap { reader.columnNames.contains($0.column) ? $0 : nil }
  }

  /// That a column is not there; where none is, that the first line is the place of their names.
  private func lacks(_ name: String, _ reader: TableReader, _ encoding: TableEncoding) -> HourglassError {
    let fact = "\(path) has no column \(name.quotedForMessage), which the detector was fitted with"
    // A time and how long it took from it have the same column.
    var places = NamePlaces()
    for name in encoding.columns.flatMap(\.sources) { _ = places.place(name) }
    let wanted = places.names
    guard !source.isDatabase, wanted.allSatisfy({ !reader.columnNames.contains($0) }),
      !reader.hasHeader || nearestName(to: name, among: reader.columnNames) == nil
    else { return HourglassError(.badData, fact + suggestion(name, among: reader.columnNames)) }
    let shown = wanted.prefix(Self.namesShown).map(\.quotedForMessage).joined(separator: ", ")
    let more = wanted.count > Self.namesShown ? " and \(grouped(wanted.count - Self.namesShown)) more" : ""
    return HourglassError(
      .badData, "\(fact); its first line must hold the names of the columns, \(shown)\(more).")
  }

  /// Of the columns that a file lacks altogether.
  private static let namesShown = 3

  /// That rows have no names though those of the fit had; empty where they had none.
  private var lostNames: [String] {
    guard let name = detector.identifier else { return [] }
    return [
      "\(path) has no column \(name.quotedForMessage), which named the rows of the fit; the scores have row numbers only."
    ]
  }

  /// The detector's names say whether the first line holds names, where that is left open: a file may have a row or two only.
  private func reader(for encoding: TableEncoding) throws -> TableReader {
    let reader = try TableReader(source, format: format)
    let wanted = Set(encoding.columns.flatMap(\.sources))
    guard !source.isDatabase, format.hasHeader == nil, !wanted.isSubset(of: reader.columnNames) else {
      return reader
    }
    var other = format
    other.hasHeader = !reader.hasHeader
    let second = try TableReader(source, format: other)
    return wanted.isSubset(of: second.columnNames) ? second : reader
  }

  /// Numbers were read in another style than that in which they are written.
  private struct Misreading: Error {}

  private func scored(
    by reader: TableReader, _ encoding: TableEncoding, _ labels: AnomalyLabels?, to out: String?,
    _ into: DatabaseAddress?, _ progress: WorkProgress.Report, _ begun: ContinuousClock.Instant
  ) throws -> ScoringSummary {
    var summary = ScoringSummary(threshold: detector.threshold.value)
    var seen = ScoringNotes(encoding, labels)
    let naming = [identifier, detector.identifier].compactMap(\.self).first {
      reader.columnNames.contains($0)
    }
    if let naming { reader.keepNames(in: naming) }
    let columns = ScoreColumns(
      hasLabels: labels != nil, hasNames: naming != nil, contributors: contributors)
    let table = try into?.newTable(of: columns.columns)
    func score(_ write: (String) throws -> Void) throws {
      var writer = ScoreTable.Writer(columns)
      var left = limit ?? .max
      // What is known of rows that are being scored, by blocks.
      var waiting: [(truth: [Bool?], names: [String])] = []
      try processes.deal { () -> Table? in
        guard left > 0, let block = try reader.next(min(AnomalyDetector.rowsAtOnce, left)) else { return nil }
        left -= block.rowCount
        waiting.append(
          (
            labels?.labels(in: block) ?? Array(repeating: nil, count: block.rowCount),
            naming == nil ? [] : reader.rowNames
          ))
        seen.add(block)
        return block
      } work: { block in
        ScoredBlock(try detector.score(block, contributors: contributors, threads: threads))
      } take: { scored in
        let (truth, names) = waiting.removeFirst()
        for (index, (score, truth)) in zip(scored.scores, truth).enumerated() {
          let name = names.isEmpty ? "" : names[index]
          summary.add(score, truth: truth, name: name)
          let cells = columns.cells(score, truth: truth, name: name)
          if out != nil { writer.append(cells) }
          try table?.append(cells)
        }
        try write(writer.take())
        try progress(WorkProgress("scoring", done: summary.rows, of: nil, "rows"))
      }
      try write(writer.take())
      if reader.isMisread { throw Misreading() }
      guard summary.rows > 0 else {
        throw source.emptiness
      }
      // Before the file is renamed: a commit may be refused, or the server be lost, and then the file does not appear either; a
      // rename hardly fails, since the file was written in the same folder.
      try table?.commit()
    }
    if let out {
      try AtomicFile.write(to: out) { file in try score { try file.write($0) } }
    } else {
      try score { _ in }
    }
    summary.measure()
    summary.notes =
      reader.strayNotes(in: Set(encoding.columnNames)) + seen.notes(summary)
      + (naming == nil ? lostNames : []) + [summary.alertDoubt(noun: "row")].compactMap(\.self)
    summary.seconds = (ContinuousClock.now - begun) / .seconds(1)
    return summary
  }
}
