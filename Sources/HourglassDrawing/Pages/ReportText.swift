import Foundation
import HourglassBase

/// Numbers as a report writes them, the same in every country.
package enum ReportText {
  /// With at most this many digits that count: 0.001.
  package static func significant(_ value: Double, _ digits: Int = 4) -> String {
    String(format: "%.\(digits)g", value)
  }

  /// With just this many digits that count: 0.001000.
  package static func measured(_ value: Double, _ digits: Int = 4) -> String {
    let text = String(format: "%#.\(digits)g", value)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// With this many digits after the point.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// 12.3 s, 3 min 20 s, 1 h 02 min.
  package static func duration(_ seconds: Double) -> String {
    guard seconds >= 59.95, seconds.isFinite else { return "\(fixed(seconds, seconds < 9.995 ? 2 : 1)) s" }
    let whole = Int(saturating: seconds.rounded())
    return whole < 3600
      ? "\(whole / 60) min \(whole % 60) s"
      : String(format: "%d h %02d min", whole / 3600, whole % 3600 / 60)
  }

  /// "1 epoch", "60,000 images", "2 anomalies".
  package static func count(_ number: Int, _ noun: String) -> String {
    guard number != 1 else { return "1 \(noun)" }
    return "\(grouped(number)) \(noun.hasSuffix("ly") ? "\(noun.dropLast())ies" : "\(noun)s")"
  }
}
