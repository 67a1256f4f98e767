import Hourglass
import Synchronization

/// Shows how far work has come as a line that is redrawn on a terminal: a bar, the rate, the time left. Elsewhere it says
/// nothing.
package final class ProgressBar: Sendable {
  private struct State {
    var stage: String?
    /// When the stage began, and what was done then.
    var begun = ContinuousClock.now
    var before = 0
    var lastDrawn: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  /// Totals from here on have a rate; a few things are counted instead.
  private static let leastWithRate = 100

  func show(_ progress: WorkProgress) { show(progress, rate: nil, secondsLeft: nil) }

  /// Also heeds Ctrl-C.
  ///
  /// - Throws: `Interruption` once a signal has come.
  func report(_ progress: WorkProgress) throws {
    show(progress)
    try Interruption.check()
  }

  /// - Parameters:
  ///   - rate: units a second, where the work knows better than the clock.
  ///   - secondsLeft: of work that goes on after this stage; shown of a few things too.
  func show(_ progress: WorkProgress, rate: Double?, secondsLeft: Double?) {
    guard Terminal.isInteractive else { return }
    let now = ContinuousClock.now
    // The last line of a download stays.
    let isLast = progress.unit == "bytes" && progress.done == progress.total
    let line: String? = state.withLock { state in
      if state.stage != progress.stage {
        if state.stage != nil { (state.begun, state.before) = (now, progress.done) }
        state.stage = progress.stage
      }
      if let last = state.lastDrawn, now - last < .milliseconds(80), !isLast { return nil }
      state.lastDrawn = now
      let seconds = max((now - state.begun) / .seconds(1), 1e-9)
      return Self.line(
        progress, rate: rate ?? Double(progress.done - state.before) / seconds, secondsLeft: secondsLeft,
        width: Terminal.width)
    }
    if let line { Terminal.redraw(line, stays: isLast) }
  }

  /// The line for a terminal of this width.
  package static func line(_ progress: WorkProgress, rate: Double, secondsLeft: Double?, width: Int) -> String
  {
    var tail: [String] = []
    let isFew = (progress.total ?? leastWithRate) < leastWithRate
    if progress.total == nil { tail.append(amount(Double(progress.done), progress.unit)) }
    if isFew, let total = progress.total {
      tail.append("\(grouped(progress.done))/\(grouped(total)) \(progress.unit)")
    } else if rate > 0 {
      tail.append("\(amount(rate, progress.unit))/s")
    }
    if let measure = progress.measure { tail.append("\(measure.name) \(ReportText.fixed(measure.value, 5))") }
    if let total = progress.total, rate > 0, !isFew || secondsLeft != nil {
      tail.append("\(duration(secondsLeft ?? Double(total - progress.done) / rate)) left")
    }
    let text = tail.joined(separator: "  ")
    guard let total = progress.total, total > 0 else { return "\(progress.stage)  \(text)" }
    let room = max(min(width - progress.stage.count - text.count - 4, 40), 5)
    let filled = min(max(Int(saturating: Double(room) * Double(progress.done) / Double(total)), 0), room)
    let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: room - filled)
    return "\(progress.stage) \(bar) \(text)"
  }

  private static func amount(_ number: Double, _ unit: String) -> String {
    switch unit {
    case "bytes": "\(ReportText.fixed(number / 1e6, 1)) MB"
    case "pixels": "\(ReportText.fixed(number / 1e6, 2)) megapixels"
    default:
      number < 10
        ? "\(ReportText.fixed(number, 1)) \(unit)" : "\(grouped(Int(saturating: min(number, 1e15)))) \(unit)"
    }
  }
}

extension ProgressBar {
  /// A batch of training: the bar is the epoch's, the time left that of all epochs.
  ///
  /// - Parameter what: is trained, before the epoch.
  func show(_ batch: BatchProgress, as what: String = "") {
    let rest = Double(batch.epochs - batch.epoch + 1) * Double(batch.samples) - Double(batch.samplesDone)
    show(
      WorkProgress(
        "\(what)epoch \(batch.epoch)/\(batch.epochs)", done: batch.samplesDone, of: batch.samples, "samples",
        measure: .init("loss", batch.loss)),
      rate: batch.samplesPerSecond, secondsLeft: rest / max(batch.samplesPerSecond, 1))
  }
}
