import Foundation
import HourglassBase
import HourglassFiles

/// Samples in a safetensors file: the tensor `train` or `x_train`, and perhaps `test`, `train_labels` and `test_labels`, or
/// `x_test`, `y_train` and `y_test`; or one tensor under any name.
package enum SafeTensorsDataSet {
  /// - Parameters:
  ///   - name: the name of the data set; nil takes the file's.
  ///   - axes: where tensors of four axes have their channels, as `ArrayDataSet.load` has it.
  /// - Returns: samples as of an array of NumPy's: bytes of `U8` worth 1/255 each, numbers of `F32` and `F64` as 32-bit floats.
  /// - Throws: `HourglassError`: `badData` if the file is malformed, has other tensors, or numbers that are not finite;
  ///   `environment` if it cannot be read or is larger than memory.
  package static func load(
    path: String, name: String? = nil, axes: ChannelAxis? = nil, keep: DataKeeping? = nil,
    budget: MemoryBudget = .process
  ) throws -> DataSet {
    try load(path: path, name: name, axes: axes, KeepingRequest(keep: keep, budget: budget))
  }

  static func load(
    path: String, name: String? = nil, axes: ChannelAxis?, _ request: KeepingRequest
  ) throws -> DataSet {
    let index = try SafeTensorsIndex(path: path)
    func entry(_ names: String...) -> SafeTensorsIndex.Entry? {
      names.lazy.compactMap { name in index.entries.first { $0.name == name } }.first
    }
    let split = entry("train", "x_train")
    guard let training = split ?? (index.entries.count == 1 ? index.entries[0] : nil) else {
      let found = index.entries.map(\.name.quotedForMessage).joined(separator: ", ")
      throw HourglassError(
        .badData,
        "\(path) holds \(found.isEmpty ? "no tensor" : shortened(found)), but must hold train (and perhaps test, train_labels, test_labels) "
          + "or one tensor; save it so")
    }
    let isSplit = split != nil
    let test = isSplit ? entry("test", "x_test") : nil
    let (trainingLabels, testLabels) =
      isSplit ? (entry("train_labels", "y_train"), entry("test_labels", "y_test")) : (nil, nil)
    func title(_ entry: SafeTensorsIndex.Entry?) -> String { "\(path), \(entry?.name ?? "")," }
    var notes: [String] = []
    var axisNotes: [String] = []
    var valueNotes: [String] = []
    func samples(_ entry: SafeTensorsIndex.Entry) throws -> any SampleSource {
      let title = title(entry)
      let layout = try ArrayLayout(entry.shape, axes: axes, name: title)
      axisNotes += [layout.axisNote].compactMap(\.self)
      let stored: FileSamples.Stored
      switch entry.type {
      case "U8": stored = .byte(scale: 1 / 255)
      case "F32": stored = .float32
      case "F64": stored = .float64
      default:
        throw HourglassError(
          .badData, "\(title) holds \(entry.type) numbers; save U8, F32 or F64, as with astype(\"float32\")")
      }
      valueNotes += [
        ArrayLayout.valueNote(entry.shape, areBytes: entry.type == "U8", name: title)
      ].compactMap(\.self)
      let (kept, note) = try request.kept(
        [FileSamples.Part(index.file, count: entry.shape[0], offset: entry.start)], shape: layout.shape,
        stored: stored, hasChannelsLast: layout.hasChannelsLast, name: title)
      notes += [note].compactMap(\.self)
      return kept
    }
    func labels(_ entry: SafeTensorsIndex.Entry?) throws -> [Int] {
      try entry.map { try Self.labels($0, of: index, name: title($0), budget: request.budget) } ?? []
    }
    var data = try DataSet(
      name: name ?? URL(filePath: path).lastPathComponent, training: samples(training),
      trainingLabels: labels(trainingLabels), test: test.map(samples), testLabels: labels(testLabels),
      classNames: nil,
      sources: DataSet.Sources(
        training: title(training), trainingLabels: title(trainingLabels), test: title(test),
        testLabels: title(testLabels)))
    (data.axisNotes, data.valueNotes, data.notes) = (axisNotes, valueNotes, notes)
    return data
  }

  private static func labels(
    _ entry: SafeTensorsIndex.Entry, of index: SafeTensorsIndex, name: String, budget: MemoryBudget
  ) throws -> [Int] {
    let sizes = ["U8": 1, "I32": 4, "I64": 8]
    guard let size = sizes[entry.type], entry.shape.count == 1 || entry.shape.dropFirst() == [1] else {
      throw HourglassError(
        .badData,
        "\(name) holds \(entry.type) numbers of the shape \(Shape(entry.shape)), but labels are whole numbers (U8, I32, I64), one for each sample; save "
          + "integers")
    }
    // The bytes, and a whole number for each label.
    try budget.admit(MemoryBudget.product(entry.shape[0], size + 8), for: name)
    let bytes = try index.file.bytes(at: entry.start, count: entry.shape[0] * size)
    guard bytes.count == entry.shape[0] * size else {
      throw HourglassError(.badData, "\(index.file.path) became shorter while it was read; \(fetchAgain)")
    }
    return try stride(from: 0, to: bytes.count, by: size).map { start in
      let isNegative = size > 1 && bytes[start + size - 1] >= 0x80
      let label = bytes.littleEndian(size, at: start)
      guard !isNegative, 0...65_535 ~= label else {
        throw HourglassError(
          .badData, "\(name) holds a label that is not in 0...65535; number the classes from 0")
      }
      return label
    }
  }
}
