import Hourglass
import HourglassMPI
import Synchronization

/// The processes that `mpirun` or `srun` started together, of which this is one.
enum Processes {
  private static let joined = Mutex<MPIGroup?>(nil)

  /// The processes that this one works with; nil for one that works alone.
  static var group: MPIGroup? { joined.withLock { $0 } }

  /// The first process tells people; the others are silent.
  static func listenToStarter() {
    if let launched = LaunchedProcesses.found(), launched.rank != 0 { Terminal.beSilent() }
  }

  /// - Throws: `HourglassError` (usage) when the command is for one process, or the program is, and several were started: each
  ///   would do the same, and write to the same place.
  static func check(_ command: Any, named name: String) throws {
    guard let launched = LaunchedProcesses.found() else { return }
    guard command is any WorksInProcesses else {
      throw HourglassError(
        .usage,
        "\(launched.starter) started \(grouped(launched.count)) processes of hourglass \(name), which works in one",
        .text("start it without \(launched.starter)"))
    }
    guard MPIGroup.isBuilt else {
      throw HourglassError(
        .usage,
        "\(launched.starter) started \(grouped(launched.count)) processes, but this program is built without MPI, so each would do the "
          + "whole work in the same place",
        .text("build it by swift build -c release --traits MPI"),
        .text("start it without \(launched.starter)"))
    }
  }

  /// Joins the others, if there are any; a command does so before it does anything else.
  ///
  /// - Throws: `HourglassError` (environment) when MPI does not begin.
  static func join() throws -> MPIGroup? {
    guard LaunchedProcesses.found() != nil, MPIGroup.isBuilt else { return nil }
    let patience = ProcessPatience(
      isToEnd: { Interruption.hasCome }, tell: { Terminal.note($0) })
    let group = try MPIGroup(patience: patience)
    joined.withLock { $0 = group }
    return group.count > 1 ? group : nil
  }

  /// Tells the others why this process does not go on.
  static func leave(_ error: any Error) {
    group?.leave(error as? HourglassError)
  }
}

/// A command that several processes can do together.
protocol WorksInProcesses {}
