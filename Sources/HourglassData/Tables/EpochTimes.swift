/// Tells columns of numbers that count seconds, or parts of seconds, since 1970.
enum EpochTimes {
  private static let words: Set<Substring> = [
    "time", "date", "datetime", "timestamp", "stamp", "epoch", "ts", "at", "created", "updated", "modified",
    "when", "zeit",
    "zeitstempel", "datum", "unixtime",
  ]

  /// From 2000 to 2100.
  private static let range = 946_684_800.0..<4_102_444_800.0

  /// The times in seconds; nil where the numbers are not of that size, or neither name nor order says that they are times.
  static func values(_ name: String, _ values: [Double], isText: Bool) -> [Double]? {
    // The first one tells nearly all other columns.
    guard !isText, let first = values.first(where: { !$0.isNaN }), ColumnReading.seconds(first) != nil else {
      return nil
    }
    let present = values.filter { !$0.isNaN }
    guard present.count > 2 else { return nil }
    let seconds = present.compactMap(ColumnReading.seconds)
    guard seconds.count == present.count, present.allSatisfy({ areTimes($0, beside: first) }) else {
      return nil
    }
    let rises = zip(present, present.dropFirst()).allSatisfy { $0 <= $1 }
    guard isNamed(name) || rises && present.count >= fewestRising else { return nil }
    return Self.seconds(values)
  }

  /// So many numbers that never fall may be times, whatever the column is called.
  static let fewestRising = 20

  /// Whether a number may be a time, and in the same unit as the column's first.
  static func areTimes(_ value: Double, beside first: Double) -> Bool {
    guard let seconds = ColumnReading.seconds(value) else { return false }
    return range.contains(seconds) && value / first > 0.1 && value / first < 10
  }

  /// Whether the name of a column says that it holds times, in whole words: "candidate" holds none.
  static func isNamed(_ name: String) -> Bool {
    name.lowercased().split { !$0.isLetter }.contains(where: words.contains)
  }

  /// Numbers that are times, in seconds.
  static func seconds(_ values: [Double]) -> [Double] {
    values.map { $0.isNaN ? $0 : ColumnReading.seconds($0) ?? .nan }
  }
}
