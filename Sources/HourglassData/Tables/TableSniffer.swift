/// Finds out from the beginning of a CSV file how it is written.
struct TableSniffer {
  /// The records of the beginning, each as its cells' texts.
  private(set) var records: [[String]] = []
  private(set) var separator = UInt8(ascii: ",")
  private(set) var hasHeader = true
  /// Before a number's fraction.
  private(set) var point = UInt8(ascii: ".")

  private static let separators = [",", ";", "\t", "|"].map { UInt8(ascii: $0) }
  private static let recordLimit = 200
  private static let cellLimit = 200_000

  /// - Parameter isWhole: whether `bytes` are the whole file.
  init(_ bytes: UnsafePointer<UInt8>, count: Int, isWhole: Bool, format: TableFormat) {
    if let separator = format.separator?.asciiValue {
      self.separator = separator
      records = Self.records(bytes, count, isWhole, separator)
    } else {
      var best = (rank: -1, separator: separator, records: records)
      for separator in Self.separators {
        let records = Self.records(bytes, count, isWhole, separator)
        let rank = Self.rank(records)
        if rank > best.rank { best = (rank, separator, records) }
      }
      (separator, records) = (best.separator, best.records)
    }
    let cells = records.dropFirst().joined()
    if separator != UInt8(ascii: ","), !cells.contains(where: Self.isPointed),
      cells.contains(where: Self.isComma)
    {
      point = UInt8(ascii: ",")
    }
    hasHeader = format.hasHeader ?? looksLikeHeader
  }

  private static func records(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ isWhole: Bool, _ separator: UInt8
  ) -> [[String]] {
    var scanner = RecordScanner(separator: separator)
    var records: [[String]] = []
    var (place, cells) = (0, 0)
    while place < count, records.count < recordLimit, cells < cellLimit {
      guard case .record(let next, _) = scanner.scan(bytes, from: place, to: count, isWhole: isWhole) else {
        break
      }
      place = next
      cells += scanner.cells.count
      if scanner.cells.count == 1, scanner.cells[0].count == 0 { continue }
      records.append(
        scanner.cells.map { cell in
          CellText.decode(UnsafeBufferPointer(start: bytes + cell.start, count: cell.count)).text
        })
    }
    return records
  }

  /// The more cells in a record the better, as long as the records agree.
  private static func rank(_ records: [[String]]) -> Int {
    guard let first = records.first else { return -1 }
    let agreeing = records.count { $0.count == first.count }
    return first.count == 1 ? 0 : agreeing * 1000 / records.count * 100_000 + first.count
  }

  private static func isPointed(_ text: String) -> Bool { text.contains(".") && Double(text) != nil }

  /// Such as "-1,25".
  private static func isComma(_ text: String) -> Bool {
    text.utf8.count { $0 == UInt8(ascii: ",") } == 1
      && Double(String(text.map { $0 == "," ? "." : $0 })) != nil
  }

  private func reading(_ text: String) -> CellNumber.Reading {
    Array(text.utf8).withUnsafeBufferPointer { CellNumber.read($0, point: point) }
  }

  /// Whether the first record holds names: none of it is a number, and it differs from what stands below it.
  private var looksLikeHeader: Bool {
    guard let first = records.first else { return false }
    for text in first {
      if case .number = reading(text) { return false }
    }
    guard first.contains(where: { !$0.isEmpty }) else { return false }
    guard records.count > 1 else { return true }
    let rest = records.dropFirst().filter { $0.count == first.count }
    let hasNumbers = rest.contains { record in
      record.contains { text in
        if case .number = reading(text) { true } else { false }
      }
    }
    if hasNumbers { return true }
    // Only texts: names are all different and do not come again below.
    return Set(first).count == first.count
      && !first.indices.contains { column in
        rest.contains { $0[column] == first[column] && !first[column].isEmpty }
      }
  }
}
