import ArgumentParser
import Foundation
import Hourglass
import HourglassMPI
import Synchronization

/// The processes that `mpirun` or `srun` started together, of which this is one.
enum Processes {
  private static let joined = Mutex<MPIGroup?>(nil)

  /// The processes that this one works with; nil for one that works alone.
  static var group: MPIGroup? { joined.withLock { $0 } }

  /// Whether this process tells people and writes files.
  static var isFirst: Bool { group?.rank ?? 0 == 0 }

  /// The first process tells people; the others are silent.
  static func listenToStarter() {
    if let launched = LaunchedProcesses.found(), launched.rank != 0 { Terminal.beSilent() }
  }

  /// - Throws: `HourglassError` (usage) when the command is for one process, or the program is, and several were started: each
  ///   would do the same, and write to the same place.
  static func check(_ command: any ParsableCommand) throws {
    let name = type(of: command).configuration.commandName ?? ""
    guard let launched = LaunchedProcesses.found(), name != "help" else { return }
    let detects = DetectCommand.configuration.subcommands.contains { $0 == type(of: command) }
    guard command is any WorksInProcesses else {
      return try checkIsAlone("hourglass \(detects ? "detect " : "")\(name)")
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

  /// - Throws: `HourglassError` (usage) when several processes were started for work that one does.
  static func checkIsAlone(_ work: String) throws {
    guard let launched = LaunchedProcesses.found() else { return }
    throw HourglassError(
      .usage,
      "\(launched.starter) started \(grouped(launched.count)) processes of \(work), which works in one",
      .text("start it without \(launched.starter)"))
  }

  /// Joins the others, if there are any; a command does so before it does anything else.
  ///
  /// - Throws: `HourglassError`: environment when MPI does not begin, usage when it joins others than were started.
  static func join() throws -> (any ProcessGroup)? {
    guard let launched = LaunchedProcesses.found(), MPIGroup.isBuilt else { return nil }
    let patience = ProcessPatience(
      isToEnd: { Interruption.hasCome }, tell: { Terminal.note($0) })
    let group: MPIGroup
    do {
      group = try MPIGroup(patience: patience)
    } catch {
      guard launched.rank != 0 else { throw error }
      // The first cannot be told.
      Terminal.beHeard()
      throw HourglassError(
        error.code, "In process \(launched.rank): \(error.fact)", remedies: error.remedies)
    }
    guard group.count == launched.count else {
      throw HourglassError(
        .usage,
        "\(launched.starter) started \(grouped(launched.count)) processes, but the MPI that this program is built with joins \(grouped(group.count)) of them, so that each "
          + "would do the whole work",
        .text("start them by the mpirun of that MPI, or by srun --mpi=pmix"))
    }
    joined.withLock { $0 = group }
    return group
  }

  /// Compares, before any work, what has to be the same in all processes that use a model.
  ///
  /// - Parameters:
  ///   - model: the file of the model or the detector; nil where there is none.
  ///   - samples: what each has of the data, if each has them, and which of these are used.
  ///   - settings: other options that decide what comes out.
  /// - Throws: `HourglassError`: usage where one differs, naming the process; environment when the model cannot be read; what the
  ///   source of the samples throws.
  static func agree(
    model: String?, samples: (source: any SampleSource, indices: [UInt32])? = nil, settings: String = ""
  ) throws {
    guard let group else { return }
    let digest = SHA256Digest()
    if let (source, indices) = samples {
      let form = "\(source.form.kind) \(source.shape) \(source.element) \(source.count) \(indices.count)"
      Array(form.utf8).withUnsafeBytes(digest.update)
      try source.read(indices, digest.update)
    }
    try group.agree([
      ("another version of the program", hourglassVersion),
      ("another model", model.map { try sha256Hex(file: $0) } ?? ""),
      ("other options", settings), ("other data", digest.finish()),
      ("another arithmetic", Arithmetic.fingerprint(KernelSet.selected())),
    ])
  }

  /// `agree` on all samples of a source.
  static func agree(model: String?, samples: any SampleSource, settings: String = "") throws {
    try agree(
      model: model, samples: (samples, (0..<UInt32(samples.count)).map { $0 }), settings: settings)
  }

  /// The others wait until the first has told and written everything, since it may fail yet.
  static func conclude() throws {
    _ = try group?.fromFirst([])
  }

  /// Whether a process is lost for a reason that nobody gave: it died, or left since it got a signal, as this one may have.
  static var isLostWithoutReason: Bool { group.map { $0.isLost && !$0.isExplained } ?? false }

  /// Tells the others why this process does not go on.
  static func leave(_ error: any Error) {
    if let group {
      group.leave(error as? HourglassError)
    } else if let launched = LaunchedProcesses.found(), launched.rank != 0,
      HourglassCommand.exitCode(for: error) != .success
    {
      // What stops a process before it has joined stops the first as well, which alone tells people, and the starter kills it as
      // soon as another one has ended with an error.
      Thread.sleep(forTimeInterval: 2)
    }
  }
}

/// A command that several processes can do together.
protocol WorksInProcesses {}
