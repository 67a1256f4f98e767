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
    do {
      var rest: [ProcessTransfer] = []
      for transfer in transfers where try !group.hasEnded(transfer) { rest.append(transfer) }
      transfers = rest
    } catch {
      transfers = []
      group.abandon()
      throw error
    }
  }

  /// Waits for all of them.
  ///
  /// - Throws: as `proceed`.
  mutating func finish() throws(HourglassError) {
    do {
      for transfer in transfers { try group.finish(transfer) }
      transfers = []
    } catch {
      transfers = []
      group.abandon()
      throw error
    }
  }
}
