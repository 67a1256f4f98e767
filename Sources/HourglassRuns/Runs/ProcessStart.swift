import Foundation

/// When the process began.
enum ProcessStart {
  /// In seconds; nil where the system does not say.
  static func age() -> Double? {
    #if os(Linux)
      // Field 22 of the process's stat line: clock ticks from boot to its start.
      guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
        let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
        let now = uptime.split(separator: " ").first.flatMap({ Double($0) }),
        let ticks = stat.split(separator: ")").last?.split(separator: " ").dropFirst(19).first
          .flatMap({ Double($0) })
      else { return nil }
      return now - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    #else
      return ProcessInfo.processInfo.systemUptime - started
    #endif
  }

  #if !os(Linux)
    private static let started = ProcessInfo.processInfo.systemUptime
  #endif
}
