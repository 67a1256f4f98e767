import Foundation
import HourglassBase
import HourglassFiles
import HourglassPlatform

/// A folder of shards: samples in many files with a manifest of their counts and digests.
package enum ShardFolder {
  /// Whether the folder has a manifest, of whatever worth, and a file of samples: other folders have manifests too.
  ///
  /// - Throws: `HourglassError` (environment) when the system does not let us know.
  package static func isOne(_ directory: String) throws -> Bool {
    guard try FileEntry.exists("\(directory)/\(ShardManifest.fileName)") else { return false }
    return try (FileEntry.names(in: "\(directory)/train") ?? []).contains {
      $0.begins(with: "part-") && $0.ends(with: ".npy")
    }
  }

  /// Reads a manifest alone.
  ///
  /// - Throws: `HourglassError` (badData) when it is none, or cannot be right.
  package static func checkManifest(_ bytes: [UInt8], source: String) throws {
    _ = try ShardManifest.parse(bytes, source: source)
  }

  /// Opens the shards, whose headers and sizes must be those of the manifest; digests are not looked at, see `check`.
  ///
  /// - Throws: `HourglassError`: `badData` if the manifest or a file is damaged, or they do not belong together, `environment` if one
  ///   is missing or cannot be read, or all are larger than memory.
  static func load(_ directory: String, name: String? = nil, _ request: KeepingRequest) throws -> DataSet {
    let manifest = try ShardManifest.read("\(directory)/\(ShardManifest.fileName)")
    let count = manifest.train.samples.count + manifest.test.samples.count
    // Beside those that the process has open anyhow.
    guard raiseFileLimit(to: count + 64) >= count + 64 else {
      throw HourglassError(
        .environment,
        "\(directory) has \(grouped(count)) files, more than the process may have open",
        .text("allow more by ulimit -n"), .text("make larger shards"))
    }
    let form = try manifest.form
    var notes: [String] = []
    func samples(_ section: ShardManifest.Section, _ title: String) throws -> any SampleSource {
      let parts = try section.samples.map { try part($0, of: manifest, in: directory) }
      let (samples, note) = try request.kept(
        parts, shape: form.shape, stored: manifest.stored, name: title)
      notes += [note].compactMap(\.self)
      return samples.viewed(as: form) ?? samples
    }
    func labels(_ section: ShardManifest.Section) throws -> [Int] {
      try section.labels.flatMap { part in
        let labels = try NPYArray(ReadableFile(path: "\(directory)/\(part.file)"), budget: request.budget)
          .labels()
        guard labels.count == part.count else {
          throw HourglassError(
            .badData,
            "\(directory)/\(part.file) has \(labels.count) labels, but the manifest says \(part.count)",
            .text("make the shards again"))
        }
        return labels
      }
    }
    var data = try DataSet(
      name: name ?? manifest.name, training: samples(manifest.train, directory),
      trainingLabels: labels(manifest.train),
      test: manifest.test.samples.isEmpty ? nil : samples(manifest.test, "\(directory), test,"),
      testLabels: labels(manifest.test), classNames: manifest.classNames,
      sources: DataSet.Sources(
        training: "\(directory)/train", trainingLabels: "\(directory)/train", test: "\(directory)/test",
        testLabels: "\(directory)/test"))
    data.notes = notes
    data.shardCounts = manifest.train.samples.map(\.count)
    return data
  }

  private static func part(
    _ part: ShardManifest.Part, of manifest: ShardManifest, in directory: String
  ) throws -> FileSamples.Part {
    let file = try ReadableFile(path: "\(directory)/\(part.file)")
    let header = try NPYHeader(file)
    let found = (header.element.description, header.shape)
    guard found == (manifest.element, [part.count] + manifest.shape) else {
      throw HourglassError(
        .badData,
        "\(file.path) holds \(found.0) numbers of the shape \(Shape(found.1)), but the manifest says \(manifest.element) and "
          + "\(Shape([part.count] + manifest.shape))", .text("make the shards again"))
    }
    return FileSamples.Part(file, count: part.count, offset: header.start)
  }

  /// Compares every file's SHA-256 with that of the manifest.
  ///
  /// - Parameter progress: told after each file; what it throws ends the work.
  /// - Returns: what was checked: files and samples.
  /// - Throws: `HourglassError`: badData naming the first file that differs; as `load`.
  package static func check(
    _ directory: String, progress: WorkProgress.Report = { _ in }
  ) throws -> (files: Int, samples: Int) {
    guard try isOne(directory) else {
      throw HourglassError(
        .environment,
        "\(directory) is no folder of shards: it has no \(ShardManifest.fileName) beside train/part-00000.npy",
        .make(.shards))
    }
    // Headers and sizes as well.
    _ = try load(directory, KeepingRequest(keep: .file))
    let manifest = try ShardManifest.read("\(directory)/\(ShardManifest.fileName)")
    let all = [manifest.train, manifest.test].flatMap { $0.samples + $0.labels }
    for (number, part) in all.enumerated() {
      let path = "\(directory)/\(part.file)"
      guard try sha256Hex(file: path) == part.sha256 else {
        throw HourglassError(
          .badData, "\(path) has changed: it has not the SHA-256 of the manifest",
          .text("make the shards again"))
      }
      try progress(WorkProgress("checking", done: number + 1, of: all.count, "files"))
    }
    return (all.count, manifest.train.count + manifest.test.count)
  }
}
