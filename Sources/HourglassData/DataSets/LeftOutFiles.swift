import HourglassBase
import HourglassPictures

/// Files of a folder that are not among its samples, counted by how their names end.
package struct LeftOutFiles: Sendable {
  /// Pictures of kinds that have to be converted.
  private var pictures: [String: Int] = [:]
  /// All others.
  private var others: [String: Int] = [:]

  package init() {}

  /// Counts a file that is not read because of its name.
  package mutating func add(_ name: String) {
    let ending = PictureKinds.ending(of: name)
    switch PictureKinds.kind(of: name) {
    case .read: break
    case .unread: pictures[".\(ending)", default: 0] += 1
    case .other:
      // What is longer is a part of a name rather than an ending.
      let hasEnding = name.parts(at: ".").count > 1 && ending.unicodeScalars.count <= 8
      others[hasEnding ? ".\(ending)" : "without an ending", default: 0] += 1
    }
  }

  /// What a person should know, a sentence each; none where all was read.
  package var notes: [String] {
    [
      Self.note(pictures, one: "file was left out", several: "files were left out").map {
        "\($0) (not read; convert them to PNG or JPEG)"
      },
      Self.note(
        others, one: "file that is no picture by its name was passed over",
        several: "files that are no pictures by their names were passed over"),
    ].compactMap(\.self)
  }

  /// Endings that are named at most.
  private static let mostNamed = 6

  private static func note(_ counts: [String: Int], one: String, several: String) -> String? {
    let total = counts.values.reduce(0, +)
    guard total > 0 else { return nil }
    let sorted = counts.sorted {
      $0.value != $1.value ? $0.value > $1.value : $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }
    var named = sorted.prefix(mostNamed).map { "\(grouped($0.value)) \($0.key)" }
    if sorted.count > mostNamed {
      named.append("\(grouped(sorted.dropFirst(mostNamed).map(\.value).reduce(0, +))) of other endings")
    }
    return "\(grouped(total)) \(total == 1 ? one : several): \(named.joined(separator: ", "))"
  }
}
