import Foundation
import HourglassBase
import HourglassFiles

/// What `manifest.json` says of a folder of shards: samples in many files of NumPy's, `train/part-00000.npy` and so on.
struct ShardManifest: Codable, Equatable {
  static let fileName = "manifest.json"
  static let currentFormat = 1

  /// A file of samples or of labels.
  struct Part: Codable, Equatable {
    var file: String
    var count: Int
    /// SHA-256 of the whole file.
    var sha256: String
  }

  /// The parts of the samples, and of their labels where they are known.
  struct Section: Codable, Equatable {
    var samples: [Part] = []
    var labels: [Part] = []

    var count: Int { samples.reduce(0) { $0 + $1.count } }
  }

  var format = currentFormat
  var name: String
  /// What the shards were made of.
  var source: String
  var kind: String
  var shape: [Int]
  /// As NumPy writes it: "|u1" or "<f4".
  var element: String
  /// What one step of a byte is worth; nil for floats.
  var scale: Float?
  var classNames: [String]
  var train = Section()
  var test = Section()

  enum CodingKeys: String, CodingKey {
    case format, name, source, kind, shape, element, scale, train, test
    case classNames = "class_names"
  }

  enum Limits {
    static let bytes = 64 << 20
    static let parts = 10_000
  }

  static func file(_ section: String, _ number: Int, areLabels: Bool) -> String {
    let digits = String(number)
    let padded = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    return "\(section)/\(areLabels ? "labels" : "part")-\(padded).npy"
  }

  func text() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }

  // MARK: - Reading

  /// Reads a manifest and checks all that it says of itself; the files it names are not looked at.
  ///
  /// - Throws: `HourglassError`: badData when it is no such manifest or cannot be right, environment when it cannot be read.
  static func read(_ path: String) throws -> ShardManifest {
    try parse(BoundedFile.read(path, limit: Limits.bytes), source: path)
  }

  static func parse(_ bytes: [UInt8], source: String) throws -> ShardManifest {
    func complaint(_ what: String) -> HourglassError {
      HourglassError(.badData, "\(source) \(what)", .text("make the shards again"))
    }
    // Our own parser bounds how deep values lie, and refuses what is written twice.
    let value = try JSONValue.parse(bytes, source: source)
    guard let format = value["format"]?.intValue else {
      throw complaint("is no manifest of shards: it has no whole number as \"format\"")
    }
    guard format == currentFormat else {
      throw complaint("is of format \(format), but this program reads format \(currentFormat)")
    }
    let manifest: ShardManifest
    do {
      manifest = try JSONDecoder().decode(ShardManifest.self, from: Data(bytes))
    } catch {
      throw complaint("is no manifest of shards: what it says of them lacks something, or is of another kind")
    }
    try manifest.check(complaint)
    return manifest
  }

  private func check(_ complaint: (String) -> HourglassError) throws {
    guard 1...8 ~= shape.count, shape.allSatisfy({ $0 > 0 }), MemoryBudget.product(shape + [8]) < .max else {
      throw complaint("says that samples have the shape \(Shape(shape)), which none can have")
    }
    guard (try? form) != nil else {
      throw complaint(
        "says that samples are of the kind \(kind.quotedForMessage), which has not the shape \(Shape(shape))")
    }
    switch (element, scale) {
    case ("|u1", let scale?) where scale.isFinite && scale > 0: break
    case ("<f4", nil): break
    default:
      throw complaint(
        "says that numbers are stored as \(element.quotedForMessage), but must say |u1 with a scale, or <f4 without"
      )
    }
    guard !train.samples.isEmpty else { throw complaint("names no file of samples to train on") }
    for (section, name) in [(train, "train"), (test, "test")] {
      try check(section.samples, name, areLabels: false, complaint)
      try check(section.labels, name, areLabels: true, complaint)
      guard section.labels.isEmpty || section.labels.map(\.count) == section.samples.map(\.count) else {
        throw complaint("names files of labels in \(name) that have not as many as those of samples")
      }
    }
  }

  private func check(
    _ parts: [Part], _ section: String, areLabels: Bool, _ complaint: (String) -> HourglassError
  ) throws {
    guard parts.count <= Limits.parts else {
      throw complaint("names \(grouped(parts.count)) files in \(section), more than \(grouped(Limits.parts))")
    }
    var count = 0
    for (number, part) in parts.enumerated() {
      let expected = Self.file(section, number, areLabels: areLabels)
      guard part.file == expected else {
        throw complaint("names the file \(part.file.quotedForMessage) where \(expected) must be")
      }
      guard 1...Int(UInt32.max) ~= part.count else {
        throw complaint("says that \(part.file) has \(part.count) samples, which no file can have")
      }
      guard part.sha256.utf8.count == 64, part.sha256.utf8.allSatisfy(Array("0123456789abcdef".utf8).contains)
      else {
        throw complaint("has no SHA-256 for \(part.file)")
      }
      count += part.count
      guard count <= Int(UInt32.max) else {
        throw complaint("names more than \(grouped(Int(UInt32.max))) samples in \(section)")
      }
    }
  }

  /// What a sample is.
  var form: SampleForm {
    get throws {
      guard let kind = SampleKind(rawValue: kind) else {
        throw HourglassError(.badData, "There is no kind of samples \(kind.quotedForMessage)")
      }
      return try SampleForm(Shape(shape), kind: kind)
    }
  }

  var stored: FileSamples.Stored { scale.map { .byte(scale: $0) } ?? .float32 }
}
