/// The memory that this process may still take: the least of what its limits, its control groups and the machine leave it.
///
/// Whoever takes memory by a size from outside asks first, so that too much is one sentence and not the end of the process.
/// What other threads take after the question is not seen; a reserve is left for it.
package struct MemoryBudget: Sendable {
  /// What bounds the memory.
  package enum Bound: Sendable, Equatable, CaseIterable {
    case addressSpace
    case data
    case controlGroup
    case machine
    /// A number that the caller gave.
    case given

    var words: String {
      switch self {
      case .addressSpace: "the address space of the process is limited (ulimit -v)"
      case .data: "the data of the process are limited (ulimit -d)"
      case .controlGroup: "the control group of the process is limited"
      case .machine: "the machine has no more"
      case .given: "no more is allowed"
      }
    }
  }

  /// What may be taken of the memory that something bounds.
  package struct Room: Sendable, Equatable {
    package var bytes: Int
    package var bound: Bound

    /// - Parameters:
    ///   - limit: in bytes.
    ///   - used: bytes of it that are taken already.
    package init(limit: Int, used: Int, bound: Bound) {
      // Stacks, tables and what libraries take without asking.
      let reserve = min(limit / 8, 1 << 26)
      bytes = max(limit - reserve - max(used, 0), 0)
      self.bound = bound
    }

    package init(bytes: Int, bound: Bound) {
      (self.bytes, self.bound) = (bytes, bound)
    }
  }

  /// Less is always there; asking the system would take longer than the work.
  package static let unasked = 1 << 20

  /// What the system leaves this process at the moment of each question.
  package static let process = MemoryBudget(least: unasked) { SystemMemory.rooms() }

  private let rooms: @Sendable () -> [Room]
  /// Bytes from which on the question is asked.
  private let least: Int

  package init(least: Int = 0, rooms: @escaping @Sendable () -> [Room]) {
    (self.least, self.rooms) = (least, rooms)
  }

  /// A budget that does not ask the system.
  ///
  /// - Parameter bytes: what may be taken.
  package init(bytes: Int) { self.init { [Room(bytes: bytes, bound: .given)] } }

  private var room: Room {
    rooms().min { $0.bytes < $1.bytes } ?? Room(bytes: .max, bound: .machine)
  }

  /// Bytes that may be taken now.
  package var available: Int { room.bytes }

  /// Part of the budget, for what is taken in several pieces.
  ///
  /// - Parameter divisor: at least 1.
  package func divided(by divisor: Int) -> MemoryBudget {
    MemoryBudget(least: least) { [rooms] in rooms().map { Room(bytes: $0.bytes / divisor, bound: $0.bound) } }
  }

  /// Refuses memory that is not there.
  ///
  /// - Parameters:
  ///   - bytes: what is about to be taken.
  ///   - what: takes it, as the beginning of a sentence: usually a path, with its sizes.
  ///   - code: environment, unless the request itself makes no sense on this machine.
  ///   - remedy: what to do instead.
  /// - Throws: `HourglassError` of that code with the sizes, what bounds them and the remedy.
  package func admit(
    _ bytes: Int, for what: @autoclosure () -> String, code: HourglassError.Code = .environment,
    remedy: @autoclosure () -> String = "use less of it"
  ) throws(HourglassError) {
    guard bytes >= least else { return }
    let room = room
    guard bytes > room.bytes else { return }
    throw HourglassError(
      code,
      "\(what()) takes \(memoryText(bytes)) of memory, but \(memoryText(room.bytes)) are left, since \(room.bound.words)",
      .text(remedy()), .text(room.bound == .machine ? "use a larger machine" : "allow more memory"))
  }

  /// The product of sizes; the largest number where it has no other.
  package static func product(_ factors: Int...) -> Int { product(factors) }

  /// The same for a list.
  package static func product(_ factors: [Int]) -> Int {
    factors.reduce(1) { product, factor in
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      return overflow ? .max : next
    }
  }
}

/// 1234567890 as "1,234 MB", and little in bytes.
package func memoryText(_ bytes: Int) -> String {
  bytes < 10_000_000 ? "\(grouped(bytes)) bytes" : "\(grouped(bytes / 1_000_000)) MB"
}
