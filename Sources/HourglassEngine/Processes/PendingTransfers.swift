import HourglassBase

/// Transfers between this process and others that go on while it computes.
struct PendingTransfers {
  private let group: any ProcessGroup
  private var transfers: [ProcessTransfer] = []

  init(_ group: any ProcessGroup) { self.group = group }

  mutating func add(_ transfer: ProcessTransfer) { transfers.append(transfer) }

  /// Lets them go on.
  ///
  /// - Throws: `HourglassError` where another process has left or is lost; the group is lost then.
  mutating func proceed() throws(HourglassError) {
    let (group, begun) = take()
    transfers = try group.losing { () throws(HourglassError) in
      var rest: [ProcessTransfer] = []
      for transfer in begun where try !group.hasEnded(transfer) { rest.append(transfer) }
      return rest
    }
  }

  /// Waits for all of them.
  ///
  /// - Throws: as `proceed`.
  mutating func finish() throws(HourglassError) {
    let (group, begun) = take()
    try group.losing { () throws(HourglassError) in
      for transfer in begun { try group.finish(transfer) }
    }
  }

  /// What is left of them is put back by who succeeds; where that fails nobody asks for any again.
  private mutating func take() -> (any ProcessGroup, [ProcessTransfer]) {
    defer { transfers = [] }
    return (group, transfers)
  }
}
