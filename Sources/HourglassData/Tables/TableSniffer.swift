/// Finds out from the beginning of a CSV file how it is written.
struct TableSniffer {
  /// The records of the beginning, each as its cells' texts.
  private(set) var records: [[String]] = []
  private(set) var separator = UInt8(ascii: ",")
  private(set) var hasHeader = true
  /// Whether the header has one name fewer than the rows have cells, the first of which then names the row, as in R.
  private(set) var lacksFirstName = false
  /// Bytes before the first record: a line such as `sep=;`, as Excel writes it.
  private(set) var preamble = 0
  /// What the first line was taken for, where that is a guess; one sentence.
  private(set) var note: String?

  private static let separators = [",", ";", "\t", "|"].map { UInt8(ascii: $0) }
  /// One or several of them, or tabulators, part two cells.
  static let blank = UInt8(ascii: " ")
  private static let recordLimit = 200
  private static let cellLimit = 200_000

  /// - Parameter isWhole: whether `bytes` are the whole file.
  init(_ bytes: UnsafePointer<UInt8>, count: Int, isWhole: Bool, format: TableFormat) {
    let named = Self.namedSeparator(bytes, count)
    preamble = named?.length ?? 0
    let (bytes, count) = (bytes + preamble, count - preamble)
    if let separator = format.separator?.asciiValue ?? named?.separator {
      self.separator = separator
      records = Self.records(bytes, count, isWhole, separator)
    } else {
      var best = (rank: -1, separator: separator, records: records)
      for separator in Self.separators {
        let records = Self.records(bytes, count, isWhole, separator)
        let rank = Self.rank(records)
        if rank > best.rank { best = (rank, separator, records) }
      }
      // Where the records do not agree.
      if best.rank < 95_000_000 {
        let records = Self.records(bytes, count, isWhole, Self.blank)
        if Self.isTable(records) { best = (1, Self.blank, records) }
      }
      (separator, records) = (best.separator, best.records)
    }
    lacksFirstName = format.hasHeader != false && Self.hasRowNames(records)
    hasHeader = format.hasHeader ?? (lacksFirstName || looksLikeHeader)
    if format.hasHeader == nil { note = firstLineNote }
  }

  /// The separator that a first line `sep=;` names, and the length of that line.
  private static func namedSeparator(
    _ bytes: UnsafePointer<UInt8>, _ count: Int
  ) -> (separator: UInt8, length: Int)? {
    guard count > 1, bytes[0] == UInt8(ascii: "\"") else { return namedSeparator(bytes, count, closing: nil) }
    return namedSeparator(bytes + 1, count - 1, closing: UInt8(ascii: "\"")).map {
      ($0.separator, $0.length + 1)
    }
  }

  /// - Parameter closing: what stands behind the separator.
  private static func namedSeparator(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, closing: UInt8?
  ) -> (separator: UInt8, length: Int)? {
    let end = closing == nil ? 5 : 6
    guard count > end,
      zip("sep=".utf8, UnsafeBufferPointer(start: bytes, count: 4)).allSatisfy({ $0 == $1 | 32 || $0 == $1 })
    else { return nil }
    let separator = bytes[4]
    guard separator < 0x80, !"\"\r\n".utf8.contains(separator), separator != 0 else { return nil }
    if let closing, bytes[5] != closing { return nil }
    if bytes[end] == UInt8(ascii: "\n") { return (separator, end + 1) }
    guard bytes[end] == UInt8(ascii: "\r") else { return nil }
    return (separator, count > end + 1 && bytes[end + 1] == UInt8(ascii: "\n") ? end + 2 : end + 1)
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
    let width = hasRowNames(records) ? first.count + 1 : first.count
    let agreeing = records.count { $0.count == width }
    return width == 1 ? 0 : agreeing * 1000 / records.count * 100_000 + width
  }

  /// Whether cells apart by blanks are those of a table, and not the words of texts: the rows have as many, and at least one
  /// column holds numbers.
  private static func isTable(_ records: [[String]]) -> Bool {
    guard records.count > 1, let width = records.last?.count, width > 1 else { return false }
    let rows = records.dropFirst().filter { $0.count == width }
    let isHeader = records[0].count == width || hasRowNames(records)
    guard isHeader, rows.count * 20 >= (records.count - 1) * 19 else { return false }
    return (0..<width).contains { column in rows.count { isNumber($0[column]) } * 5 >= rows.count * 4 }
  }

  /// Whether all records but the first have one cell more than it, and their first cells, all different, name the rows.
  private static func hasRowNames(_ records: [[String]]) -> Bool {
    guard records.count > 2, let first = records.first, !first.contains(where: isNumber) else { return false }
    let rows = records.dropFirst()
    return rows.allSatisfy { $0.count == first.count + 1 } && Set(rows.map { $0[0] }).count == rows.count
  }

  private static func isNumber(_ text: String) -> Bool { number(text) != nil }

  private static func number(_ text: String) -> Double? { Table.number(in: text) }

  // MARK: - Header

  /// Records below the first that have as many cells.
  private var rows: [[String]] { records.dropFirst().filter { $0.count == records[0].count } }

  /// Whether the first record holds names: it differs from what stands below it, and none of it is a number, or all of it is
  /// and looks like names.
  private var looksLikeHeader: Bool {
    guard let first = records.first else { return false }
    guard !first.contains(where: Self.isNumber) else { return hasNumberedNames || hasNamesAmongNumbers }
    guard first.contains(where: { !$0.isEmpty }) else { return false }
    guard records.count > 1 else { return true }
    let rows = rows
    if rows.contains(where: { $0.contains(where: Self.isNumber) }) { return true }
    // Only texts: names are all different and do not come again below.
    return Set(first).count == first.count
      && !first.indices.contains { column in
        rows.contains { $0[column] == first[column] && !first[column].isEmpty }
      }
  }

  /// The whole numbers of a record; nil where one is none. The first cell may be empty, above names or numbers of rows.
  private static func wholeNumbers(_ record: [String]) -> [Int]? {
    let cells = record.first == "" ? record[1...] : record[...]
    guard cells.allSatisfy({ 1...18 ~= $0.utf8.count && $0.utf8.allSatisfy { 48...57 ~= $0 } }) else {
      return nil
    }
    return cells.compactMap { Int($0) }
  }

  private static func countsUp(_ numbers: [Int]) -> Bool {
    guard numbers.count > 1, numbers[1] > numbers[0] else { return false }
    let step = numbers[1] - numbers[0]
    return zip(numbers, numbers.dropFirst()).allSatisfy { $1 - $0 == step }
  }

  /// Whether names are numbers: they count up, as nothing below does, or are whole above columns of decimals.
  private var hasNumberedNames: Bool {
    guard let first = records.first, let names = Self.wholeNumbers(first), !names.isEmpty, !rows.isEmpty,
      Set(names).count == names.count
    else { return false }
    let rows = rows
    // One column beside the numbers of the rows.
    if first == ["", "0"] { return Self.countsUp(rows.compactMap { Int($0[0]) }) }
    guard names.count > 1 else { return false }
    let begin = first.count - names.count
    let areDecimals = (begin..<first.count).allSatisfy { column in
      rows.count { Self.number($0[column]).map { $0 != $0.rounded() } ?? false } * 5 >= rows.count * 4
    }
    if areDecimals { return names.count > 2 || Self.countsUp(names) }
    let counting = rows.count { Self.wholeNumbers($0).map(Self.countsUp) ?? false }
    return names.count > 2 && Self.countsUp(names) && counting * 20 <= rows.count
  }

  /// Whether some names count up and the others stand above numbers, or texts of which none is the name.
  private var hasNamesAmongNumbers: Bool {
    guard let first = records.first, !rows.isEmpty else { return false }
    let texts = first.indices.filter { !Self.isNumber(first[$0]) && !first[$0].isEmpty }
    let numbers = first.filter(Self.isNumber)
    guard !texts.isEmpty, let counted = Self.wholeNumbers(numbers), Self.countsUp(counted) else {
      return false
    }
    let rows = rows
    return texts.allSatisfy { column in !rows.contains { $0[column] == first[column] } }
  }

  private var firstLineNote: String? {
    guard let first = records.first else { return nil }
    if lacksFirstName {
      return
        "The header has one name fewer than the rows have cells, so the first cell is taken as the row's name."
    }
    guard first.contains(where: Self.isNumber) else { return nil }
    let line = first.prefix(4).joined(separator: ", ") + (first.count > 4 ? ", ..." : "")
    return hasHeader
      ? "The first line (\(line)) is taken as the columns' names."
      : "The first line (\(line)) has numbers, so it is taken as a row, and the columns are named column1, column2 and so on."
  }
}
