/// What is known of a column while it is read.
struct ColumnReading {
  /// Whether its cells are read as texts, with an index for each different one.
  var isText = false
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

  /// So many different values are few.
  private static let few = 32

  init(isText: Bool = false) { self.isText = isText }

  /// The number in a cell, or the index of its text; not a number where it is missing.
  @inline(__always)
  mutating func value(of cell: UnsafeBufferPointer<UInt8>, point: UInt8) -> Double {
    guard !isText else { return level(of: cell, point: point) }
    switch CellNumber.read(cell, point: point) {
    case .number(let value):
      numberCount += 1
      return value
    case .missing: return .nan
    case .text:
      textCount += 1
      if !hasMoreStrangers { keepStranger(cell) }
      return .nan
    }
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

  private mutating func level(of cell: UnsafeBufferPointer<UInt8>, point: UInt8) -> Double {
    var isNumber = false
    switch CellNumber.read(cell, point: point) {
    case .missing: return .nan
    case .number:
      isNumber = true
      numberCount += 1
    case .text: textCount += 1
    }
    let text = decoded(cell)
    if let place = places[text] { return Double(place) }
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
  func isCategory(_ values: [Double]) -> Bool {
    let total = numberCount + textCount
    guard textCount * 20 > total else { return false }
    guard numberCount * 2 >= total else { return true }
    let different = isText ? names.count : names.count + Self.different(values)
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
  func numbers(_ indices: [Double], point: UInt8) -> [Double] {
    let numbers = names.map { name in
      Array(name.utf8).withUnsafeBufferPointer { cell in
        if case .number(let value) = CellNumber.read(cell, point: point) { value } else { Double.nan }
      }
    }
    return indices.map { $0.isNaN ? $0 : numbers[Int($0)] }
  }

  // MARK: - Notes

  /// That some cells of a column of numbers are none; nil where all are.
  func strayNote(_ title: String) -> String? {
    guard textCount > 0 else { return nil }
    return "Column \(title) holds numbers; \(textCount) cell\(textCount == 1 ? "" : "s") of it that "
      + "\(textCount == 1 ? "is" : "are") none, such as \(examples), count\(textCount == 1 ? "s" : "") as missing."
  }

  /// Up to three of the texts that are no numbers.
  private var examples: String {
    let shown = strangers.prefix(3).map { String($0.prefix(60)).quotedForMessage }
    return shown.count < 2
      ? shown.joined() : "\(shown.dropLast().joined(separator: ", ")) and \(shown[shown.count - 1])"
  }

  /// That a column of categories looks like one of numbers; nil where it does not.
  func categoryNote(_ title: String) -> String? {
    if numberCount > 0, numberCount >= textCount {
      let share = Int((100 * Double(numberCount) / Double(numberCount + textCount)).rounded())
      return
        "\(share) % of the cells of \(title) are numbers; it is taken as categories because of texts such as \(examples)."
    }
    let dressed = strangers.filter(DressedNumber.matches)
    guard let first = dressed.first, dressed.count * 2 >= strangers.count else { return nil }
    return
      "Column \(title) holds numbers with more around them, such as \(first.quotedForMessage), and is read as texts; write "
      + "bare numbers to have it taken as numbers."
  }
}
