import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassPlatform

extension TrainedModel {
  /// What neighbouring values of the code differ by.
  ///
  /// - Throws: `HourglassError` (usage) when the model's code is not one of whole numbers.
  package func codeStep() throws(HourglassError) -> Double {
    guard let step = model.encoder.code.step else {
      throw HourglassError(
        .usage,
        "The model was trained for \(type(of: objective).kind), and its code is not one of whole numbers; train "
          + "image-compression, or a recipe whose encoder ends with quantized_code, to compress files.")
    }
    return step
  }

  /// The model with tables for its code, where its code takes some; itself otherwise.
  ///
  /// - Parameter progress: told now and then; what it throws ends the work.
  package func withCodeFrequencies(
    countedOver data: any SampleSource, indices: [UInt32], threads: Int?,
    progress: WorkProgress.Report = { _ in }
  ) throws -> TrainedModel {
    guard model.encoder.code.step != nil else { return self }
    var model = self
    model.codeFrequencies = try CodeFrequencies(
      of: self, over: data, indices: indices, threads: threads, progress: progress)
    return model
  }
}

/// Codes of samples as whole numbers.
package struct CodePass {
  private let pass: ForwardPass
  private let step: Float
  private let size: Int

  package init(_ model: TrainedModel, over data: any SampleSource, threads: Int?) throws {
    pass = try ForwardPass(
      ModelPrograms.encoder(model.model), over: data, parameters: model.parameters, seed: model.seed,
      threads: threads)
    step = Float(try model.codeStep())
    size = try model.model.codeShape.count
  }

  /// Calls `body` with the code of each of these samples in turn.
  ///
  /// - Parameter progress: told after each batch how many samples are done; what it throws ends the work.
  package func run(
    _ indices: [UInt32], progress: (Int) throws -> Void = { _ in }, _ body: (_ values: [Int]) throws -> Void
  ) throws {
    for start in stride(from: 0, to: indices.count, by: pass.batchSize) {
      let batch = indices[start..<min(start + pass.batchSize, indices.count)]
      try pass.run(batch)
      try pass.withOutput("code") { codes in
        for row in 0..<batch.count {
          try body(
            codes[row * size..<(row + 1) * size].map { number in
              let value = (number / step).rounded()
              let limit = Float(FrequencyTable.largestValue)
              // The comparison also turns away what is not a number.
              return value.magnitude <= limit
                ? Int(value) : value > 0 ? Int(limit) : value < 0 ? -Int(limit) : 0
            })
        }
      }
      try progress(min(start + pass.batchSize, indices.count))
    }
  }
}
