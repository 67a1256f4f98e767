/// Types of PostgreSQL that are more than text, by their numbers in its catalogue (`pg_type.dat`), which never change.
enum PostgreSQLType {
  static let boolean: UInt32 = 16

  private static let numbers: Set<UInt32> = [20, 21, 23, 26, 700, 701, 1700]
  /// date, time, timestamp, timestamptz, timetz.
  private static let times: Set<UInt32> = [1082, 1083, 1114, 1184, 1266]
  /// Amounts are written as the server's country does.
  private static let money: UInt32 = 790

  static func kind(_ type: UInt32) -> DatabaseColumn.Kind {
    if numbers.contains(type) { return .number }
    if times.contains(type) { return .time }
    return type == money ? .open : .text
  }

  /// Why a column of the type is no feature, as the end of a sentence; nil where it can be.
  static func refusal(_ type: UInt32) -> String? {
    switch type {
    case 17: "it holds bytes (bytea)"
    case 1186:
      "it holds spans of time (interval), whose months have no length; select EXTRACT(EPOCH FROM it) to have seconds"
    default: nil
    }
  }
}
