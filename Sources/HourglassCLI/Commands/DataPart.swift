import ArgumentParser
import Hourglass

/// A part of a data set.
enum Split: String, ExpressibleByArgument, CaseIterable {
  case train, test
}

/// How pictures of any size get the model's.
enum PictureFit: String, ExpressibleByArgument, CaseIterable {
  case resize, crop

  /// - Throws: `HourglassError` (usage) when the model takes no pictures.
  func fitting(to form: SampleForm) throws -> PictureFitting {
    let shape = form.shape
    guard form.isPicture else {
      throw HourglassError(.usage, "--fit is for pictures, but the model takes \(shape); leave it out.")
    }
    let extent: PictureFitting.Extent =
      switch self {
      case .resize: .resize(height: shape[1], width: shape[2])
      case .crop: .crop(height: shape[1], width: shape[2])
      }
    return PictureFitting(extent: extent, channels: shape[0])
  }
}

/// The options that choose samples.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder with IDX files, CIFAR-10 batches or pictures, a .npy or .npz file, or the name of a data set, instead of the run's.",
      valueName: "dir"))
  var data: String?

  @Option(help: "Which part of the data; data without parts are taken whole.")
  var split: Split?

  @Option(help: ArgumentHelp("The first samples only.", valueName: "samples"))
  var limit: Int?

  @Option(help: "Bring pictures of any size into the model's: resize them, or crop what is too long.")
  var fit: PictureFit?

  /// - Throws: `HourglassError` (usage) when an option is out of range.
  func check() throws {
    try limit?.checkLimit()
  }

  /// The samples that the options choose.
  ///
  /// - Parameter usual: the part if nobody chooses one.
  func part(of source: RunArgument, for model: TrainedModel, usual: Split) async throws -> DataPart {
    let set = try await source.dataSet(for: model, data: data, fit: fit, hasFit: true)
    return try DataPart(set, split: split, usual: usual, limit: limit)
  }
}

/// Some samples of a data set.
struct DataPart {
  /// Such as "fashion-mnist, test".
  let name: String
  let samples: SampleArray
  /// None if they are not known.
  let labels: [Int]
  let classNames: [String]
  /// Of files, or none.
  let files: [String]

  /// - Throws: `HourglassError` (usage) when the part that somebody chose is not there.
  init(_ set: ImageDataSet, split: Split?, usual: Split, limit: Int?) throws {
    guard split != .test || set.hasTest else {
      throw HourglassError(.usage, "\(set.name) has no test part; leave out --split test to take all of it.")
    }
    let isTest = (split ?? usual) == .test && set.hasTest
    samples = (isTest ? set.test : set.training).prefix(limit ?? .max)
    labels = Array((isTest ? set.testLabels : set.trainingLabels).prefix(samples.count))
    files = Array((isTest ? set.testNames : set.trainingNames).prefix(samples.count))
    // A folder says nothing of its classes; one with the name of a known data set has that one's.
    let known = NamedDataSet.all.first { $0.name == set.name }?.classNames ?? []
    classNames = known.count >= set.classNames.count ? known : set.classNames
    name = set.hasTest ? "\(set.name), \(isTest ? "test" : "train")" : set.name
  }
}
