import Foundation
import HourglassBase
import HourglassFiles

/// Writes the samples of one section of a folder of shards, and their labels, file after file.
final class ShardSectionWriter {
  private let folder: String
  private let name: String
  private let shape: Shape
  private let element: NPYHeader.Element
  /// Samples of a file.
  private let most: Int
  private var section = ShardManifest.Section()
  private var file: NewFile?
  private var count = 0
  private var labels: [Int] = []

  /// - Parameters:
  ///   - folder: of the manifest, one's own.
  ///   - name: "train" or "test".
  ///   - bytes: that a file has at most, unless one sample has more.
  init(_ name: String, in folder: String, shape: Shape, element: SampleElement, bytes: Int) throws {
    (self.folder, self.name, self.shape) = (folder, name, shape)
    self.element = element == .float ? .float32 : .byte
    most = max(1, min(bytes / (shape.count * element.bytes), Int(UInt32.max)))
  }

  /// Writes more samples.
  ///
  /// - Parameters:
  ///   - bytes: whole samples.
  ///   - labels: one for each, or none at all.
  func append(_ bytes: UnsafeRawBufferPointer, labels: [Int]) throws {
    let size = shape.count * element.byteCount
    let all = bytes.count / size
    var first = 0
    while first < all {
      let file = try self.file ?? begin()
      let some = min(all - first, most - count)
      try file.append(UnsafeRawBufferPointer(rebasing: bytes[first * size..<(first + some) * size]))
      if !labels.isEmpty { self.labels += labels[first..<first + some] }
      count += some
      first += some
      if count == most { try end() }
    }
  }

  private func begin() throws -> NewFile {
    if section.samples.isEmpty { try Folder("\(folder)/\(name)").create() }
    guard section.samples.count < ShardManifest.Limits.parts else {
      throw HourglassError(
        .usage, "The data are more than \(grouped(ShardManifest.Limits.parts)) shards of that size",
        .raise(.shardSize))
    }
    let new = try NewFile(
      path: "\(folder)/\(ShardManifest.file(name, section.samples.count, areLabels: false))")
    // Of the same length, however many samples there will be.
    try new.append(header(count: 0))
    file = new
    return new
  }

  private func header(count: Int) throws -> [UInt8] {
    NPY.header(shape: [count] + shape.dimensions, element: element.description, length: Self.headerLength)
  }

  /// Room for the sizes of any sample.
  private static let headerLength = 256

  private func end() throws {
    guard let file else { return }
    try file.replaceBeginning(header(count: count))
    try file.finish()
    let number = section.samples.count
    section.samples.append(try part(ShardManifest.file(name, number, areLabels: false)))
    if !labels.isEmpty {
      let path = ShardManifest.file(name, number, areLabels: true)
      try NPY.write(labels: labels, to: "\(folder)/\(path)")
      section.labels.append(try part(path))
    }
    (self.file, count, labels) = (nil, 0, [])
  }

  private func part(_ path: String) throws -> ShardManifest.Part {
    // Read back, so that the digest is that of the file.
    ShardManifest.Part(file: path, count: count, sha256: try sha256Hex(file: "\(folder)/\(path)"))
  }

  func finish() throws -> ShardManifest.Section {
    if count > 0 { try end() }
    return section
  }
}

extension ShardFolder {
  /// Writes a data set as a folder of shards, a block at a time.
  ///
  /// - Parameters:
  ///   - source: what people are told that it was made of.
  ///   - folder: where nothing lies, or an empty folder.
  ///   - bytes: that a file has at most, unless one sample has more.
  ///   - progress: told after each block; what it throws ends the work without a trace.
  /// - Throws: `HourglassError`: usage when something lies there, environment when it cannot be written; what the data's sources
  ///   throw.
  package static func write(
    _ data: DataSet, source: String, to folder: String, bytes: Int, progress: WorkProgress.Report = { _ in }
  ) throws -> (files: Int, samples: Int) {
    try NewFolder.write(to: folder) { temporary in
      var manifest = ShardManifest(data, source: source)
      let total = data.training.count + data.test.count
      var done = 0
      func section(_ name: String, _ samples: any SampleSource, _ labels: [Int]) throws
        -> ShardManifest.Section
      {
        let writer = try ShardSectionWriter(
          name, in: temporary, shape: samples.shape, element: samples.element, bytes: bytes)
        let most = max(1, (4 << 20) / max(samples.bytesPerSample, 1))
        for first in stride(from: 0, to: samples.count, by: most) {
          let some = first..<min(first + most, samples.count)
          let block = try samples.array((UInt32(some.lowerBound)..<UInt32(some.upperBound)).map { $0 })
          try writer.append(
            UnsafeRawBufferPointer(start: block.baseAddress, count: block.count * block.bytesPerSample),
            labels: labels.isEmpty ? [] : Array(labels[some]))
          done += some.count
          try progress(WorkProgress("writing", done: done, of: total, "samples"))
        }
        return try writer.finish()
      }
      manifest.train = try section("train", data.training, data.trainingLabels)
      manifest.test = try section("test", data.test, data.testLabels)
      return try end(manifest, in: temporary)
    }
  }

  /// Writes the manifest, which makes the folder one of shards.
  static func end(_ manifest: ShardManifest, in folder: String) throws -> (files: Int, samples: Int) {
    try AtomicFile.write(manifest.text(), to: "\(folder)/\(ShardManifest.fileName)")
    return (
      manifest.train.samples.count + manifest.test.samples.count, manifest.train.count + manifest.test.count
    )
  }
}

extension ShardManifest {
  /// Of data whose files are still to be written.
  fileprivate init(_ data: DataSet, source: String) {
    self.init(
      name: data.name, source: source, form: data.form, element: data.training.element,
      classNames: data.classNames)
  }

  init(name: String, source: String, form: SampleForm, element: SampleElement, classNames: [String]) {
    var scale: Float?
    if case .byte(let worth) = element { scale = worth }
    self.init(
      name: name, source: source, kind: form.kind.rawValue, shape: form.shape.dimensions,
      element: (scale == nil ? NPYHeader.Element.float32 : .byte).description, scale: scale,
      classNames: classNames)
  }
}

extension HourglassError.Argument {
  /// How large a shard is.
  package static let shardSize = Self("size of a shard")
}
