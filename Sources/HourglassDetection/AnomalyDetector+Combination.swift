import HourglassBase

extension AnomalyDetector {
  /// The combination of parts that finds most of the anomalies made of rows that the models did not learn: it has the largest mean of
  /// average precisions over both kinds of them. That says something where the rows are known to be normal.
  ///
  /// - Parameter heldOut: detectors with the rows that each did not learn; no standards are needed.
  static func chosenCombination(
    _ heldOut: [HeldOutDetector], _ samples: FittingSamples, _ options: DetectorOptions
  ) throws -> PartCombination {
    var precisions = [PartCombination: Double]()
    for (part, held) in heldOut.enumerated() {
      var (detector, data) = (held.detector, try samples.data(of: held.detector))
      let ordinary = try detector.scores(data, rows: held.rows, threads: options.threads)
      detector.neighbourStandard = Standard(ordinary.neighbours)
      detector.tailStandard = Standard(ordinary.tails)
      let rows = try data.samples.array(held.rows)
      let columns = try detector.encoding.columns.map {
        MadeAnomalies.Column(features: $0.features, isNumber: $0.number != nil)
      }
      var random = RandomNumbers(seed: options.seed, purpose: .sampling, stream: UInt32(part))
      for kind in MadeAnomalies.Kind.allCases {
        let made = MadeAnomalies(kind, of: rows, columns: columns, &random)
        let missing = data.missing.gathered(made.sources.map { held.rows[$0] })
        let odd = try detector.scores(
          EncodedRows(samples: made.rows, missing: missing), threads: options.threads)
        let truth = ordinary.tails.map { _ in false } + odd.tails.map { _ in true }
        for combination in PartCombination.allCases {
          detector.combination = combination
          let values = [ordinary, odd].flatMap { scores in
            scores.tails.indices.map { detector.parts(scores, $0).value(.combined) }
          }
          precisions[combination, default: 0] +=
            RankingQuality(scores: values, isAnomaly: truth)?.averagePrecision ?? 0
        }
      }
    }
    var best = PartCombination.maximum
    for combination in PartCombination.allCases
    where precisions[combination, default: 0] > precisions[best, default: 0] { best = combination }
    return best
  }
}
