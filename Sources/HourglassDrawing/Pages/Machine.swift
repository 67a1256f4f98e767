import Foundation
import HourglassEngine

/// The machine a run was trained on, as far as it bears on how long that took.
package struct Machine: Sendable {
  /// The processor's name as the system tells it.
  package var processor: String
  /// Those this process may use.
  package var cores: Int
  /// The operating system with its version.
  package var system: String

  package init(processor: String, cores: Int, system: String) {
    self.processor = processor
    self.cores = cores
    self.system = system
  }

  /// The machine this process runs on.
  package static var current: Machine {
    Machine(processor: processorName, cores: WorkerTeam.coreCount, system: systemName)
  }

  private static var architecture: String {
    var information = utsname()
    guard uname(&information) == 0 else { return "unknown" }
    return withUnsafeBytes(of: information.machine) { text($0) }
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  #if os(Linux)
    private static var processorName: String {
      let list = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
      return processor(in: list) ?? "unknown (\(architecture))"
    }

    private static var systemName: String {
      let release = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
      return "\(distribution(in: release) ?? "Linux"), \(architecture)"
    }
  #else
    private static var processorName: String {
      var bytes = [UInt8](repeating: 0, count: 256)
      var size = bytes.count
      guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else {
        return "unknown (\(architecture))"
      }
      return bytes.withUnsafeBytes { text($0) }
    }

    private static var systemName: String {
      "macOS \(ProcessInfo.processInfo.operatingSystemVersionString), \(architecture)"
    }
  #endif

  /// The processor that `/proc/cpuinfo` names; boards without a processor's name tell their own.
  package static func processor(in list: String) -> String? {
    for wanted in ["model name", "cpu model", "Model", "Hardware"] {
      for line in list.split(separator: "\n") {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == wanted else { continue }
        let name = parts[1].trimmingCharacters(in: .whitespaces)
        if !name.isEmpty { return name }
      }
    }
    return nil
  }

  /// The name that an `os-release` file gives.
  package static func distribution(in release: String) -> String? {
    let key = "PRETTY_NAME="
    guard let line = release.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else { return nil }
    let name = line.dropFirst(key.count).trimmingCharacters(in: CharacterSet(charactersIn: "\"' "))
    return name.isEmpty ? nil : name
  }
}

/// The most memory this process has held so far.
package enum PeakMemory {
  /// In bytes; nil where the system does not tell.
  package static var bytes: Int? {
    #if os(Linux)
      // A child of a large process inherits that one's figure in getrusage, but not this one.
      guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
        let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
      else { return nil }
      return kibibytes * 1024
    #else
      var usage = rusage()
      return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : nil
    #endif
  }
}
