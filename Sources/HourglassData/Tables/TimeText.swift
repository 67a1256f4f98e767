/// A date, a time of day or both, as people and programs write them.
struct TimeText {
  /// How a date of three numbers is meant whose order its cell does not show, such as 03/04/2024.
  enum Order: Sendable {
    case dayFirst
    case monthFirst
  }

  /// What a cell shows of the order of days and months.
  enum Sign: Equatable {
    case none
    case proof(of: Order)
    case ambiguous
  }

  private(set) var sign = Sign.none
  private(set) var hasDate = false
  private(set) var hasClock = false
  private var year = 1970
  /// The first and the second number of the date; day and month, or month and day where `sign` is ambiguous.
  private var first = 1
  private var second = 1
  private var seconds = 0.0

  /// Seconds from 1970 on, of the clock on the wall: a zone that stands in the cell is passed over. Without a date, those from
  /// midnight on. nil where there is no such day.
  func value(_ order: Order) -> Double? {
    let (day, month): (Int, Int) =
      switch sign {
      case .none, .proof(of: .dayFirst): (first, second)
      case .proof(of: .monthFirst): (second, first)
      case .ambiguous: order == .dayFirst ? (first, second) : (second, first)
      }
    guard 1...12 ~= month, 1...Self.days(month, year) ~= day else { return nil }
    return Double(Self.daysSince1970(year, month, day)) * 86_400 + seconds
  }

  /// nil for any other text.
  init?(_ text: String) {
    var rest = Array(text.utf8)[...]
    Self.trim(&rest)
    guard 4...40 ~= rest.count else { return nil }
    if takeDate(&rest) {
      hasDate = true
      guard !rest.isEmpty else { return }
      let isParted =
        rest.first == UInt8(ascii: "T") || rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: ",")
      guard isParted else { return nil }
      rest.removeFirst()
      Self.trim(&rest)
    }
    guard takeClock(&rest) else { return nil }
    hasClock = true
  }

  private static func trim(_ rest: inout ArraySlice<UInt8>) {
    while rest.first == UInt8(ascii: " ") { rest.removeFirst() }
    while rest.last == UInt8(ascii: " ") { rest.removeLast() }
  }

  /// Digits at the front, as many as there are up to `most`.
  private static func number(_ rest: inout ArraySlice<UInt8>, most: Int) -> (value: Int, count: Int)? {
    let digits = rest.prefix(most).prefix { 48...57 ~= $0 }
    guard !digits.isEmpty else { return nil }
    rest.removeFirst(digits.count)
    return (digits.reduce(0) { $0 * 10 + Int($1 - 48) }, digits.count)
  }

  // MARK: - Date

  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  private mutating func takeDate(_ rest: inout ArraySlice<UInt8>) -> Bool {
    var left = rest
    guard takeNumbers(&left) || takeMonthByName(&left) else { return false }
    rest = left
    return true
  }

  /// 2024-01-31, 31.01.2024, 31/01/2024, 1/31/24 and such.
  private mutating func takeNumbers(_ rest: inout ArraySlice<UInt8>) -> Bool {
    var left = rest
    guard let a = Self.number(&left, most: 4), let mark = left.popFirst(), "-/.".utf8.contains(mark),
      let b = Self.number(&left, most: 2), left.popFirst() == mark, let c = Self.number(&left, most: 4)
    else { return false }
    // A number that goes on is none of a date.
    if let next = left.first, 48...57 ~= next || next == mark { return false }
    if a.count == 4 {
      guard c.count <= 2 else { return false }
      (year, first, second) = (a.value, c.value, b.value)
    } else {
      guard a.count <= 2, c.count == 4 || c.count == 2 && mark != UInt8(ascii: "-") else { return false }
      year = c.count == 4 ? c.value : c.value + (c.value < 70 ? 2000 : 1900)
      (first, second) = (a.value, b.value)
      if mark == UInt8(ascii: ".") {
        sign = .proof(of: .dayFirst)
      } else if a.value > 12 || b.value > 12 {
        sign = .proof(of: a.value > 12 ? .dayFirst : .monthFirst)
      } else {
        sign = .ambiguous
      }
    }
    guard 1000...9999 ~= year, 1...31 ~= max(first, second), min(first, second) <= 12, min(first, second) > 0
    else {
      return false
    }
    rest = left
    return true
  }

  /// 31 Jan 2024, 31-Jan-2024, Jan 31, 2024.
  private mutating func takeMonthByName(_ rest: inout ArraySlice<UInt8>) -> Bool {
    var left = rest
    let parts = { (left: inout ArraySlice<UInt8>) in
      while let next = left.first, " -,./".utf8.contains(next) { left.removeFirst() }
    }
    var day = Self.number(&left, most: 2)?.value
    parts(&left)
    let letters = left.prefix { 97...122 ~= $0 | 32 }
    guard letters.count >= 3 else { return false }
    let name = String(decoding: letters.prefix(3).map { $0 | 32 }, as: UTF8.self)
    guard let month = Self.months.firstIndex(of: name) else { return false }
    left.removeFirst(letters.count)
    parts(&left)
    if day == nil {
      day = Self.number(&left, most: 2)?.value
      parts(&left)
    }
    guard let day, let year = Self.number(&left, most: 4), year.count == 4 else { return false }
    (self.year, first, second) = (year.value, day, month + 1)
    rest = left
    return true
  }

  /// Of the Gregorian calendar.
  private static func days(_ month: Int, _ year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }

  /// Counted in years that begin in March, whose leap day is the last.
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let ofEra = shifted - era * 400
    let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }

  // MARK: - Time of day

  /// 12:30, 12:30:15.5, 12:30 PM, each perhaps with a zone.
  private mutating func takeClock(_ rest: inout ArraySlice<UInt8>) -> Bool {
    guard let hours = Self.number(&rest, most: 2), rest.popFirst() == UInt8(ascii: ":"),
      let minutes = Self.number(&rest, most: 2), minutes.count == 2, minutes.value < 60
    else { return false }
    var (hour, second) = (hours.value, 0.0)
    if rest.first == UInt8(ascii: ":") {
      rest.removeFirst()
      guard let whole = Self.number(&rest, most: 2), whole.count == 2, whole.value <= 60 else { return false }
      second = Double(whole.value)
      if let next = rest.first, next == UInt8(ascii: ".") || next == UInt8(ascii: ",") {
        rest.removeFirst()
        guard let part = Self.number(&rest, most: 9) else { return false }
        var scale = 1.0
        for _ in 0..<part.count { scale *= 10 }
        second += Double(part.value) / scale
      }
    }
    Self.trim(&rest)
    if rest.count >= 2, rest[rest.startIndex + 1] | 32 == UInt8(ascii: "m"),
      let half = rest.first, half | 32 == UInt8(ascii: "a") || half | 32 == UInt8(ascii: "p")
    {
      guard 1...12 ~= hour else { return false }
      hour = hour % 12 + (half | 32 == UInt8(ascii: "p") ? 12 : 0)
      rest.removeFirst(2)
      Self.trim(&rest)
    }
    guard hour < 24 || hour == 24 && minutes.value == 0 && second == 0 else { return false }
    seconds = Double(hour) * 3600 + Double(minutes.value) * 60 + second
    return Self.isZone(rest)
  }

  /// Nothing, Z, UTC, GMT, +02:00, -0500 or +01.
  private static func isZone(_ rest: ArraySlice<UInt8>) -> Bool {
    if rest.isEmpty || ["Z", "z", "UTC", "GMT"].contains(String(decoding: rest, as: UTF8.self)) {
      return true
    }
    guard let sign = rest.first, "+-".utf8.contains(sign) else { return false }
    let digits = rest.dropFirst().filter { $0 != UInt8(ascii: ":") }
    return digits.count == 2 || digits.count == 4 ? digits.allSatisfy { 48...57 ~= $0 } : false
  }
}
