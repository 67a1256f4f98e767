import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures

extension ShardFolder {
  /// Writes what a description names as a folder of shards, a block at a time, however large it is. Pictures are unpacked as they
  /// come.
  ///
  /// - Parameters:
  ///   - folder: where nothing lies, or an empty folder.
  ///   - bytes: that a file has at most, unless one sample has more.
  ///   - progress: told, on some other thread, how far it is.
  /// - Returns: what was written, and what a person should know, a sentence each.
  /// - Throws: `HourglassError`: usage when something lies there, or the data are patches; environment when it cannot be written; as
  ///   `DataDescription.load`.
  package static func write(
    _ description: DataDescription, to folder: String, bytes: Int, progress: WorkProgress.Notice? = nil
  ) async throws -> (files: Int, samples: Int, notes: [String]) {
    try NewFolder.check(folder)
    let source = description.source
    if try isOfPictures(source) {
      return try await onOwnThread { cancellation in
        let request = PictureRequest(
          fitting: description.fitting, isStrict: description.isStrict,
          watch: LoadingWatch(cancellation: cancellation, progress: progress))
        return try write(pictures: source.text, request, to: folder, bytes: bytes)
      }
    }
    let data = try await description.load(progress: progress)
    return try await onOwnThread { cancellation in
      let (files, samples) = try write(data, source: source.text, to: folder, bytes: bytes) {
        try cancellation.check()
        progress?($0)
      }
      return (files, samples, data.axisNotes.map { "\($0)." } + data.valueNotes + data.notes)
    }
  }

  /// Whether pictures have to be unpacked.
  private static func isOfPictures(_ source: DataSource) throws -> Bool {
    switch source.kind {
    case .images: return true
    case .name, .file, .sounds: return false
    case .folder:
      guard case .folder = try FileEntry.at(source.text) else { return false }
      return try !IDXDataSet.isBegun(source.text) && !CIFARDataSet.isBegun(source.text) && !isOne(source.text)
    }
  }

  private static func write(
    pictures directory: String, _ request: PictureRequest, to folder: String, bytes: Int
  ) throws -> (files: Int, samples: Int, notes: [String]) {
    let pictures = try ImageFolderDataSet.Blocks(directory, request)
    return try NewFolder.write(to: folder) { temporary in
      let element = SampleElement.byte(scale: 1 / 255)
      var manifest = ShardManifest(
        name: URL(filePath: directory).standardizedFileURL.lastPathComponent, source: directory,
        form: SampleForm(pictures.shape), element: element, classNames: pictures.classNames)
      let writers = try ["train", "test"].map {
        try ShardSectionWriter($0, in: temporary, shape: pictures.shape, element: element, bytes: bytes)
      }
      let notes = try pictures.read { isTest, samples, labels in
        try writers[isTest ? 1 : 0].append(
          UnsafeRawBufferPointer(start: samples.baseAddress, count: samples.count * samples.bytesPerSample),
          labels: labels)
      }
      (manifest.train, manifest.test) = (try writers[0].finish(), try writers[1].finish())
      let (files, samples) = try end(manifest, in: temporary)
      return (files, samples, notes)
    }
  }

  /// Writes the numbers of a table as a folder of shards, a block of rows at a time: a sample is a row, its numbers are its columns.
  ///
  /// - Parameters:
  ///   - path: of a CSV file, or the address of a database's table or query.
  ///   - ignored: columns that are left out.
  ///   - folder: where nothing lies, or an empty folder.
  ///   - bytes: that a file has at most, unless one sample has more.
  ///   - progress: told after each block; what it throws ends the work without a trace.
  /// - Throws: `HourglassError`: badData when a column holds texts or times, or a number is missing or too large; usage when
  ///   something lies there; environment when it cannot be written; as `TableReader`.
  package static func write(
    table path: String, format: TableFormat = TableFormat(), ignoring ignored: Set<String> = [],
    to folder: String, bytes: Int, progress: WorkProgress.Report = { _ in }
  ) throws -> (files: Int, samples: Int, columns: [String]) {
    try NewFolder.check(folder)
    var reader = try TableReader(path: path, format: format)
    return try NewFolder.write(to: folder) { temporary in
      while true {
        let rows = try TableRows(reader, ignoring: ignored)
        var manifest = ShardManifest(
          name: reader.title.lastPathPart ?? reader.title, source: reader.title,
          form: .vector(rows.columns.count),
          element: .float, classNames: [])
        let writer = try ShardSectionWriter(
          "train", in: temporary, shape: [rows.columns.count], element: .float, bytes: bytes)
        var count = 0
        while let numbers = try rows.next() {
          try numbers.withUnsafeBytes { try writer.append($0, labels: []) }
          count += numbers.count / rows.columns.count
          try progress(WorkProgress("writing", done: count, of: nil, "rows"))
        }
        manifest.train = try writer.finish()
        guard reader.isMisread else {
          guard count > 0 else {
            throw HourglassError(
              .badData, "\(reader.title) has no row; give a table with a row for each sample")
          }
          let (files, samples) = try end(manifest, in: temporary)
          return (files, samples, rows.columns)
        }
        // How numbers are written showed only later.
        try FileManager.default.removeItem(atPath: "\(temporary)/train")
        reader = try reader.again()
      }
    }
  }
}

/// The numbers of a table's rows.
private final class TableRows {
  /// Those that are taken.
  let columns: [String]
  private let reader: TableReader
  private let places: [Int]
  private var row = 0

  init(_ reader: TableReader, ignoring ignored: Set<String>) throws {
    self.reader = reader
    let names = reader.columnNames
    for name in ignored.sorted() where !names.contains(name) {
      throw HourglassError(
        .usage,
        "\(reader.title) has no column \(name.quotedForMessage)",
        nearestName(to: name, among: names).map { .text("did you mean \($0.quotedForMessage)?") }
          ?? .choose(.ignoredColumns))
    }
    places = names.indices.filter { !ignored.contains(names[$0]) }
    columns = places.map { names[$0] }
    guard !columns.isEmpty else {
      throw HourglassError(.usage, "All columns of \(reader.title) are left out", .choose(.ignoredColumns))
    }
  }

  /// - Returns: the next rows, one after another; nil when there are no more.
  func next() throws -> [Float]? {
    guard let table = try reader.next() else { return nil }
    let chosen = places.map { table.columns[$0] }
    if let other = chosen.first(where: { $0.kind != .number }) {
      throw HourglassError(
        .badData,
        "Column \(other.name.quotedForMessage) of \(reader.title) holds \(other.kind == .time ? "times" : "texts"), but samples are numbers",
        .give(.ignoredColumns, "it"))
    }
    var numbers = [Float](repeating: 0, count: table.rowCount * chosen.count)
    for (place, column) in chosen.enumerated() {
      for (row, value) in column.values.enumerated() {
        let number = Float(value)
        guard number.isFinite else {
          throw HourglassError(
            .badData,
            "Row \(self.row + row + 1) of \(reader.title) has \(value.isNaN ? "no number" : "\(value), too large for 32 bits,") in column \(column.name.quotedForMessage)",
            .text("complete or remove the row"), .give(.ignoredColumns, "the column"))
        }
        numbers[row * chosen.count + place] = number
      }
    }
    row += table.rowCount
    return numbers
  }
}
