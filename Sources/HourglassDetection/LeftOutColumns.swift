import HourglassBase
import HourglassData
import HourglassDrawing

/// Columns of a table that are no features, by what the training rows show of them.
struct LeftOutColumns {
  var constant: [String] = []
  /// Times that do not vary in hour or weekday, or over too few days.
  var unevenTimes: [String] = []
  /// Texts that hardly vary or hardly come again.
  var unrepeated: [String] = []

  /// What a person should know, one sentence for each reason.
  var notes: [String] {
    [
      Self.note(constant) { "\($0 ? "are" : "is") constant" },
      Self.note(unevenTimes) {
        "\($0 ? "hold" : "holds") times that do not vary in hour or weekday, or over too few days,"
      },
      Self.note(unrepeated) { "\($0 ? "hold" : "holds") texts that hardly vary or hardly come again" },
    ].compactMap(\.self)
  }

  private static func note(_ columns: [String], _ why: (_ areMany: Bool) -> String) -> String? {
    guard !columns.isEmpty else { return nil }
    let names = columns.prefix(8).map(\.quotedForMessage).joined(separator: ", ")
    return
      "\(columns.count == 1 ? "Column" : "Columns") \(names)\(columns.count > 8 ? " and others" : "") "
      + "\(why(columns.count > 1)) among the training rows and \(columns.count > 1 ? "are" : "is") left out."
  }

  /// That no column is a feature, with what became of each.
  ///
  /// - Parameters:
  ///   - rows: how many rows are trained on.
  ///   - ignoring: columns that are not used.
  func refusal(of table: Table, rows: Int, ignoring: Set<String>) -> HourglassError {
    let reasons = [
      (constant, "varies in none of the \(ReportText.count(rows, "training row"))"),
      (unrepeated, "is of texts that hardly vary or hardly come again"),
      (unevenTimes, "is of times that hardly vary"),
      (table.columns.map(\.name).filter(ignoring.contains), "was not to be used"),
    ].filter { !$0.0.isEmpty }.map { columns, why in
      let names = columns.prefix(4).map(\.quotedForMessage).joined(separator: ", ")
      return "\(names)\(columns.count > 4 ? " and \(columns.count - 4) more" : "") \(why)"
    }
    // What the reader left out, as it says itself.
    let read = table.notes.filter { $0.contains(" is left out: ") }.prefix(4).map {
      String($0.dropFirst("Column ".count).dropLast())
    }
    return HourglassError(
      .badData,
      "No column of the table is left to learn from: \((reasons + read).joined(separator: "; ")). Give other data, another "
        + "separator, or say which columns to keep.")
  }
}
