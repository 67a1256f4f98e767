import Foundation

/// What people see: results on standard output, everything else on standard error.
enum Terminal {
  /// Whether standard error is a terminal that can redraw a line.
  static let isInteractive: Bool = {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }()

  static func error(_ message: String) { note("error: \(message)") }

  static func note(_ message: String) {
    FileHandle.standardError.write(Data((message + "\n").utf8))
  }

  static func result(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
  }

  /// Replaces the current line of the terminal.
  static func redraw(_ line: String) {
    FileHandle.standardError.write(Data("\r\u{1B}[2K\(line)".utf8))
  }

  /// Columns of the terminal; 80 where they are not known.
  static var width: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
  }
}
