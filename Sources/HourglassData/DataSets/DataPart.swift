import HourglassBase

/// Some samples of a data set, as a person chooses them: a part of it, and of that the first.
package struct DataPart {
  /// Which part; data without parts are taken whole.
  package enum Split: String, CaseIterable, Sendable {
    case train, test
  }

  /// Such as "fashion-mnist, test".
  package let name: String
  package let samples: any SampleSource
  /// None if they are not known.
  package let labels: [Int]
  package let classNames: [String]
  /// Of files, or none.
  package let files: [String]

  /// - Parameters:
  ///   - split: the part that somebody chose.
  ///   - usual: the part if nobody chooses one.
  ///   - limit: how many samples at most.
  /// - Throws: `HourglassError` (usage) when the part that somebody chose is not there.
  package init(_ set: DataSet, split: Split?, usual: Split, limit: Int?) throws {
    guard split != .test || set.hasTest else {
      throw HourglassError(
        .usage, "\(set.name) has no test part", .leaveOut(.split, "which takes all of it"))
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

extension HourglassError.Argument {
  /// The part of a data set.
  package static let split = Self("part")
}
