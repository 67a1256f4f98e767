import HourglassBase

/// Where a cell stands in the memory it was read into.
struct CellPlace {
  var start: Int
  var count: Int
  /// Whether it has doubled quotes that stand for one.
  var hasDoubledQuotes = false
}

/// Cuts bytes into records and cells (RFC 4180): cells may stand in quotes, which keep separators and line ends, and
/// in which a doubled quote is one; lines end with LF, CRLF or CR.
struct RecordScanner {
  /// How an attempt to cut off one record ended.
  enum Outcome: Equatable {
    /// Its cells are in `cells`; the next one begins at this place, this many lines further.
    case record(next: Int, lines: Int)
    /// The record does not end within the bytes.
    case incomplete
    case tooManyCells
    /// A quote was opened, this many lines further, and the file ended.
    case openQuote(line: Int)
    /// Something other than a separator follows a closing quote.
    case afterQuote(line: Int)
  }

  private(set) var cells: [CellPlace] = []
  /// 1 for the bytes that end a cell.
  private var stops = [UInt8](repeating: 0, count: 256)
  private let separator: UInt8

  private static let lineFeed: UInt8 = 10
  private static let carriageReturn: UInt8 = 13
  private static let quote = UInt8(ascii: "\"")
  private static let space = UInt8(ascii: " ")
  private static let tabulator = UInt8(ascii: "\t")
  /// Whether one or several blanks or tabulators part two cells.
  private var isBlank: Bool { separator == Self.space }

  init(separator: UInt8) {
    self.separator = separator
    for byte in [separator, Self.lineFeed, Self.carriageReturn] { stops[Int(byte)] = 1 }
    if isBlank { stops[Int(Self.tabulator)] = 1 }
    cells.reserveCapacity(256)
  }

  /// Cuts off the record that begins at `start`.
  ///
  /// - Parameter isWhole: whether the file ends at `end`.
  mutating func scan(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, isWhole: Bool) -> Outcome {
    cells.removeAll(keepingCapacity: true)
    let separator = separator
    var place = start
    var lines = 0
    let (stops, isBlank) = (stops, isBlank)
    return stops.withUnsafeBufferPointer { stops in
      while true {
        guard cells.count < TableLimits.columns else { return .tooManyCells }
        while place < end, bytes[place] == Self.space || isBlank && bytes[place] == Self.tabulator {
          place += 1
        }
        var cell: CellPlace
        if place < end, bytes[place] == Self.quote {
          cell = CellPlace(start: place + 1, count: 0)
          let opened = lines
          place += 1
          while true {
            guard place < end else { return isWhole ? .openQuote(line: opened) : .incomplete }
            let byte = bytes[place]
            if byte == Self.quote {
              guard place + 1 < end || isWhole else { return .incomplete }
              guard place + 1 < end, bytes[place + 1] == Self.quote else { break }
              cell.hasDoubledQuotes = true
              place += 1
            } else if byte == Self.lineFeed {
              lines += 1
            }
            place += 1
          }
          cell.count = place - cell.start
          place += 1
          while place < end, bytes[place] == Self.space, !isBlank { place += 1 }
          if place < end, stops[Int(bytes[place])] == 0 { return .afterQuote(line: lines) }
        } else {
          cell = CellPlace(start: place, count: 0)
          while place < end, stops[Int(bytes[place])] == 0 { place += 1 }
          var last = place
          while last > cell.start, bytes[last - 1] == Self.space { last -= 1 }
          cell.count = last - cell.start
        }
        guard place < end || isWhole else { return .incomplete }
        cells.append(cell)
        guard place < end else { return .record(next: place, lines: lines) }
        if isBlank {
          let last = place
          while place < end, bytes[place] == Self.space || bytes[place] == Self.tabulator { place += 1 }
          guard place < end || isWhole else { return .incomplete }
          guard place < end else { return .record(next: place, lines: lines) }
          if place > last, bytes[place] != Self.lineFeed, bytes[place] != Self.carriageReturn { continue }
        } else if bytes[place] == separator {
          place += 1
          continue
        }
        if bytes[place] == Self.carriageReturn {
          guard place + 1 < end || isWhole else { return .incomplete }
          if place + 1 < end, bytes[place + 1] == Self.lineFeed { place += 1 }
        }
        return .record(next: place + 1, lines: lines + 1)
      }
    }
  }
}

/// The records of a file, one after another, from memory of a fixed size, or of the size of the longest.
final class RecordReader {
  let path: String
  private let content: TableContent
  private let budget: MemoryBudget
  private var memory: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var isWhole = false
  private var bytesRead = 0
  private var scanner: RecordScanner
  /// Of the file, from 1: where the last record began.
  private(set) var line = 1
  private var nextLine = 1
  private let unquoted = UnsafeMutablePointer<UInt8>.allocate(capacity: 4096)

  private static let chunk = 1 << 20

  /// - Throws: `HourglassError`: environment when the content cannot be read, badData when it is no text.
  init(_ content: TableContent, budget: MemoryBudget) throws {
    path = content.title
    self.budget = budget
    self.content = content
    memory = .allocate(byteCount: Self.chunk, alignment: 64)
    scanner = RecordScanner(separator: UInt8(ascii: ","))
    try refill()
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    if end >= 3, memory.prefix(3).elementsEqual(mark) { start = 3 }
    if end >= 2, memory[0] == 0xff && memory[1] == 0xfe || memory[0] == 0xfe && memory[1] == 0xff {
      throw HourglassError(.badData, "\(path) is a text in UTF-16; save it in UTF-8.")
    }
    if memory[start..<end].contains(0) {
      throw HourglassError(.badData, "\(path) has zero bytes, so it is no CSV file; export the table as CSV.")
    }
  }

  deinit {
    memory.deallocate()
    unquoted.deallocate()
  }

  var separator: UInt8 = UInt8(ascii: ",") {
    didSet { scanner = RecordScanner(separator: separator) }
  }

  /// Passes over bytes of the beginning, which are `lines` lines.
  func skip(_ count: Int, lines: Int) {
    start += count
    nextLine += lines
  }

  /// How many of the bytes are behind it; the total is nil where it is not known.
  var progress: (done: Int, total: Int?) { (bytesRead - (end - start), content.byteCount) }

  /// What was read of the file so far and not yet taken, and whether it is all.
  func withBeginning<Result>(_ body: (UnsafePointer<UInt8>, Int, Bool) -> Result) -> Result {
    body(memory.baseAddress!.assumingMemoryBound(to: UInt8.self) + start, end - start, isWhole)
  }

  /// The number of cells of the next record that is not an empty line; nil at the end.
  func next() throws -> Int? {
    while true {
      if start == end && isWhole { return nil }
      let bytes = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
      switch scanner.scan(bytes, from: start, to: end, isWhole: isWhole) {
      case .incomplete:
        try refill()
      case .record(let next, let lines):
        line = nextLine
        nextLine += lines
        start = next
        if scanner.cells.count == 1, scanner.cells[0].count == 0 { continue }
        return scanner.cells.count
      case .tooManyCells:
        throw HourglassError(
          .badData,
          "Line \(nextLine) of \(path) has more than \(TableLimits.columns) cells; check the separator, or leave columns out."
        )
      case .openQuote(let line):
        throw HourglassError(
          .badData,
          "Line \(nextLine + line) of \(path) opens a quote that is never closed; close it, or remove it.")
      case .afterQuote(let line):
        throw HourglassError(
          .badData,
          "Line \(nextLine + line) of \(path) goes on after a closing quote; double the quotes within a cell."
        )
      }
    }
  }

  /// Calls `body` with the text of a cell of the last record.
  @inline(__always)
  func withCell<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let cell = scanner.cells[index]
    let bytes = memory.baseAddress!.assumingMemoryBound(to: UInt8.self) + cell.start
    if cell.hasDoubledQuotes { return withUnquoted(bytes, cell.count, body) }
    return body(UnsafeBufferPointer(start: bytes, count: cell.count))
  }

  private func withUnquoted<Result>(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    var written = 0
    var place = 0
    while place < count, written < 4096 {
      if bytes[place] == UInt8(ascii: "\""), place + 1 < count { place += 1 }
      unquoted[written] = bytes[place]
      written += 1
      place += 1
    }
    return body(UnsafeBufferPointer(start: unquoted, count: written))
  }

  /// The text of a cell of the last record, cut where it is long, and whether it is no UTF-8.
  func text(_ index: Int) -> (text: String, isForeign: Bool) {
    withCell(index) { CellText.decode($0, limit: 4 * TableLimits.levelLength) }
  }

  /// Moves what is left to the front and reads on, into more memory where a record fills all of it.
  private func refill() throws {
    let rest = end - start
    if rest > 0, start > 0 {
      memory.baseAddress!.copyMemory(from: memory.baseAddress! + start, byteCount: rest)
    }
    (start, end) = (0, rest)
    if end == memory.count {
      guard memory.count < TableLimits.rowLength else {
        throw HourglassError(
          .badData,
          "The row from line \(nextLine) of \(path) on is longer than \(TableLimits.rowLength) bytes; look for a quote that "
            + "is never closed.")
      }
      try budget.admit(2 * memory.count, for: "The row from line \(nextLine) of \(path) on")
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * memory.count, alignment: 64)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<end]))
      memory.deallocate()
      memory = larger
    }
    let count = try content.fill(UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
    isWhole = end + count < memory.count
    end += count
    bytesRead += count
  }
}
