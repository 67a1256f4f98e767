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
    // All in one unit.
    guard seconds.count == present.count, seconds.allSatisfy(range.contains),
      present.allSatisfy({ $0 / first > 0.1 && $0 / first < 10 })
    else { return nil }
    // Whole words: "candidate" holds none.
    let isNamed = name.lowercased().split { !$0.isLetter }.contains(where: words.contains)
    let rises = zip(present, present.dropFirst()).allSatisfy { $0 <= $1 }
    guard isNamed || rises && present.count >= 20 else { return nil }
    return values.map { $0.isNaN ? $0 : ColumnReading.seconds($0) ?? .nan }
  }
}
