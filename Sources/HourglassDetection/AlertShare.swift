import HourglassBase
import HourglassDrawing

/// How many of some samples are alerts, and whether that can be true.
struct AlertShare: Sendable {
  var samples = 0
  var alerts = 0
  /// Samples that labels say are normal.
  var normal = 0
  var normalAlerts = 0

  mutating func add(isAlert: Bool, isAnomaly: Bool?) {
    samples += 1
    if isAlert { alerts += 1 }
    guard isAnomaly == false else { return }
    normal += 1
    if isAlert { normalAlerts += 1 }
  }

  /// That most are alerts, of which labels do not say that they should be: then it is rather the data that are others. nil
  /// where few are, or one sample says nothing.
  ///
  /// - Parameter known: samples with a label.
  func doubt(known: Int, noun: String) -> String? {
    let (part, whole, kind) =
      known > 0 ? (normalAlerts, normal, "normal \(noun)") : (alerts, samples, noun)
    guard whole > 1, part * 2 > whole else { return nil }
    return
      "\(grouped(part)) of \(ReportText.count(whole, kind)) are alerts. So many are seldom anomalies: the data may differ from "
      + "those of training as a whole, in range, size or kind; compare some of both before you go by the alerts."
  }
}
