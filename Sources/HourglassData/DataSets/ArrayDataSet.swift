import Foundation
import HourglassBase
import HourglassFiles

/// Samples in a file of arrays: NumPy's `.npy` and `.npz`, or `.safetensors`.
public enum ArrayDataSet {
  /// Loads a `.npy` file, or a `.npz` file (zip, stored or deflated) with the arrays `x_train` and perhaps
  /// `x_test`, `y_train`, `y_test`, or with one array under any name. What a file is shows in its content.
  ///
  /// - Parameters:
  ///   - name: the name of the data set; `nil` takes the file's.
  ///   - axes: where arrays of four axes have their channels; nil goes by their extents, as `NPY.read` does, and the
  ///     set's `axisNotes` tell where these leave a choice.
  /// A file whose name ends in `.safetensors` has the tensors `train` (or `x_train`) and perhaps `test`, `train_labels` and
  /// `test_labels` (or `x_test`, `y_train` and `y_test`), or one under any name: `U8`, `F32` or `F64`, labels whole numbers.
  ///
  /// A `.npy` or `.safetensors` file that takes more than a quarter of the memory that is left stays where it is, and its samples are read when they
  /// are needed; the set's `notes` tell so.
  ///
  /// - Returns: samples as `NPY.read` gives them; without `x_test` there is no test part, and without `y_train`
  ///   or `y_test` (whole numbers of shape `[n]` or `[n, 1]`) there are no such labels.
  /// - Throws: `HourglassError`: `badData` if the file is neither, is damaged, or holds what must not be read
  ///   (Python objects, Fortran order, numbers that are not finite, a member that unpacks to 4 GiB or to more than 1,032
  ///   times its packed size); `environment` if it cannot be read or is larger than memory.
  public static func load(path: String, name: String? = nil, axes: ChannelAxis? = nil) throws -> DataSet {
    try load(path: path, name: name, axes: axes, KeepingRequest())
  }

  package static func load(
    path: String, name: String? = nil, axes: ChannelAxis? = nil, keep: DataKeeping? = nil,
    budget: MemoryBudget
  ) throws -> DataSet {
    try load(path: path, name: name, axes: axes, KeepingRequest(keep: keep, budget: budget))
  }

  static func load(
    path: String, name: String? = nil, axes: ChannelAxis? = nil, _ request: KeepingRequest
  ) throws -> DataSet {
    let budget = request.budget
    let name = name ?? URL(filePath: path).lastPathComponent
    let file = try ReadableFile(path: path)
    if try file.begins(with: NPYHeader.magic) {
      let array = try NPYArray(file, axes: axes, budget: budget)
      let (samples, note) = try array.samples(request)
      var data = try DataSet(name: name, training: samples)
      data.notes = [note].compactMap(\.self)
      data.axisNotes = [array.axisNote].compactMap(\.self)
      data.valueNotes = [array.valueNote].compactMap(\.self)
      return data
    }
    guard try file.begins(with: ZipArchive.magic) else {
      if path.ends(with: ".safetensors") {
        return try SafeTensorsDataSet.load(path: path, name: name, axes: axes, request)
      }
      throw HourglassError(
        .badData, "\(path) is neither a .npy nor a .npz file; save it with numpy.save or numpy.savez")
    }
    guard request.keep != .file else {
      throw HourglassError(
        .usage, "\(path) is an archive, whose arrays cannot be read where they lie",
        .text("save them as .npy files"), .readIntoMemory)
    }
    let archive = try ZipArchive(path: path)
    func array(_ key: String) throws -> NPYArray<ZipMember>? {
      try archive.entries.first { $0.key == key }
        .map { try NPYArray(archive.open($0), axes: axes, budget: budget) }
    }
    let keys = archive.entries.map(\.key)
    let isSplit = keys.contains("x_train")
    guard let first = isSplit ? "x_train" : keys.first, isSplit || keys.count == 1,
      let training = try array(first)
    else {
      let found = keys.isEmpty ? "nothing" : keys.map(\.quotedForMessage).joined(separator: ", ")
      throw HourglassError(
        .badData,
        "\(path) holds \(shortList(found)), but must hold x_train (and perhaps x_test, y_train, y_test) or one array; "
          + "save it so")
    }
    let test = isSplit ? try array("x_test") : nil
    var data = try DataSet(
      name: name, training: training.samples(),
      trainingLabels: isSplit ? array("y_train")?.labels() ?? [] : [],
      test: test?.samples(),
      testLabels: isSplit ? array("y_test")?.labels() ?? [] : [],
      classNames: nil,
      sources: DataSet.Sources(
        training: "\(path), x_train,", trainingLabels: "\(path), y_train,", test: "\(path), x_test,",
        testLabels: "\(path), y_test,"))
    data.axisNotes = [training.axisNote, test?.axisNote].compactMap(\.self)
    data.valueNotes = [training.valueNote, test?.valueNote].compactMap(\.self)
    return data
  }

  /// Its beginning when it is long.
  private static func shortList(_ text: String) -> String {
    text.count <= 200 ? text : "\(text.prefix(200))…"
  }
}

extension ZipArchive.Entry {
  /// What NumPy calls the array.
  fileprivate var key: String { name.ends(with: ".npy") ? name.dropping(ending: ".npy") : name }
}
