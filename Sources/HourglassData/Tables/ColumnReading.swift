import HourglassDatabases

/// What is known of a column while it is read.
struct ColumnReading {
  /// What the database says that it holds; nil of a CSV file.
  var declared: DatabaseColumn.Kind?
  /// Whether its cells are read as texts, with an index for each different one.
  var isText = false
  /// Whether its cells are read as dates and times, in seconds.
  var isTime = false
  /// How dates are read that do not show it.
  var order = TimeText.Order.monthFirst
  /// Cells that are dates or times, and what they show of the order of days and months.
  private(set) var timeCount = 0
  /// Cells that were read as times.
  private var readTimes = 0
  private var dayFirstProofs = 0
  private var monthFirstProofs = 0
  private var ambiguousDates = 0
  private(set) var timeExample = ""
  /// Of `names`, which are times.
  private var areTimes: [Bool] = []
  /// How its numbers are read.
  var style = NumberStyle()
  /// How they are written.
  private(set) var evidence = NumberEvidence()
  /// The different texts: of a column of texts all of them, numbers too; of one of numbers those that are none, as
  /// many as tell whether they are few.
  private(set) var names: [String] = []
  private var places: [String: Int] = [:]
  /// Whether there are more texts than categories can be.
  private(set) var overflows = false
  /// Cells that are numbers, and that are neither numbers nor missing.
  private(set) var numberCount = 0
  private(set) var textCount = 0
  /// Of `names`, those that are no numbers.
  private var strangers: [String] = []
  private var hasMoreStrangers = false
  /// Whether a text was no UTF-8.
  private(set) var isForeign = false
  /// Whole numbers whose last digits cannot be held, and the first of them.
  private var roundedCount = 0
  private var roundedExample = ""

  /// So many different values are few.
  static let few = 32

  init(
    isText: Bool = false, isTime: Bool = false, style: NumberStyle = NumberStyle(),
    order: TimeText.Order = .monthFirst
  ) {
    (self.isText, self.isTime, self.style, self.order) = (isText, isTime, style, order)
  }

  /// The number in a cell, or the index of its text; not a number where it is missing.
  @inline(__always)
  mutating func value(of cell: UnsafeBufferPointer<UInt8>) -> Double {
    guard !isText, !isTime else { return isTime ? time(of: cell) : level(of: cell) }
    switch CellNumber.read(cell, style: style, evidence: &evidence) {
    case .number(let value):
      numberCount += 1
      if abs(value) >= Self.firstRounded { countRounded(cell, value) }
      return value
    case .missing: return .nan
    case .text:
      textCount += 1
      count(TimeText(CellText.decode(cell, limit: 64).text), cell)
      if !hasMoreStrangers { keepStranger(cell) }
      return .nan
    }
  }

  /// From here on a number does not hold every whole one.
  private static let firstRounded = 0x1p53

  private mutating func countRounded(_ cell: UnsafeBufferPointer<UInt8>, _ value: Double) {
    let text = CellText.decode(cell, limit: 400).text
    let parts = text.utf8.split(separator: style.point, maxSplits: 1, omittingEmptySubsequences: false)
    let digits = parts[0].first.map { "+-".utf8.contains($0) } == true ? parts[0].dropFirst() : parts[0]
    guard digits.allSatisfy({ 48...57 ~= $0 }),
      parts.dropFirst().allSatisfy({ $0.allSatisfy { $0 == UInt8(ascii: "0") } }),
      !Self.isHeld(digits.map { $0 - 48 })
    else { return }
    roundedCount += 1
    if roundedExample.isEmpty { roundedExample = text }
  }

  /// Whether there is a number of double precision for a whole one: without its factors of two it has 53 bits at most.
  ///
  /// - Parameter digits: of the whole number, the highest first.
  private static func isHeld(_ digits: [UInt8]) -> Bool {
    var digits = digits.drop { $0 == 0 }
    while digits.count > 15 {
      guard digits.last?.isMultiple(of: 2) ?? true else {
        return digits.count == 16 && digits.reduce(0) { 10 * $0 + Int($1) } <= Int(firstRounded)
      }
      var rest: UInt8 = 0
      for place in digits.indices {
        let digit = 10 * rest + digits[place]
        (digits[place], rest) = (digit / 2, digit % 2)
      }
      digits = digits.drop { $0 == 0 }
    }
    return true
  }

  /// That whole numbers have more digits than can be held; nil where none has.
  func roundedNote(_ title: String) -> String? {
    guard roundedCount > 0 else { return nil }
    return
      "In column \(title) \(roundedCount) whole number\(roundedCount == 1 ? "" : "s"), such as \(roundedExample), \(roundedCount == 1 ? "has" : "have") "
      + "more digits than the 15 to 16 that are kept; if they are names of things, have them read as categories or leave the column out."
  }

  /// The style in which all of the column is read. A database's own numbers have a point before the fraction, whatever texts
  /// beside them look like.
  ///
  /// - Parameter convention: the point of the table's other columns.
  func shownStyle(_ convention: UInt8) -> NumberStyle {
    var style = evidence.style(convention: convention)
    if declared != nil { style.point = NumberStyle.dot }
    return style
  }

  // MARK: - Times

  /// A number this large may be of seconds since 1970, or of thousandths, millionths or billionths.
  private static let leastEpoch = 1e8

  /// Seconds since 1970 that a number stands for, by its size; nil where it is too small or too large.
  static func seconds(_ number: Double) -> Double? {
    guard number >= leastEpoch, number < 1e20 else { return nil }
    var seconds = number
    while seconds >= 1e11 { seconds /= 1000 }
    return seconds
  }

  private mutating func time(of cell: UnsafeBufferPointer<UInt8>) -> Double {
    switch CellNumber.read(cell, style: style, evidence: &evidence) {
    case .missing: return .nan
    case .number(let number):
      numberCount += 1
      guard let seconds = Self.seconds(number) else { break }
      readTimes += 1
      return seconds
    case .text:
      textCount += 1
      let time = TimeText(CellText.decode(cell, limit: 64).text)
      count(time, cell)
      if let value = time?.value(order) {
        readTimes += 1
        return value
      }
    }
    if !hasMoreStrangers { keepStranger(cell) }
    return .nan
  }

  private mutating func count(_ time: TimeText?, _ cell: UnsafeBufferPointer<UInt8>) {
    guard let time else { return }
    timeCount += 1
    switch time.sign {
    case .none: break
    case .proof(of: .dayFirst): dayFirstProofs += 1
    case .proof(of: .monthFirst): monthFirstProofs += 1
    case .ambiguous:
      ambiguousDates += 1
      if timeExample.isEmpty { timeExample = CellText.decode(cell).text }
    }
  }

  /// Whether nearly all cells are dates or times.
  var holdsTimes: Bool {
    guard timeCount > 0, declared != .time else { return timeCount > 0 }
    return timeCount * 20 >= (numberCount + textCount) * 19
  }

  /// The order of days and months that its cells show.
  ///
  /// - Parameter convention: where they show none.
  func shownOrder(_ convention: TimeText.Order) -> TimeText.Order {
    if dayFirstProofs == monthFirstProofs { return convention }
    return dayFirstProofs > monthFirstProofs ? .dayFirst : .monthFirst
  }

  /// What a date was taken for whose order no cell of the column shows; nil where one does.
  var guessedDate: String? {
    guard isTime, ambiguousDates > 0, dayFirstProofs + monthFirstProofs == 0 else { return nil }
    return "\(timeExample.quotedForMessage) has the \(order == .dayFirst ? "day" : "month") first"
  }

  private mutating func keepStranger(_ cell: UnsafeBufferPointer<UInt8>) {
    let text = decoded(cell)
    guard places[text] == nil else { return }
    guard names.count < Self.few else {
      hasMoreStrangers = true
      return
    }
    places[text] = names.count
    names.append(text)
    strangers.append(text)
  }

  private mutating func level(of cell: UnsafeBufferPointer<UInt8>) -> Double {
    var isNumber = false
    switch CellNumber.read(cell, style: style, evidence: &evidence) {
    case .missing: return .nan
    case .number:
      isNumber = true
      numberCount += 1
    case .text: textCount += 1
    }
    let text = decoded(cell)
    if let place = places[text] {
      if areTimes[place] { count(TimeText(text), cell) }
      return Double(place)
    }
    let time = isNumber ? nil : TimeText(text)
    count(time, cell)
    if !isNumber {
      if strangers.count < Self.few { strangers.append(text) } else { hasMoreStrangers = true }
    }
    guard names.count < TableLimits.levels else {
      if !overflows { names.append("(others)") }
      overflows = true
      return Double(TableLimits.levels)
    }
    places[text] = names.count
    names.append(text)
    areTimes.append(time != nil)
    return Double(names.count - 1)
  }

  private mutating func decoded(_ cell: UnsafeBufferPointer<UInt8>) -> String {
    let (text, isForeign) = CellText.decode(cell)
    if isForeign { self.isForeign = true }
    return text
  }

  // MARK: - Numbers or categories

  /// Whether the column is one of categories: more than a twentieth of its cells are texts, and most are, or it has few
  /// values that come again and again, or the texts are many and different ones. Otherwise it is one of numbers, and its
  /// texts say that one is missing, whatever they are.
  ///
  /// - Parameter values: of the rows that were read.
  func isCategory(_ values: [Double]) -> Bool { isCategory(differentNumbers: Self.different(values)) }

  /// - Parameter differentNumbers: how many different numbers were read, or one more than few.
  func isCategory(differentNumbers: @autoclosure () -> Int) -> Bool {
    guard !holdsTimes else { return false }
    switch declared {
    case .number: return false
    // Of nothing but missing cells, a column is one of numbers as in a CSV file.
    case .text: return numberCount + textCount > 0
    case .open, .time, nil: break
    }
    let total = numberCount + textCount
    guard textCount * 20 > total else { return false }
    guard numberCount * 2 >= total else { return true }
    let different = isText ? names.count : names.count + differentNumbers()
    if different <= Self.few, different * 2 <= total { return true }
    return hasMoreStrangers && numberCount * 5 < total * 4
  }

  /// How many different numbers there are, or one more than few.
  private static func different(_ values: [Double]) -> Int {
    var seen: Set<Double> = []
    for value in values where !value.isNaN {
      seen.insert(value)
      if seen.count > few { break }
    }
    return seen.count
  }

  /// The numbers that the texts' indices stand for; not a number where a text is none.
  func numbers(_ indices: [Double]) -> [Double] {
    var unused = NumberEvidence()
    let numbers = names.map { name in
      Array(name.utf8).withUnsafeBufferPointer { cell in
        if case .number(let value) = CellNumber.read(cell, style: style, evidence: &unused) {
          value
        } else {
          Double.nan
        }
      }
    }
    return indices.map { $0.isNaN ? $0 : numbers[Int($0)] }
  }

  // MARK: - Notes

  /// That some cells of a column of numbers are none; nil where all are.
  func strayNote(_ title: String) -> String? {
    let count = isTime ? strayTimes : textCount
    guard count > 0 else { return nil }
    return
      "Column \(title) holds \(isTime ? "times" : "numbers"); \(count) cell\(count == 1 ? "" : "s") of it that "
      + "\(count == 1 ? "is" : "are") none, such as \(examples), count\(count == 1 ? "s" : "") as missing."
  }

  /// Cells of a column of times that are none.
  private var strayTimes: Int { textCount + numberCount - readTimes }

  /// That numbers of the column are too large to be held; nil where all can be.
  func tooLargeNote(_ title: String) -> String? {
    let count = evidence.tooLarge
    guard count > 0 else { return nil }
    return "In column \(title) \(count) number\(count == 1 ? " is" : "s are") beyond what can be held and "
      + "count\(count == 1 ? "s" : "") as missing."
  }

  /// What a number that is written for people was taken for, such as `"1.160,35" as 1160.35`; nil where there are none.
  var dressedReading: String? {
    guard !evidence.dressedExample.isEmpty else { return nil }
    return reading(of: evidence.dressedExample)
  }

  /// As `dressedReading`, where the column itself does not show what its points or commas mean.
  func guessedReading(separator: UInt8) -> (mark: String, reading: String)? {
    let example = evidence.ambiguousExample
    guard evidence.isGuess(style, separator: separator), let reading = reading(of: example) else {
      return nil
    }
    return (example.contains(",") ? "commas" : "points", reading)
  }

  private func reading(of text: String) -> String? {
    guard let value = DressedNumber(text)?.value(style) else { return nil }
    let shown = value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    return "\(String(text.prefix(60)).quotedForMessage) as \(shown)"
  }

  /// Up to three of the texts that are no numbers.
  private var examples: String {
    let shown = strangers.prefix(3).map { String($0.prefix(60)).quotedForMessage }
    return shown.count < 2
      ? shown.joined() : "\(shown.dropLast().joined(separator: ", ")) and \(shown[shown.count - 1])"
  }

  /// That a column of categories looks like one of numbers; nil where it does not.
  func categoryNote(_ title: String) -> String? {
    if declared == .text, numberCount > 0, numberCount >= textCount {
      return
        "Column \(title) is one of texts in the database, and taken as categories though its cells are numbers; select CAST(it AS REAL) "
        + "to have them taken as numbers."
    }
    if numberCount > 0, numberCount >= textCount {
      let share = Int((100 * Double(numberCount) / Double(numberCount + textCount)).rounded())
      return
        "\(share) % of the cells of \(title) are numbers; it is taken as categories because of texts such as \(examples)."
    }
    let bounds = strangers.filter(DressedNumber.isBound)
    if let first = bounds.first, bounds.count * 2 >= strangers.count {
      return
        "Column \(title) holds numbers with more around them, such as \(first.quotedForMessage), and is read as texts; write "
        + "bare numbers to have it taken as numbers."
    }
    guard evidence.units.count > 1 else { return nil }
    let units = evidence.units.prefix(2).map(\.unit.quotedForMessage).joined(separator: " and ")
    return
      "Column \(title) holds numbers of several units, such as \(units), and is read as texts; write them in one unit to "
      + "have it taken as numbers."
  }
}
