import Foundation
import HourglassBase
import HourglassFiles
import HourglassPictures

/// A folder of PNG, JPEG and WebP pictures.
package enum ImageFolderDataSet {
  /// Loads all pictures (`.png`, `.jpg`, `.jpeg`, `.jpe`, `.jfif`, `.webp`) of a folder and its sub-folders, on all cores.
  ///
  /// A folder with the sub-folder `train` or `training` has its test part in `test`, else `testing`, `validation`,
  /// `valid` or `val`; of any other folder all is training. If every picture of a part lies in a sub-folder of it,
  /// these are the classes. Hidden files are passed over. Files of other kinds and broken pictures are left out, and the
  /// set's `notes` tell of them.
  ///
  /// - Parameters:
  ///   - fitting: how pictures get one size and number of channels. Grey pictures among colours become colours
  ///     without being asked.
  ///   - shape: what a model takes, `[channels, height, width]`; what `fitting` leaves open must then agree with it.
  ///     `nil` takes the first picture's.
  ///   - name: the name of the data set; `nil` takes the folder's.
  ///   - isStrict: whether a broken picture is refused.
  /// - Returns: samples `[channels, height, width]`, bytes that stand for numbers in 0...1, sorted by path.
  /// - Throws: `HourglassError`: `badData` if more than half of the pictures are broken, or one is of another size, with the
  ///   settings that would help; `environment` if there is no picture, or all are larger than memory.
  package static func load(
    directory: String, fitting: PictureFitting = PictureFitting(), shape: Shape? = nil, name: String? = nil,
    isStrict: Bool = false
  ) throws -> DataSet {
    try load(
      directory: directory, PictureRequest(fitting: fitting, shape: shape, isStrict: isStrict), name: name)
  }

  /// What a person should know of files of a folder of pictures that are none, a sentence each, as in the set's `notes`: for
  /// who cannot load the set. Empty where the folder has no picture to train on.
  ///
  /// - Throws: `HourglassError` (environment) when a folder cannot be listed.
  package static func leftOutNotes(of directory: String) throws -> [String] {
    let files = try ImageFiles(in: directory)
    return files.training.paths.isEmpty ? [] : files.leftOut.notes.map { "\($0)." }
  }

  static func load(directory: String, _ request: PictureRequest, name: String? = nil) throws -> DataSet {
    let files = try ImageFiles(in: directory)
    guard !files.training.paths.isEmpty else { throw files.refusal(of: directory) }
    return try load(files, directory: directory, request, name: name)
  }

  /// - Parameter files: the folder's pictures, at least one of them for training.
  static func load(
    _ files: ImageFiles, directory: String, _ request: PictureRequest, name: String? = nil
  ) throws -> DataSet {
    let broken = BrokenFiles(of: directory, "pictures", isStrict: request.isStrict)
    var loader = try ImageLoader(files.training.paths, request, broken)
    func load() throws -> (training: SampleArray, test: SampleArray) {
      let count = files.training.paths.count + files.test.paths.count
      try MemoryBudget.process.admit(
        MemoryBudget.product([count] + loader.shape.dimensions),
        for: "\(directory) with \(count) pictures in shape \(loader.shape)")
      let counter = LoadingCount(request.watch, of: count, "pictures")
      return try (loader.load(files.training.paths, counter), loader.load(files.test.paths, counter))
    }
    var samples: (training: SampleArray, test: SampleArray)
    do {
      samples = try load()
    } catch is ImageLoader.ColoursAmongGrey {
      loader.takeColours()
      samples = try load()
    }
    let brokenNote = try broken.note(of: files.training.paths + files.test.paths)
    let classes = Classes([files.training, files.test])
    let (training, test) = (broken.sound(files.training.paths), broken.sound(files.test.paths))
    guard !training.isEmpty else { throw broken.refusal(of: files.training.paths) }
    var set = try DataSet(
      name: name ?? URL(filePath: directory).standardizedFileURL.lastPathComponent,
      training: samples.training, trainingLabels: classes.labels(of: files.training, training),
      test: samples.test, testLabels: classes.labels(of: files.test, test), classNames: classes.names)
    set.trainingNames = training.map { files.training.paths[$0] }
    set.testNames = test.map { files.test.paths[$0] }
    set.notes = (files.leftOut.notes + [brokenNote, loader.adaptationNote(on: directory)].compactMap(\.self))
      .map { "\($0)." }
    set.adaptedFitting = loader.adaptedFitting
    return set
  }

  /// Pictures of a folder that are unpacked a block at a time, since all may be larger than memory.
  struct Blocks {
    let shape: Shape
    let classNames: [String]
    private let directory: String
    private let files: ImageFiles
    private let request: PictureRequest
    private let broken: BrokenFiles
    private let loader: ImageLoader
    private let classes: Classes

    /// - Throws: as `load`.
    init(_ directory: String, _ request: PictureRequest) throws {
      files = try ImageFiles(in: directory)
      guard !files.training.paths.isEmpty else { throw files.refusal(of: directory) }
      broken = BrokenFiles(of: directory, "pictures", isStrict: request.isStrict)
      loader = try ImageLoader(files.training.paths, request, broken)
      (self.directory, self.request, shape) = (directory, request, loader.shape)
      classes = Classes([files.training, files.test])
      classNames = classes.names
    }

    /// Hands on the pictures of both parts in turn.
    ///
    /// - Parameter body: takes whether they are to test on, samples, and a label for each or none at all.
    /// - Returns: what a person should know, a sentence each.
    /// - Throws: as `load`, and what `body` throws.
    func read(_ body: (_ isTest: Bool, SampleArray, [Int]) throws -> Void) throws -> [String] {
      let count = files.training.paths.count + files.test.paths.count
      let counter = LoadingCount(request.watch, of: count, "pictures")
      let most = max(1, min(4096, (32 << 20) / shape.count))
      for (part, isTest) in [(files.training, false), (files.test, true)] {
        for first in stride(from: 0, to: part.paths.count, by: most) {
          let places = Array(first..<min(first + most, part.paths.count))
          let paths = places.map { part.paths[$0] }
          let samples = try loader.load(paths, counter)
          try body(isTest, samples, classes.labels(of: part, broken.sound(paths).map { places[$0] }))
        }
      }
      let note = try broken.note(of: files.training.paths + files.test.paths)
      return (files.leftOut.notes + [note].compactMap(\.self)).map { "\($0)." }
    }
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

    /// - Parameter chosen: the places of the pictures in the part.
    func labels(of part: ImageFiles.Part, _ chosen: [Int]) -> [Int] {
      Self.areSorted(part) ? chosen.compactMap { indices[part.folders[$0]] } : []
    }
  }
}
