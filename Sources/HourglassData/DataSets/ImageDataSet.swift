import HourglassEngine
import HourglassGraph

/// Images with labels, in a part to train on and a part to test on.
public struct ImageDataSet: Sendable {
  public let name: String
  /// Samples of shape `[1, rows, columns]`, numbers in 0...1.
  public let training: SampleArray
  /// One for each training image; each an index into `classNames`.
  public let trainingLabels: [UInt8]
  /// Samples of the same shape as `training`.
  public let test: SampleArray
  /// One for each test image; each an index into `classNames`.
  public let testLabels: [UInt8]
  public let classNames: [String]

  /// - Parameter classNames: what the labels stand for; `nil` names them "0", "1" and so on.
  /// - Throws: `HourglassError` (`badData`) if there are not as many labels as images, if the images of the
  ///   two parts differ in shape, or if a label has no class name.
  public init(
    name: String, training: SampleArray, trainingLabels: [UInt8], test: SampleArray, testLabels: [UInt8],
    classNames: [String]? = nil
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
    name: String, training: SampleArray, trainingLabels: [UInt8], test: SampleArray, testLabels: [UInt8],
    classNames: [String]?, sources: Sources
  ) throws {
    func checkCounts(
      _ images: SampleArray, _ imageSource: String, _ labels: [UInt8], _ labelSource: String
    ) throws {
      guard images.count == labels.count else {
        throw HourglassError(
          .badData,
          "\(imageSource) holds \(images.count) images but \(labelSource) holds \(labels.count) labels; give "
            + "files that belong together")
      }
    }
    try checkCounts(training, sources.training, trainingLabels, sources.trainingLabels)
    try checkCounts(test, sources.test, testLabels, sources.testLabels)
    guard training.shape == test.shape else {
      throw HourglassError(
        .badData,
        "\(sources.training) holds images of shape \(training.shape) but \(sources.test) of shape "
          + "\(test.shape); give files that belong together")
    }
    let greatest = Int(max(trainingLabels.max() ?? 0, testLabels.max() ?? 0))
    let classNames = classNames ?? (0...greatest).map(String.init)
    guard greatest < classNames.count else {
      let source = trainingLabels.contains(UInt8(greatest)) ? sources.trainingLabels : sources.testLabels
      throw HourglassError(
        .badData,
        "\(source) holds the label \(greatest), but \(name) has only the \(classNames.count) classes "
          + "0...\(classNames.count - 1); give the labels of \(name)")
    }
    self.name = name
    self.training = training
    self.trainingLabels = trainingLabels
    self.test = test
    self.testLabels = testLabels
    self.classNames = classNames
  }
}
