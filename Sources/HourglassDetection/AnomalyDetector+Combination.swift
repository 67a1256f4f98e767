import HourglassBase

extension AnomalyDetector {
  /// Of fewer training rows there are too few held-out ones to choose by.
  static let fewestToChooseBy = 50
  /// In average precision: what another combination has to be better by than the smooth maximum, which is the most versatile.
  static let clearlyBetter = 0.002

  /// Chooses the combination of parts by anomalies that are made of rows that the models did not learn. That says something where the
  /// rows are known to be normal. The standards of the parts must be there.
  ///
  /// - Parameters:
  ///   - detectors: with the rows that each did not learn.
  ///   - ordinary: the scores of these rows.
  mutating func chooseCombination(
    by detectors: [HeldOutDetector], _ ordinary: HeldOutScores, _ samples: FittingSamples,
    _ options: DetectorOptions
  ) throws {
    var sums = [PartCombination: Double]()
    for (part, (held, factor)) in zip(detectors, ordinary.factors).enumerated() {
      var detector = held.detector
      detector.takeScale(of: self, factor)
      let data = try samples.data(of: detector)
      let (rows, missing) = (try data.samples.array(held.rows), data.missing.gathered(held.rows))
      let columns = try detector.encoding.columns.map {
        MadeAnomalies.Column(features: $0.features, isNumber: $0.number != nil)
      }
      var random = RandomNumbers(
        seed: options.seed, purpose: .sampling, stream: Self.firstStream + UInt32(part))
      for kind in MadeAnomalies.Kind.allCases {
        let made = MadeAnomalies(kind, of: rows, missing: missing, columns: columns, &random)
        let odd = try detector.scores(
          EncodedRows(samples: made.rows, missing: missing.gathered(made.sources.map { UInt32($0) })),
          threads: options.threads)
        let scores = [ordinary.parts[part], odd]
        let truth = scores.enumerated().flatMap { place, scores in scores.tails.map { _ in place == 1 } }
        for combination in PartCombination.allCases {
          detector.combination = combination
          let values = scores.flatMap { scores in
            scores.tails.indices.map { detector.parts(scores, $0).value(.combined) }
          }
          sums[combination, default: 0] +=
            RankingQuality(scores: values, isAnomaly: truth)?.averagePrecision ?? 0
        }
      }
    }
    let count = Double(detectors.count * MadeAnomalies.Kind.allCases.count)
    combinationPrecisions = sums.mapValues { $0 / count }
    let least = combinationPrecisions[.maximum, default: 0] + Self.clearlyBetter
    combination = .maximum
    for candidate in PartCombination.allCases
    where combinationPrecisions[candidate, default: 0]
      >= max(least, combinationPrecisions[combination, default: 0])
    {
      combination = candidate
    }
  }

  /// Apart from the streams of other uses.
  private static let firstStream: UInt32 = 1 << 23
}
