import Hourglass

/// Shows how many samples a command has done, as a line that is redrawn on a terminal, and heeds Ctrl-C.
final class SampleProgress {
  private let what: String
  private let total: Int?
  private let noun: String
  private var lastDrawn = ContinuousClock.now

  /// - Parameters:
  ///   - what: is done to them, such as "encoding".
  ///   - total: how many there are, if it is known.
  init(_ what: String, of total: Int? = nil, _ noun: String = "samples") {
    self.what = what
    self.total = total
    self.noun = noun
  }

  /// - Throws: `Interruption` once a signal has come.
  func report(_ done: Int) throws {
    let now = ContinuousClock.now
    if Terminal.isInteractive, now - lastDrawn > .milliseconds(80) {
      lastDrawn = now
      Terminal.redraw("\(what) \(grouped(done))\(total.map { "/\(grouped($0))" } ?? "") \(noun)")
    }
    try Interruption.check()
  }
}
