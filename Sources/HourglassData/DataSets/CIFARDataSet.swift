import Foundation
import HourglassBase
import HourglassFiles

/// The binary version of CIFAR-10: `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`.
///
/// A batch is a row of records of 3,073 bytes: the label, then 32 x 32 samples of red, of green and of blue, each
/// row by row. Nothing of a file is believed before its length bears it out.
package enum CIFARDataSet {
  /// What the labels 0...9 stand for.
  package static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]
  static let shape: Shape = [3, 32, 32]
  private static let trainingFiles = (1...5).map { "data_batch_\($0).bin" }
  private static let testFile = "test_batch.bin"
  static let fileNames = trainingFiles + [testFile]
  /// The folder in which the archive holds the files.
  static let folderName = "cifar-10-batches-bin"

  /// Loads the six files from the directory, or from `cifar-10-batches-bin` in it.
  ///
  /// - Parameter name: the name of the data set; `nil` takes the directory's.
  /// - Returns: images of shape `[3, 32, 32]`, bytes that stand for numbers in 0...1.
  /// - Throws: `HourglassError`: `environment` if a file is missing or unreadable or all are larger than the
  ///   machine's memory, `badData` if one is damaged.
  package static func load(
    directory: String, name: String? = nil, keep: DataKeeping? = nil
  ) throws -> DataSet {
    try load(directory: directory, name: name, KeepingRequest(keep: keep))
  }

  static func load(directory: String, name: String? = nil, _ request: KeepingRequest) throws -> DataSet {
    try load(
      directory: directory, name: name,
      remedies: [
        .text("put the six batches of CIFAR-10's binary version there"),
        .text("give the directory that has them"),
      ], request)
  }

  /// - Parameter remedies: what to do if a file is missing.
  static func load(
    directory: String, name: String?, remedies: [HourglassError.Remedy], _ request: KeepingRequest
  ) throws -> DataSet {
    let folder = try place(in: directory)
    let missing = try fileNames.filter { try !FileEntry.exists("\(folder)/\($0)") }
    guard missing.isEmpty else {
      let problem =
        try FileEntry.exists(folder)
        ? "\(folder) has no \(missing.joined(separator: ", "))" : "\(folder) does not exist"
      throw HourglassError(.environment, problem, remedies: remedies)
    }
    let training = try read(trainingFiles.map { "\(folder)/\($0)" }, folder, request)
    let test = try read(["\(folder)/\(testFile)"], "\(folder)/\(testFile)", request)
    var data = try DataSet(
      name: name ?? URL(filePath: directory).standardizedFileURL.lastPathComponent,
      training: training.images, trainingLabels: training.labels, test: test.images, testLabels: test.labels,
      classNames: classNames)
    data.notes = [training.note, test.note].compactMap(\.self)
    return data
  }

  /// The records of some files, whose images stay there or are read into memory.
  private static func read(
    _ paths: [String], _ title: String, _ request: KeepingRequest
  ) throws -> (images: any SampleSource, labels: [Int], note: String?) {
    let files = try open(paths)
    let counts = files.map { $0.byteCount / record }
    guard request.staysInFiles(counts.reduce(0, +) * shape.count) else {
      let (images, labels) = try read(paths, budget: request.budget)
      return (images, labels, nil)
    }
    var labels: [Int] = []
    try readRecords(files) { labels.append($0) }
    let parts = zip(files, counts).map { FileSamples.Part($0, count: $1, offset: 1, stride: record) }
    let (images, note) = try request.kept(parts, shape: shape, stored: .byte(scale: 1 / 255), name: title)
    return (images, labels, note)
  }

  /// Of a label and a picture, in bytes.
  private static let record = shape.count + 1

  /// The files, whose lengths are right.
  private static func open(_ paths: [String]) throws -> [ReadableFile] {
    let files = try paths.map { try ReadableFile(path: $0) }
    for file in files {
      guard file.byteCount > 0, file.byteCount.isMultiple(of: record) else {
        let fault =
          file.byteCount == 0
          ? "is empty (0 bytes)"
          : "has \(file.byteCount) bytes, which is no multiple of the \(record) of a CIFAR-10 record"
        throw HourglassError(.badData, "\(file.path) \(fault); \(fetchAgain)")
      }
    }
    return files
  }

  /// Reads all records, of which only labels are looked at unless somebody wants the pictures.
  private static func readRecords(
    _ files: [ReadableFile], _ label: (Int) -> Void, _ image: (UnsafeRawBufferPointer) -> Void = { _ in }
  ) throws {
    let records = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * record, alignment: 16)
    defer { records.deallocate() }
    for file in files {
      let ofFile = file.byteCount / record
      for start in stride(from: 0, to: ofFile, by: 256) {
        let wanted = UnsafeMutableRawBufferPointer(
          rebasing: records[..<(min(256, ofFile - start) * record)])
        guard try file.fill(wanted) == wanted.count else {
          throw HourglassError(.badData, "\(file.path) became shorter while it was read; \(fetchAgain)")
        }
        for index in 0..<wanted.count / record {
          let found = Int(wanted[index * record])
          guard found < classNames.count else {
            throw HourglassError(
              .badData,
              "\(file.path) has the label \(found) in record \(start + index), but CIFAR-10 has only 0...9; "
                + fetchAgain)
          }
          label(found)
          image(UnsafeRawBufferPointer(rebasing: wanted[(index * record + 1)..<(index + 1) * record]))
        }
      }
    }
  }

  /// Whether the directory has all six files, of whatever worth.
  static func isComplete(_ directory: String) throws -> Bool {
    let folder = try place(in: directory)
    return try fileNames.allSatisfy { try FileEntry.exists("\(folder)/\($0)") }
  }

  /// Whether the directory has any of the files.
  static func isBegun(_ directory: String) throws -> Bool {
    let folder = try place(in: directory)
    return try fileNames.contains { try FileEntry.exists("\(folder)/\($0)") }
  }

  private static func place(in directory: String) throws -> String {
    let inner = "\(directory)/\(folderName)"
    return try FileEntry.exists(inner) ? inner : directory
  }

  /// The records of some files, one file after another.
  ///
  /// - Parameter budget: what the images may take.
  package static func read(
    _ paths: [String], budget: MemoryBudget = .process
  ) throws -> (images: SampleArray, labels: [Int]) {
    let size = shape.count
    let files = try open(paths)
    // Files as long as that are not on any disk: no overflow.
    let count = files.reduce(0) { $0 + $1.byteCount / record }
    try budget.admit(count * size, for: files.map(\.path).joined(separator: ", "))
    var labels: [Int] = []
    labels.reserveCapacity(count)
    let images = try SampleArray(trustedByteCount: count, shape: shape) { memory in
      var place = 0
      try readRecords(files) {
        labels.append($0)
      } _: { image in
        memory.baseAddress!.advanced(by: place).copyMemory(from: image.baseAddress!, byteCount: size)
        place += size
      }
    }
    return (images, labels)
  }
}
