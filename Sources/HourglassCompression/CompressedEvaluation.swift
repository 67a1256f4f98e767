import HourglassBase
import HourglassEngine
import HourglassModels

extension TrainedModel {
  /// What `evaluate` measures, and of models that compress `file_bits_per_pixel`: the bits of one file of all these samples.
  ///
  /// - Parameters:
  ///   - indices: which samples; at least one.
  ///   - threads: workers; all cores when nil. The metrics do not depend on it.
  ///   - processes: that share the work, each with the same samples. All have the result, but of the file, which the first alone makes.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when the samples' shape is not the model's.
  package func evaluateWithFiles(
    _ data: any SampleSource, indices: [UInt32], threads: Int? = nil,
    processes: (any ProcessGroup)? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> Evaluation {
    var evaluation = try evaluate(
      data, indices: indices, threads: threads, processes: processes, progress: progress)
    // One file, which its writer goes through from the beginning to the end.
    if codeFrequencies != nil, processes.isFirst {
      let bits = try Compressor(self).bits(of: data, indices: indices, threads: threads) {
        try progress(WorkProgress("compressing", done: $0, of: indices.count, "samples"))
      }
      evaluation.metrics["file_bits_per_pixel"] =
        Double(bits) / Double(indices.count * model.input.places)
    }
    return evaluation
  }
}
