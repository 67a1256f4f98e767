import Foundation
import Hourglass
import HourglassTestSupport
import Synchronization
import Testing

/// `digests.txt` beside this file: lines `group/part sha256`.
final class StoredDigests: Sendable {
  static let shared = StoredDigests()

  private static let path = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "digests.txt")
  private static let isRenewed = ProcessInfo.processInfo.environment["HOURGLASS_RENEW_DIGESTS"] == "1"
  private static let heading = """
    # SHA-256 of what the recipes and commands make of small data; renewed as RecipeDigestTests.swift says, never by hand.

    """

  private let stored: Mutex<[String: String]>

  private init() {
    let text = (try? String(contentsOf: Self.path, encoding: .utf8)) ?? ""
    var digests: [String: String] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: " ")
      if fields.count == 2 { digests[String(fields[0])] = String(fields[1]) }
    }
    stored = Mutex(digests)
  }

  /// The group has these parts with these digests and no others.
  func check(
    _ group: String, _ parts: [String: String], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = Dictionary(uniqueKeysWithValues: parts.map { ("\(group)/\($0)", $1) })
    compare(found, sourceLocation) { Self.group(of: $0) == group }
  }

  /// There are these groups and no others.
  func checkGroups(_ groups: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    let known = Set(groups)
    compare([:], sourceLocation) { !known.contains(Self.group(of: $0)) }
    // Their own tests renew what is missing here.
    guard !Self.isRenewed else { return }
    let present = stored.withLock { Set($0.keys.map(Self.group)) }
    for group in groups where !present.contains(group) {
      Issue.record("\(group) has no digests; \(Self.remedy)", sourceLocation: sourceLocation)
    }
  }

  /// Compares what was found with what is stored under the names that are asked for; renews it when the environment
  /// says so, which fails all the same.
  private func compare(
    _ found: [String: String], _ sourceLocation: SourceLocation, where isAsked: (String) -> Bool
  ) {
    let faults = stored.withLock { stored in
      let names = Set(found.keys).union(stored.keys.filter(isAsked)).sorted()
      let faults: [String] = names.compactMap { name in
        guard found[name] != stored[name] else { return nil }
        return "\(name) is \(found[name] ?? "not made any more"), but was \(stored[name] ?? "not there")"
      }
      if Self.isRenewed, !faults.isEmpty {
        for name in names { stored[name] = found[name] }
        let lines = stored.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
        do {
          try (Self.heading + lines.joined()).write(to: Self.path, atomically: true, encoding: .utf8)
        } catch {
          return ["\(Self.path.path) cannot be written: \(error)"]
        }
      }
      return faults
    }
    for fault in faults {
      Issue.record(
        "\(fault); \(Self.isRenewed ? "renewed" : Self.remedy)", sourceLocation: sourceLocation)
    }
  }

  private static let remedy = "if that is meant, renew the digests with HOURGLASS_RENEW_DIGESTS=1"

  /// The two first pieces of a name.
  private static func group(of name: String) -> String {
    name.split(separator: "/").prefix(2).joined(separator: "/")
  }

  // MARK: - Digests

  static func digest(_ lines: [String]) -> String { sha256Hex(Array(lines.joined(separator: "\n").utf8)) }

  /// Of the whole file; of a PNG file its size and pixels, because the versions of zlib pack them differently.
  static func digest(file: String, in scratch: Scratch) throws -> String {
    guard file.hasSuffix(".png") else { return sha256Hex(try scratch.read(file)) }
    let picture = try Picture.read(path: "\(scratch.path)/\(file)")
    return sha256Hex(
      [picture.width, picture.height, picture.channels].flatMap(bigEndian) + picture.bytes)
  }
}
