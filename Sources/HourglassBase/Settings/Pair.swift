/// Rows and columns.
public struct Pair: Sendable, Hashable, ExpressibleByIntegerLiteral {
  public var rows: Int
  public var columns: Int

  public init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  public init(_ both: Int) { self.init(both, both) }
  public init(integerLiteral both: Int) { self.init(both) }

  /// One number where both are equal.
  var setting: SettingValue {
    rows == columns ? .number(Double(rows)) : .list([.number(Double(rows)), .number(Double(columns))])
  }
}
