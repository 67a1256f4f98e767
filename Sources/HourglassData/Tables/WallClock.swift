/// A date and a time of day, without a zone.
package struct WallClock {
  /// Since 1970, or since midnight where there is no date.
  package let seconds: Double

  package init(_ seconds: Double) { self.seconds = seconds }

  private static let day = 86_400.0

  /// Since midnight.
  package var secondsOfDay: Double {
    let rest = seconds.truncatingRemainder(dividingBy: Self.day)
    return rest < 0 ? rest + Self.day : rest
  }

  /// 0 for Monday to 6 for Sunday.
  package var weekday: Int {
    let days = (seconds / Self.day).rounded(.down)
    // The first of January 1970 was a Thursday.
    let rest = (days + 3).truncatingRemainder(dividingBy: 7)
    return Int(saturating: rest < 0 ? rest + 7 : rest)
  }

  package static let weekdays = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
  ]

  package var hasDate: Bool { !(0..<Self.day).contains(seconds) }

  /// Such as 14:05, or 14:05:09.
  package static func clock(_ seconds: Double) -> String {
    let whole = Int(saturating: seconds)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let minutes = "\(two(whole / 3600)):\(two(whole / 60 % 60))"
    return whole % 60 == 0 ? minutes : "\(minutes):\(two(whole % 60))"
  }

  /// Such as 2024-01-31 14:05.
  var text: String {
    guard abs(seconds) < 1e12 else { return "\(seconds)" }
    guard hasDate else { return Self.clock(secondsOfDay) }
    var days = Int((seconds / Self.day).rounded(.down)) + 719_468
    let era = (days >= 0 ? days : days - 146_096) / 146_097
    days -= era * 146_097
    let ofEra = (days - days / 1460 + days / 36_524 - days / 146_096) / 365
    let ofYear = days - (365 * ofEra + ofEra / 4 - ofEra / 100)
    let shifted = (5 * ofYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = ofEra + era * 400 + (month <= 2 ? 1 : 0)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = "\(year)-\(two(month))-\(two(ofYear - (153 * shifted + 2) / 5 + 1))"
    return secondsOfDay == 0 ? date : "\(date) \(Self.clock(secondsOfDay))"
  }
}
