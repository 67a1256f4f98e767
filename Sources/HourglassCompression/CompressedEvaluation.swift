import HourglassBase
import HourglassModels

extension TrainedModel {
  /// What `evaluate` measures, and of models that compress `file_bits_per_pixel`: the bits of one file of all these samples.
  ///
  /// - Parameters:
  ///   - indices: which samples; at least one.
  ///   - threads: workers; all cores when nil. The metrics do not depend on it.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when the samples' shape is not the model's.
  package func evaluateWithFiles(
    _ data: any SampleSource, indices: [UInt32], threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws -> Evaluation {
    var evaluation = try evaluate(data, indices: indices, threads: threads, progress: progress)
    if codeFrequencies != nil {
      let bits = try Compressor(self).bits(of: data, indices: indices, threads: threads) {
        try progress(WorkProgress("compressing", done: $0, of: indices.count, "samples"))
      }
      evaluation.metrics["file_bits_per_pixel"] =
        Double(bits) / Double(indices.count * model.input.places)
    }
    return evaluation
  }
}
