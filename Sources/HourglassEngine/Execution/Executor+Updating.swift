import HourglassBase
import Synchronization

extension Executor {
  /// Whether each of several processes updates a part of the parameters, so that gradients and the optimizer's state are with the
  /// process that does.
  package var dealsOut: Bool { dealt != nil }

  /// Whether nobody need look at sums over samples again.
  private func skipsSums(norm: Bool) -> Bool { !norm && sumsAreFinite.load(ordering: .relaxed) }

  /// The sum of squares of all gradients of the last run, and the parameters whose gradient is not finite.
  ///
  /// - Parameter norm: whether the sum is asked for. If not, processes that each have a part of the gradients know only after the update
  ///   what is not finite.
  /// - Throws: what the exchange with other processes throws.
  package func checkGradients(
    norm: Bool = true
  ) throws(HourglassError) -> (squaredNorm: Double, notFinite: [String]) {
    let skips = skipsSums(norm: norm)
    guard let dealt, let exchange else { return update.check(skipsSums: skips) }
    dealt.measure(update, skips: skips)
    guard norm else { return (0, []) }
    try exchanging { () throws(HourglassError) in try exchange.share(dealt.notices) }
    return update.check(skipsSums: false, dealt: dealt)
  }

  /// One step of the optimizer with the gradients of the last run, which `checkGradients` looked at.
  ///
  /// - Parameter asksForState: has the whole state of the optimizer come to the first process, if that asks.
  /// - Returns: parameters whose gradient was not finite, where only now it is known: all parameters are then worthless.
  /// - Throws: what the exchange with other processes throws; the parameters are then worthless.
  @discardableResult
  package func updateParameters(
    _ settings: UpdateSettings, asksForState: Bool = false
  ) throws(HourglassError) -> (notFinite: [String], stateIsWhole: Bool) {
    update.settings = settings
    spread(.update, updateChunks.count, alone: 8)
    update.assign()
    guard let dealt, let exchange else { return ([], true) }
    dealt.asksForState = asksForState
    try exchanging { () throws(HourglassError) in
      try exchange.share(dealt.updated)
      if dealt.asksForState { try exchange.collect(dealt.states) }
    }
    return (update.check(skipsSums: skipsSums(norm: false), dealt: dealt).notFinite, dealt.asksForState)
  }

  /// Brings the first process the optimizer's state of all parts.
  ///
  /// - Throws: what the exchange with other processes throws.
  package func collectState() throws(HourglassError) {
    guard let dealt, let exchange else { return }
    try exchanging { () throws(HourglassError) in try exchange.collect(dealt.states) }
  }
}
