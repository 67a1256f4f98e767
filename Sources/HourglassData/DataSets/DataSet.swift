import HourglassBase
import HourglassPictures

/// Samples, usually images, in a part to train on and perhaps a part to test on, perhaps with labels.
public struct DataSet: Sendable {
  public let name: String
  /// Samples of shape `[channels, height, width]`, `[channels, length]` or `[features]`; bytes stand for numbers in 0...1.
  public internal(set) var training: any SampleSource
  /// One for each training sample, an index into `classNames`; empty if they are not known.
  public private(set) var trainingLabels: [Int]
  /// Samples of the same shape as `training`; none (count 0) if the data have no such part.
  public internal(set) var test: any SampleSource
  /// One for each test sample, an index into `classNames`; empty if they are not known.
  public private(set) var testLabels: [Int]
  public let classNames: [String]
  /// The file of each training sample; empty if samples are no files of their own.
  public internal(set) var trainingNames: [String] = []
  /// The file of each test sample, as `trainingNames`.
  public internal(set) var testNames: [String] = []
  /// Which axis of the files' arrays was taken for channels where another one might hold them, a fact for each array;
  /// empty where there is nothing to choose.
  public internal(set) var axisNotes: [String] = []
  /// What the numbers of the files' arrays were taken for where they could mean something else, one sentence each.
  package var valueNotes: [String] = []
  /// What a person should know of how the samples came out of the files, a sentence each: files that were left out, pictures that
  /// were scaled.
  public internal(set) var notes: [String] = []
  /// What was done to pictures so that they fit a model, though nobody had asked for it; nil where nothing was.
  package internal(set) var adaptedFitting: PictureFitting?
  /// For each training sample the number of the picture or recording it was cut from; empty if samples are whole.
  package internal(set) var pictures: [Int] = []

  /// What `pictures` counts, in the singular.
  package internal(set) var groupNoun = "photo"

  /// Of the training samples of shards, how many lie in each file; empty of other data.
  package internal(set) var shardCounts: [Int] = []

  /// That samples are squares cut from photos, in a sentence; nil where they are whole.
  package var patchNote: String? {
    guard !pictures.isEmpty else { return nil }
    let photos = Set(pictures).count
    guard groupNoun == "photo" else {
      return "The samples are stretches of \(grouped(photos)) \(groupNoun)\(photos == 1 ? "" : "s")."
    }
    return
      "The samples are patches of \(training.shape.dimensions.dropFirst().map(String.init).joined(separator: " x ")) pixels, cut from "
      + "\(grouped(photos)) \(photos == 1 ? "photo" : "photos")."
  }

  /// What a sample is, and its shape.
  public var form: SampleForm { training.form }

  /// The same data as samples of this form, see `SampleSource.viewed(as:)`; nil where they are no such samples.
  public func viewed(as form: SampleForm) -> DataSet? {
    guard let training = training.viewed(as: form), let test = test.viewed(as: form) else { return nil }
    var data = self
    data.training = training
    data.test = test
    return data
  }

  /// The first samples of each part.
  package func prefix(_ limit: Int) -> DataSet {
    var data = self
    (data.training, data.test) = (training.prefix(limit), test.prefix(limit))
    (data.trainingLabels, data.testLabels) = (
      Array(trainingLabels.prefix(limit)), Array(testLabels.prefix(limit))
    )
    (data.trainingNames, data.testNames) = (
      Array(trainingNames.prefix(limit)), Array(testNames.prefix(limit))
    )
    data.pictures = Array(pictures.prefix(limit))
    data.shardCounts = []
    return data
  }

  /// Whether there is a part to test on.
  public var hasTest: Bool { test.count > 0 }

  /// - Parameters:
  ///   - trainingLabels: one for each training sample, or none at all; so are `testLabels` for `test`.
  ///   - test: `nil` if there is no such part.
  ///   - classNames: what the labels stand for; `nil` names them "0", "1" and so on.
  /// - Throws: `HourglassError` (`badData`) if there are neither no labels nor as many as samples, if the
  ///   samples of the two parts differ in shape, or if a label has no class name or is not in 0...65535.
  public init(
    name: String, training: any SampleSource, trainingLabels: [Int] = [], test: (any SampleSource)? = nil,
    testLabels: [Int] = [], classNames: [String]? = nil
  ) throws {
    try self.init(
      name: name, training: training, trainingLabels: trainingLabels, test: test, testLabels: testLabels,
      classNames: classNames, sources: Sources())
  }

  /// What messages call the four parts: the files they came from, if they did.
  package struct Sources {
    var training = "training"
    var trainingLabels = "trainingLabels"
    var test = "test"
    var testLabels = "testLabels"
  }

  package init(
    name: String, training: any SampleSource, trainingLabels: [Int], test: (any SampleSource)?,
    testLabels: [Int],
    classNames: [String]?, sources: Sources
  ) throws {
    let test = test ?? SampleArray(trustedBytes: [], count: 0, shape: training.shape)
    func checkCounts(
      _ images: any SampleSource, _ imageSource: String, _ labels: [Int], _ labelSource: String
    ) throws {
      guard labels.isEmpty || images.count == labels.count else {
        throw HourglassError(
          .badData,
          "\(imageSource) holds \(images.count) \(images.form.noun)s but \(labelSource) holds \(labels.count) labels; give "
            + "files that belong together")
      }
    }
    try checkCounts(training, sources.training, trainingLabels, sources.trainingLabels)
    try checkCounts(test, sources.test, testLabels, sources.testLabels)
    guard test.count == 0 || training.shape == test.shape else {
      throw HourglassError(
        .badData,
        "\(sources.training) holds \(training.form.noun)s of shape \(training.shape) but \(sources.test) of shape "
          + "\(test.shape); give files that belong together")
    }
    let classNames = try Self.classNames(
      classNames, name: name,
      labels: [(trainingLabels, sources.trainingLabels), (testLabels, sources.testLabels)])
    self.name = name
    self.training = training
    self.trainingLabels = trainingLabels
    self.test = test
    self.testLabels = testLabels
    self.classNames = classNames
  }

  /// Names for all labels.
  private static func classNames(
    _ names: [String]?, name: String, labels: [(values: [Int], source: String)]
  ) throws -> [String] {
    for (values, source) in labels {
      if let label = values.first(where: { !(0...65_535 ~= $0) }) {
        throw HourglassError(
          .badData, "\(source) holds the label \(label), which is not in 0...65535; number the classes from 0"
        )
      }
    }
    let greatest = labels.flatMap(\.values).max() ?? -1
    let names = names ?? (0..<greatest + 1).map(String.init)
    guard greatest < names.count else {
      let source = labels.first { $0.values.contains(greatest) }?.source ?? name
      throw HourglassError(
        .badData,
        "\(source) holds the label \(greatest), but \(name) has only the \(names.count) classes "
          + "0...\(names.count - 1); give the labels of \(name)")
    }
    return names
  }
}
