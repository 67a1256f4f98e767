import HourglassBase
import HourglassData
import HourglassEngine
import HourglassModels
import HourglassNN

extension AnomalyDetector {
  /// Up to so many samples, each is held out alone.
  private static let mostHeldOutAlone = 8
  /// More are held out in so many parts.
  private static let partsHeldOut = 5

  /// The residuals of fewer samples do not show which of their directions are usual, and the held-out parts not how far they
  /// lie from what their models learnt: the score is then the mean square of the residual alone.
  static let fewestToCompare = HeldOutScores.fewestForScale * partsHeldOut

  /// Models that are trained on so many samples.
  static func modelCount(samples: Int) -> Int {
    samples >= fewestToHoldOut ? 1 : samples <= mostHeldOutAlone ? samples : partsHeldOut
  }

  /// Of so many samples, those that scores and threshold are calibrated on.
  static func heldOutCount(samples: Int) -> Int { samples >= fewestToHoldOut ? samples / 10 : samples }

  /// One of the models, and what it makes of the samples that it did not learn.
  private struct HeldOutPart {
    /// With the scaling of columns that was learnt on the same samples as the model.
    var samples: FittingSamples
    var model: TrainedModel
    /// Which samples of those that the model learnt others are compared with.
    var references: [UInt32]
    /// What it did not learn.
    var rows: [UInt32]
    var residuals: SampleArray
  }

  /// Fits to few samples: each part of them is held out from one model, and the first of these models is kept. The others can
  /// score their own parts.
  ///
  /// A model knows by heart what few samples it was trained on. Their residuals and scores say nothing of new ones, and a
  /// model of all of them has no others to be calibrated on. So what residuals are usual is learnt on those of other parts by
  /// their own models, for every model in the same way, and the kept model's scale is that of its own held-out part.
  ///
  /// - Parameter order: the training samples in the order in which they are dealt out.
  static func crossFitted(
    _ samples: FittingSamples, _ order: [UInt32], _ options: DetectorOptions, _ machine: VectorMachine,
    _ progress: (TrainingEvent) throws -> Void
  ) throws -> ([HeldOutDetector], HeldOutScores) {
    let modelCount = modelCount(samples: order.count)
    var parts: [HeldOutPart] = []
    for part in 0..<modelCount {
      func rows(_ isChosen: (Int) -> Bool) -> [UInt32] {
        order.indices.filter { isChosen($0 % modelCount) }.map { order[$0] }
      }
      let (learnt, held) = (rows { $0 != part }, rows { $0 == part }.sorted())
      let samples = try samples.scaled(by: learnt, options)
      let data = samples.data
      let model = try train(data.samples, learnt.sorted(), options, machine) { event in
        switch event {
        case .batch(let batch): try progress(.batch(batch.counted(part, of: modelCount)))
        // The epochs that are told are those of the model that is kept.
        case .epoch, .learningRateReduced, .restored, .pretraining: if part == 0 { try progress(event) }
        }
      }
      let (new, missing) = try seen(held, of: data, by: model, machine)
      parts.append(
        HeldOutPart(
          samples: samples, model: model, references: learnt.prefix(options.referenceLimit).sorted(),
          rows: held,
          residuals: residuals(new, missing: missing)))
    }
    func distance(_ part: Int) throws -> ResidualDistance {
      order.count < fewestToCompare
        ? ResidualDistance(alike: residuals(parts) { _ in true })
        : try ResidualDistance(
          of: residuals(parts) { $0 != part }, seed: options.seed, threads: options.threads)
    }
    let detectors = try parts.enumerated().map { place, part in
      let (seen, missing) = try seen(part.references, of: part.samples.data, by: part.model, machine)
      return HeldOutDetector(
        detector: try AnomalyDetector(
          uncalibrated: part.model, references: part.references, seen: seen, missing: missing,
          residuals: residuals(parts) { $0 != place }, distance: try distance(place), part.samples, options,
          machine, count: order.count),
        rows: part.rows)
    }
    let scores = try zip(detectors, parts).map { held, part in
      try held.detector.scores(part.samples.data, rows: part.rows, threads: options.threads)
    }
    return (detectors, HeldOutScores(parts: scores))
  }

  /// What a model makes of some rows, and what these lack.
  static func seen(
    _ rows: [UInt32], of data: EncodedRows, by model: TrainedModel, _ machine: VectorMachine
  ) throws -> (TrainedModel.Pass, missing: MissingCells) {
    let missing = data.missing.gathered(rows)
    return (try model.pass(over: data, rows: rows, missing: missing, threads: machine.team.count), missing)
  }

  /// Those of some parts.
  private static func residuals(_ parts: [HeldOutPart], _ isChosen: (Int) -> Bool) -> SampleArray {
    let chosen = parts.indices.filter(isChosen).map { parts[$0].residuals }
    return SampleArray(
      trustedFloats: chosen.flatMap(\.floats), count: chosen.reduce(0) { $0 + $1.count },
      shape: chosen[0].shape)
  }
}

extension BatchProgress {
  /// With the epochs of one of several models counted among those of all.
  fileprivate func counted(_ model: Int, of models: Int) -> BatchProgress {
    var batch = self
    batch.epoch += model * epochs
    batch.epochs *= models
    return batch
  }
}
