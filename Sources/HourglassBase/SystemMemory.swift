import HourglassPlatform

/// What the system says of memory. Where it says nothing, nothing bounds.
package enum SystemMemory {
  /// What each bound leaves at this moment.
  package static func rooms() -> [MemoryBudget.Room] {
    let sizes = ProcessSizes.now
    var rooms: [MemoryBudget.Room] = []
    if let limit = addressSpaceLimit {
      rooms.append(.init(limit: limit, used: sizes.addressSpace, bound: .addressSpace))
    }
    if let limit = dataLimit { rooms.append(.init(limit: limit, used: sizes.data, bound: .data)) }
    for group in ControlGroup.ofProcess {
      rooms.append(.init(limit: group.limit, used: group.used, bound: .controlGroup))
    }
    if let total = machine {
      rooms.append(.init(limit: total, used: sizes.resident, bound: .machine))
      if let free = freeMemory { rooms.append(.init(bytes: free, bound: .machine)) }
    }
    return rooms
  }

  /// Bytes of the machine.
  private static let machine: Int? = physicalMemory()

  /// Bytes that the system could give without ending a process: free ones, those of files, and the disk's.
  private static var freeMemory: Int? {
    guard let text = systemText("/proc/meminfo", limit: 1 << 13) else { return nil }
    let numbers = ["MemAvailable", "SwapFree"].map { number(after: "\($0):", in: text) }
    guard let memory = numbers[0] else { return nil }
    return (memory + (numbers[1] ?? 0)) * 1024
  }

  /// The whole number behind a word at the beginning of a line.
  package static func number(after word: String, in text: String) -> Int? {
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ", omittingEmptySubsequences: true)
      if parts.count > 1, parts[0] == word { return Int(parts[1]) }
    }
    return nil
  }

  /// What the process holds, in bytes.
  struct ProcessSizes {
    var addressSpace = 0
    var resident = 0
    var data = 0

    static var now: ProcessSizes {
      let pages =
        systemText("/proc/self/statm", limit: 256)?.split(separator: " ").compactMap { Int($0) } ?? []
      guard pages.count > 5 else { return ProcessSizes() }
      return ProcessSizes(
        addressSpace: pages[0] * pageSize, resident: pages[1] * pageSize, data: pages[5] * pageSize)
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}

/// A control group with a limit (cgroups 1 and 2), in which the process is.
package struct ControlGroup: Sendable, Equatable {
  /// In bytes.
  package let limit: Int
  /// Files that say what is used, and what of it the system can take back.
  let usage: String
  let statistics: String
  /// The name of the statistic of files that were not read lately.
  let reclaimable: String

  /// Bytes in use by all of the group's processes, but for files that the system lets go of.
  package var used: Int {
    guard let used = systemText(usage, limit: 64).flatMap({ Int($0.prefix { $0.isNumber }) }) else {
      return 0
    }
    let files = systemText(statistics, limit: 1 << 14).flatMap {
      SystemMemory.number(after: reclaimable, in: $0)
    }
    return max(used - (files ?? 0), 0)
  }

  /// All with a limit, found once.
  static let ofProcess: [ControlGroup] =
    systemText("/proc/self/cgroup", limit: 1 << 14).map { groups(in: $0, root: "/sys/fs/cgroup") } ?? []

  /// - Parameters:
  ///   - list: what the system says of the groups of a process: lines `number:controllers:path`.
  ///   - root: where the groups' files are.
  package static func groups(in list: String, root: String) -> [ControlGroup] {
    var found: [ControlGroup] = []
    for line in list.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, !parts[2].split(separator: "/").contains("..") else { continue }
      let isFirst = parts[1].split(separator: ",").contains("memory")
      guard isFirst || parts[1].isEmpty else { continue }
      let base = isFirst ? "\(root)/memory" : root
      // A group is within those above it. In a container the path may be that of the machine outside.
      var steps = parts[2].split(separator: "/")
      while true {
        let folder = ([base] + steps.map(String.init)).joined(separator: "/")
        if let group = group(folder, isFirst: isFirst), !found.contains(group) { found.append(group) }
        if steps.isEmpty { break }
        steps.removeLast()
      }
    }
    return found
  }

  private static func group(_ folder: String, isFirst: Bool) -> ControlGroup? {
    let file = isFirst ? "memory.limit_in_bytes" : "memory.max"
    // "max", or a number beyond any memory, is no limit.
    guard let text = systemText("\(folder)/\(file)", limit: 64),
      let limit = Int(text.prefix { $0.isNumber }), limit < 1 << 60
    else { return nil }
    return ControlGroup(
      limit: limit, usage: "\(folder)/\(isFirst ? "memory.usage_in_bytes" : "memory.current")",
      statistics: "\(folder)/memory.stat", reclaimable: isFirst ? "total_inactive_file" : "inactive_file")
  }
}

/// The beginning of a small file of the system; nil where it cannot be read.
private func systemText(_ path: String, limit: Int) -> String? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  return withUnsafeTemporaryAllocation(byteCount: limit, alignment: 8) { memory in
    var count = 0
    while count < limit {
      let more = read(descriptor, memory.baseAddress! + count, limit - count)
      guard more > 0 else { break }
      count += more
    }
    return count > 0 ? String(decoding: memory[..<count], as: UTF8.self) : nil
  }
}
