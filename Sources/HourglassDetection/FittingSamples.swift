import HourglassBase
import HourglassData

/// The samples that a detector is fitted to.
struct FittingSamples {
  var data: EncodedRows
  /// Where `data` are rows of one.
  var table: Table?
  /// What `data` are.
  var input: AnomalyDetector.Input
  /// To train on.
  var training: [UInt32]
  /// Known anomalies outside the test part, to choose a threshold on.
  var anomalies: [UInt32] = []
  /// Whether anomalies are known not to be among those to train on.
  var isClean = false
  /// Whether anomalies are to be expected among those to train on: of a table that was not sorted by anybody, whose own rows are
  /// scored.
  var isMixed = false
  /// Whether labels say of nearly all of those to train on that they are normal.
  var isLabelled = false
  /// Of the sample of a larger table: gives all rows of it that the model learns, but for those of the sample that are held out from it.
  var more: ((_ heldOut: [UInt32]) throws -> any SampleSource)?

  /// With the columns of a table scaled by some rows only, so that the others are new to the scaling too. Of images nothing is
  /// learnt but by the model.
  func scaled(by rows: [UInt32], _ options: DetectorOptions) throws -> FittingSamples {
    guard let table, case .table(let encoding) = input else { return self }
    let scaled = try encoding.scaled(by: rows, of: table, options.scaling, threads: options.threads)
    var samples = self
    (samples.input, samples.data) = (.table(scaled), try scaled.encodedRows(table))
    return samples
  }

  /// All samples as a detector that was fitted to them takes them.
  func data(of detector: AnomalyDetector) throws -> EncodedRows {
    guard let table, case .table(let encoding) = detector.input,
      training.count < AnomalyDetector.fewestToHoldOut
    else { return data }
    return try encoding.encodedRows(table)
  }
}
