/// How the numbers of a column are written.
struct NumberStyle: Equatable {
  static let dot = UInt8(ascii: ".")
  static let comma = UInt8(ascii: ",")

  /// Before the fraction: a point or a comma. The other one parts groups of digits.
  var point = Self.dot
  /// The units that may stand beside a number.
  var units = Units.any

  enum Units: Equatable {
    case any
    /// Where a few cells have another one.
    case only(String)
    /// Where a column has several.
    case none
  }

  func takes(_ unit: String) -> Bool {
    switch units {
    case .any: true
    case .only(let known): unit.isEmpty || unit == known
    case .none: unit.isEmpty
    }
  }
}

/// What the cells of a column show of how its numbers are written. It does not depend on the style they are read in.
struct NumberEvidence {
  /// What point and comma in one number show.
  enum Sign: Equatable {
    /// Neither is there.
    case none
    /// It can only be before the fraction, such as in `1.5`, `0,125` or `1.160,35`; or the other one parts groups, as in
    /// `1.234.567`.
    case proof(of: UInt8)
    /// It may part groups or be before the fraction: `1.234`.
    case ambiguous(UInt8)
  }

  private(set) var dotProofs = 0
  private(set) var commaProofs = 0
  private(set) var ambiguousDots = 0
  private(set) var ambiguousCommas = 0
  /// A cell that is ambiguous.
  private(set) var ambiguousExample = ""
  /// Cells that are not just digits with a sign, a point and an exponent.
  private(set) var dressed = 0
  private(set) var dressedExample = ""
  /// What stands beside numbers, and how often: the first few of them.
  private(set) var units: [(unit: String, count: Int)] = []
  /// Numbers that are larger than any that can be held.
  private(set) var tooLarge = 0

  @inline(__always)
  mutating func add(_ sign: Sign) {
    switch sign {
    case .none: break
    case .proof(let point): if point == NumberStyle.dot { dotProofs += 1 } else { commaProofs += 1 }
    case .ambiguous(let point):
      if point == NumberStyle.dot { ambiguousDots += 1 } else { ambiguousCommas += 1 }
    }
  }

  /// Keeps a cell as an example of those that are ambiguous.
  mutating func show(_ text: String) {
    if ambiguousExample.isEmpty { ambiguousExample = text }
  }

  mutating func add(_ number: DressedNumber, _ text: String) {
    add(number.sign)
    dressed += 1
    // The longer ones show more.
    if text.unicodeScalars.count > dressedExample.unicodeScalars.count { dressedExample = text }
    guard !number.unit.isEmpty else { return }
    if let place = units.firstIndex(where: { $0.unit == number.unit }) {
      units[place].count += 1
    } else if units.count < 8 {
      units.append((number.unit, 1))
    }
  }

  mutating func addTooLarge() { tooLarge += 1 }

  /// The style in which all of the column is read.
  ///
  /// - Parameter convention: the point of the file's other columns.
  func style(convention: UInt8) -> NumberStyle {
    let isUndecided = dotProofs == 0 && commaProofs == 0
    let point = commaProofs > dotProofs ? NumberStyle.comma : NumberStyle.dot
    return NumberStyle(
      point: isUndecided && ambiguousDots + ambiguousCommas > 0 ? convention : point,
      units: unitsTaken)
  }

  private var unitsTaken: NumberStyle.Units {
    guard units.count > 1, let most = units.max(by: { $0.count < $1.count }) else { return .any }
    return most.count * 20 >= units.map(\.count).reduce(0, +) * 19 ? .only(most.unit) : .none
  }

  /// Whether the style was not shown by the column itself, and matters: a point is usual before a fraction, but not where cells
  /// are apart by semicolons.
  func isGuess(_ style: NumberStyle, separator: UInt8) -> Bool {
    let isUsual = style.point == NumberStyle.dot && separator != UInt8(ascii: ";")
    return dotProofs == 0 && commaProofs == 0 && (ambiguousCommas > 0 || ambiguousDots > 0 && !isUsual)
  }

  /// The point that a file's columns agree on. Where none shows it, cells apart by anything but commas may have them before
  /// the fraction.
  static func convention(_ columns: some Sequence<NumberEvidence>, separator: UInt8) -> UInt8 {
    var (dots, commas, ambiguousDots, ambiguousCommas) = (0, 0, 0, 0)
    for column in columns {
      dots += column.dotProofs
      commas += column.commaProofs
      ambiguousDots += column.ambiguousDots
      ambiguousCommas += column.ambiguousCommas
    }
    if dots == 0, commas == 0 {
      let isComma = separator != NumberStyle.comma && ambiguousCommas > 0 && ambiguousDots == 0
      return isComma ? NumberStyle.comma : NumberStyle.dot
    }
    return commas > dots ? NumberStyle.comma : NumberStyle.dot
  }
}
