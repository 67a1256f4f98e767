import Foundation
import Synchronization
import Testing

/// The built program, run as people run it.
struct Hourglass {
  /// How a process ended.
  struct Outcome {
    var status: Int32
    /// A trap or a kill, not a choice of the program's.
    var isSignalled: Bool
    var output: String
    var errors: String

    /// The last line of standard output as JSON.
    var json: [String: Any] {
      let line = output.split(separator: "\n").last ?? ""
      return (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]) ?? [:]
    }
    var weights: String { json["weights_sha256"] as? String ?? "" }
    var metrics: [String: Double] { json["metrics"] as? [String: Double] ?? [:] }
    /// The lines that say what went wrong.
    var complaints: [String] {
      errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("error: ") }
    }
  }

  /// Where relative paths begin.
  var folder: String
  var environment: [String: String] = [:]

  /// Beside the test bundle, whatever the configuration.
  static let executable: String? = {
    let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    var folders = [bundle] + Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
    var package = URL(filePath: #filePath)
    for _ in 0..<4 { package.deleteLastPathComponent() }
    folders += ["release", "debug"].map { package.appending(path: ".build/\($0)") }
    return folders.map { $0.appending(path: "hourglass").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Runs a command to its end.
  ///
  /// - Parameter seconds: it is killed after so long, which fails the test.
  func callAsFunction(
    _ arguments: String..., seconds: Double = 60, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Outcome {
    try self(arguments, seconds: seconds, sourceLocation: sourceLocation)
  }

  func callAsFunction(
    _ arguments: [String], seconds: Double = 60, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Outcome {
    let running = try start(arguments)
    guard let outcome = running.wait(seconds: seconds) else {
      running.send(SIGKILL)
      Issue.record("\(arguments) did not end in \(seconds) s", sourceLocation: sourceLocation)
      return try #require(running.wait(seconds: 10))
    }
    return outcome
  }

  /// Starts a command and leaves it running.
  ///
  /// - Parameter output: where standard output goes; kept for the outcome when nil.
  func start(_ arguments: [String], output: FileHandle? = nil) throws -> RunningProcess {
    try RunningProcess(
      executable: #require(Self.executable, "the program is not built"), arguments: arguments, folder: folder,
      environment: environment, output: output)
  }
}

/// A process on its way.
final class RunningProcess {
  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private let outputPath: String
  private let errorPath: String

  init(
    executable: String, arguments: [String], folder: String, environment: [String: String],
    output: FileHandle?
  ) throws {
    // Files, because a pipe that nobody empties would stop the process.
    let base = "\(folder)/.process-\(UUID().uuidString)"
    (outputPath, errorPath) = ("\(base).out", "\(base).err")
    for path in [outputPath, errorPath] { try Data().write(to: URL(filePath: path)) }
    process.executableURL = URL(filePath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    var complete = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HOURGLASS_") }
    // Nothing of a test may reach the network or what the machine keeps.
    complete["HOURGLASS_CACHE"] = "\(folder)/cache"
    complete["HOURGLASS_MIRROR"] = "http://127.0.0.1:9"
    process.environment = complete.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // The process has its own copies; ours would stay open, a few for each of hundreds of processes.
    let files = try [outputPath, errorPath].map { try FileHandle(forWritingTo: URL(filePath: $0)) }
    defer { for file in files { try? file.close() } }
    process.standardOutput = output ?? files[0]
    process.standardError = files[1]
    process.terminationHandler = { [ended] process in
      // Else each would hold the other for ever.
      process.terminationHandler = nil
      ended.signal()
    }
    try process.run()
  }

  var identifier: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  var errors: String { (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? "" }

  func send(_ signal: Int32) { kill(identifier, signal) }

  /// - Returns: nil when it still runs after so many seconds.
  func wait(seconds: Double) -> Hourglass.Outcome? {
    guard ended.wait(timeout: .now() + seconds) == .success else { return nil }
    let outcome = Hourglass.Outcome(
      status: process.terminationStatus, isSignalled: process.terminationReason == .uncaughtSignal,
      output: (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "", errors: errors)
    for path in [outputPath, errorPath] { try? FileManager.default.removeItem(atPath: path) }
    return outcome
  }

  /// Waits until standard error has this text.
  ///
  /// - Returns: false when it never came.
  func waitForErrors(_ text: String, seconds: Double = 30) -> Bool {
    let end = Date.now + seconds
    while Date.now < end {
      if errors.contains(text) { return true }
      if !isRunning { return errors.contains(text) }
      usleep(2000)
    }
    return false
  }
}

/// The program refused: this status, one sentence on standard error, nothing on standard output.
func expectRefusal(
  _ outcome: Hourglass.Outcome, status: Int32, saying pieces: String...,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let lines = outcome.errors.split(separator: "\n")
  #expect(!outcome.isSignalled, "it trapped: \(outcome.errors)", sourceLocation: sourceLocation)
  #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(lines.count == 1, "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(outcome.errors.hasPrefix("error: "), "\(outcome.errors)", sourceLocation: sourceLocation)
  #expect(
    lines.last.map { ".?!".contains($0.last ?? " ") } ?? false, "\(outcome.errors)",
    sourceLocation: sourceLocation)
  #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
  for piece in pieces {
    #expect(
      outcome.errors.contains(piece), "no \"\(piece)\": \(outcome.errors)", sourceLocation: sourceLocation)
  }
}
