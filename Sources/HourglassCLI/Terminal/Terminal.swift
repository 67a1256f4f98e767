import Foundation
import Hourglass
import Synchronization

/// What people see: results on standard output, everything else on standard error.
enum Terminal {
  /// Whether standard error is a terminal that can redraw a line.
  static let isInteractive: Bool = {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }()

  private static let isSilent = Atomic(false)

  /// From now on this process tells nothing, as one of several of which another does.
  static func beSilent() {
    isSilent.store(true, ordering: .relaxed)
    // Help and the like are written by others.
    let nowhere = open("/dev/null", O_WRONLY)
    guard nowhere >= 0 else { return }
    _ = dup2(nowhere, STDOUT_FILENO)
    close(nowhere)
  }

  /// From now on this process says what goes wrong all the same, since nobody else can.
  static func beHeard() { isSilent.store(false, ordering: .relaxed) }

  /// Whether the cursor stands behind a line that is redrawn, which the next message takes the place of.
  private static let isLineDrawn = Mutex(false)
  private static let clearLine = "\r\u{1B}[2K"

  /// One sentence.
  static func error(_ message: String) {
    note("error: \(message)\(message.isEmpty || message.endsSentence ? "" : ".")")
  }

  /// One line, whatever names from outside it quotes.
  static func note(_ line: String) { note(lines: [line]) }

  static func note(lines: [String]) {
    isLineDrawn.withLock { isDrawn in
      // Nobody is left to tell when standard error is closed.
      _ = write((isDrawn ? clearLine : "") + shown(lines, isMessage: true), to: STDERR_FILENO)
      isDrawn = false
    }
  }

  /// One line, whatever names from outside it quotes.
  ///
  /// - Throws: `HourglassError` (environment) when nobody reads standard output, or its disk is full.
  static func result(_ line: String) throws { try result(lines: [line]) }

  /// - Throws: `HourglassError` (environment), as `result(_:)`.
  static func result(lines: [String]) throws {
    if isLineDrawn.withLock({ $0 }) { redraw("") }
    guard let reason = write(shown(lines, isMessage: false), to: STDOUT_FILENO) else { return }
    throw HourglassError(
      .environment,
      "The result cannot be written to standard output (\(reason)); send it to a program that reads all of it, or to "
        + "a disk with free space.")
  }

  /// Replaces the current line of the terminal.
  ///
  /// - Parameter stays: whether the next message goes below it.
  static func redraw(_ line: String, stays: Bool = false) {
    isLineDrawn.withLock { isDrawn in
      _ = write(
        clearLine + DatabaseAddress.withoutPasswords(line).showingControls() + (stays ? "\n" : ""),
        to: STDERR_FILENO)
      isDrawn = !line.isEmpty && !stays
    }
  }

  /// The only way to a terminal: no name in a line begins another, or commands the terminal, and no address has a password.
  private static func shown(_ lines: [String], isMessage: Bool) -> String {
    lines.map { "\(DatabaseAddress.withoutPasswords($0, isMessage: isMessage).showingControls())\n" }.joined()
  }

  /// Columns of the terminal; 80 where they are not known.
  static var width: Int { width(of: STDERR_FILENO) }

  /// Columns of the terminal that results go to; nil where they go to a file or a program, which take lines of any length.
  static var outputWidth: Int? { isatty(STDOUT_FILENO) == 1 ? width(of: STDOUT_FILENO) : nil }

  private static func width(of descriptor: Int32) -> Int {
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
  }

  /// Foundation's file handles trap where a pipe is closed, so the bytes go to the system directly.
  ///
  /// - Returns: the system's words for what went wrong; nil when all was written.
  private static func write(_ text: String, to descriptor: Int32) -> String? {
    if isSilent.load(ordering: .relaxed) { return nil }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        return systemMessage(errno)
      }
    }
    return nil
  }
}
