import HourglassBase

/// What a person should know of how a table was read.
extension TableReader {
  /// What a person should know of cells that are no numbers in columns of numbers, and of texts that are no UTF-8, one
  /// sentence each.
  package func strayNotes(in names: Set<String>) -> [String] {
    let known = columnNames.indices.filter { names.contains(columnNames[$0]) && !columns[$0].isText }
      .map { (columnNames[$0].quotedForMessage, columns[$0]) }
    return fileNotes + numberNotes(known) + known.compactMap { $1.strayNote($0) }
  }

  /// How numbers that are written for people were read, and which were beyond what can be held.
  ///
  /// - Parameter columns: those of numbers, with their names in quotes.
  func numberNotes(_ columns: [(name: String, reading: ColumnReading)]) -> [String] {
    let dressed = columns.filter { $0.reading.dressedReading != nil }
    var notes: [String] = []
    if let first = dressed.first, let example = first.reading.dressedReading {
      let names =
        dressed.prefix(8).map(\.name).joined(separator: ", ") + (dressed.count > 8 ? " and others" : "")
      notes.append(
        "Numbers with more than digits and a point in \(dressed.count == 1 ? "column" : "columns") \(names) are read as "
          + "numbers, \(example).")
    }
    for (name, reading) in columns {
      if let (mark, guess) = reading.guessedReading(separator: records.separator) {
        notes.append(
          "No cell of column \(name) shows whether its \(mark) part thousands; \(guess) is how they are read."
        )
      }
      if let note = reading.tooLargeNote(name) { notes.append(note) }
      if let note = reading.roundedNote(name) { notes.append(note) }
      if let guess = reading.guessedDate {
        notes.append(
          "No date of column \(name) shows which of day and month comes first; it is read as if \(guess).")
      }
    }
    return notes
  }

  /// What is to be said of the file as a whole.
  var fileNotes: [String] { sourceNotes() + [firstLineNote, encodingNote].compactMap(\.self) }

  /// That texts so far were no UTF-8; nil where all were.
  var encodingNote: String? {
    guard hasForeignName || columns.contains(where: \.isForeign) else { return nil }
    return "\(path) is not UTF-8; it is read as Windows-1252."
  }
}
