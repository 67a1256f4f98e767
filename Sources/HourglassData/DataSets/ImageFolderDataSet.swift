import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures

/// A folder of PNG and JPEG pictures.
package enum ImageFolderDataSet {
  /// Loads all pictures (`.png`, `.jpg`, `.jpeg`) of a folder and its sub-folders, on all cores.
  ///
  /// A folder with the sub-folder `train` or `training` has its test part in `test`, else `testing`, `validation`,
  /// `valid` or `val`; of any other folder all is training. If every picture of a part lies in a sub-folder of it,
  /// these are the classes. Hidden files and files of other kinds are passed over.
  ///
  /// - Parameters:
  ///   - fitting: how pictures get one size and number of channels. Grey pictures among colours become colours
  ///     without being asked.
  ///   - shape: what a model takes, `[channels, height, width]`; what `fitting` leaves open must then agree with it.
  ///     `nil` takes the first picture's.
  ///   - name: the name of the data set; `nil` takes the folder's.
  /// - Returns: samples `[channels, height, width]`, bytes that stand for numbers in 0...1, sorted by path.
  /// - Throws: `HourglassError`: `badData` if a picture is damaged or of another size, with the settings that
  ///   would help; `environment` if there is no picture, one cannot be read, or all are larger than memory.
  package static func load(
    directory: String, fitting: PictureFitting = PictureFitting(), shape: Shape? = nil, name: String? = nil
  ) throws -> DataSet {
    try load(directory: directory, fitting: fitting, shape: shape, name: name, watch: .none)
  }

  static func load(
    directory: String, fitting: PictureFitting, shape: Shape?, name: String?, watch: LoadingWatch
  ) throws -> DataSet {
    let files = try ImageFiles(in: directory)
    guard !files.training.paths.isEmpty else {
      throw HourglassError(
        .environment, "\(directory) has no PNG or JPEG picture; give a folder that has some")
    }
    return try load(
      files, directory: directory, fitting: fitting, shape: shape, name: name, watch: watch)
  }

  /// - Parameter files: the folder's pictures, at least one of them for training.
  static func load(
    _ files: ImageFiles, directory: String, fitting: PictureFitting, shape: Shape?, name: String? = nil,
    watch: LoadingWatch
  ) throws -> DataSet {
    let loader = try ImageLoader(
      first: files.training.paths[0], fitting: fitting, shape: shape)
    let count = files.training.paths.count + files.test.paths.count
    try MemoryBudget.process.admit(
      MemoryBudget.product([count] + loader.shape.dimensions),
      for: "\(directory) with \(count) pictures in shape \(loader.shape)")
    let counter = LoadingCount(watch, of: count, "pictures")
    let classes = Classes([files.training, files.test])
    var set = try DataSet(
      name: name ?? URL(filePath: directory).standardizedFileURL.lastPathComponent,
      training: loader.load(files.training.paths, counter),
      trainingLabels: classes.labels(of: files.training),
      test: loader.load(files.test.paths, counter), testLabels: classes.labels(of: files.test),
      classNames: classes.names)
    set.trainingNames = files.training.paths
    set.testNames = files.test.paths
    return set
  }

  /// The sub-folders of all parts in which every picture lies in one.
  private struct Classes {
    let names: [String]
    private let indices: [String: Int]

    init(_ parts: [ImageFiles.Part]) {
      names = Set(parts.filter(Self.areSorted).flatMap(\.folders)).sorted {
        $0.utf8.lexicographicallyPrecedes($1.utf8)
      }
      indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    }

    private static func areSorted(_ part: ImageFiles.Part) -> Bool { !part.folders.contains("") }

    func labels(of part: ImageFiles.Part) -> [Int] {
      Self.areSorted(part) ? part.folders.compactMap { indices[$0] } : []
    }
  }
}

/// Reads pictures into samples of one shape.
private struct ImageLoader {
  let fitting: PictureFitting
  let shape: Shape
  /// Who wants that shape, for messages.
  private let authority: String

  init(first: String, fitting: PictureFitting, shape: Shape?) throws {
    let wanted = shape.flatMap { SampleForm($0).isPicture ? $0 : nil }
    var channels = fitting.channels ?? wanted?[0]
    var size = fitting.extent?.size ?? wanted.map { (height: $0[1], width: $0[2]) }
    if channels == nil || size == nil {
      let picture = try Picture.read(path: first)
      channels = channels ?? picture.channels
      size = size ?? (picture.height, picture.width)
    }
    self.fitting = fitting
    self.shape = [channels ?? 1, size?.height ?? 1, size?.width ?? 1]
    authority = wanted == nil ? first : "the model's input"
  }

  func load(_ paths: [String], _ counter: LoadingCount) throws -> SampleArray {
    try SampleArray(trustedByteCount: paths.count, shape: shape) { memory in
      // Each index writes to a place of its own.
      nonisolated(unsafe) let target = memory
      let size = shape.count
      try concurrently(paths.count) { index in
        try picture(paths[index]).writePlanes(
          to: .init(rebasing: target[index * size..<(index + 1) * size]))
        try counter.add()
      }
    }
  }

  private func picture(_ path: String) throws -> Picture {
    let picture = try Picture.read(path: path).fitted(fitting)
    guard picture.height == shape[1], picture.width == shape[2] else {
      let settings = ["resize", "crop"].map {
        PictureFitting.setting($0, height: shape[1], width: shape[2])
      }
      throw HourglassError(
        .badData,
        "\(path) has \(picture.height) x \(picture.width) pixels (rows x columns), but \(authority) has \(shape[1]) x "
          + "\(shape[2])", .setOne(settings, toDo: "give all that size"))
    }
    guard picture.channels <= shape[0] else {
      throw HourglassError(
        .badData,
        "\(path) is coloured, but \(authority) is grey (1 channel)",
        .setOne([HourglassError.RecipeSetting("data.channels", "1")], toDo: "make all grey"),
        .text("use a model that takes colours"))
    }
    return try picture.converted(toChannels: shape[0])
  }
}
