import HourglassBase

/// What is mapped.
package struct ProjectedSamples: Sendable {
  /// Such as "fashion-mnist, test".
  package var name: String
  package var codes: SampleArray
  /// What the codes are of; the codes themselves where these are vectors of no model.
  package var samples: any SampleSource
  /// Of the model that made the codes; nil where there is none.
  package var weightsDigest: String?
  /// The class of each, an index into `classNames`; none if they are not known.
  package var labels: [UInt8]
  package var classNames: [String]
  /// The file of each; none if they have none of their own.
  package var files: [String]

  package init(
    name: String, codes: SampleArray, samples: any SampleSource, weightsDigest: String?, labels: [UInt8],
    classNames: [String], files: [String]
  ) {
    (self.name, self.codes, self.samples, self.weightsDigest) = (name, codes, samples, weightsDigest)
    (self.labels, self.classNames, self.files) = (labels, classNames, files)
  }
}
