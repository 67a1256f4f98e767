import HourglassBase

extension ProjectionMap {
  /// How often most of the ten nearest old samples are of a new one's class, in the first layout and among the codes.
  ///
  /// - Parameters:
  ///   - placed: the new samples among the old ones.
  ///   - codes: of the new samples.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - progress: told now and then, of new samples; what it throws ends the work.
  /// - Returns: `label_accuracy` and `label_accuracy_codes`; nothing where classes are not known, or the map is too small.
  package func accuracy(
    of placed: Placed, codes new: SampleArray, hasLabels: Bool, threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws -> [String: Double] {
    guard !labels.isEmpty, hasLabels, codes.count >= 10 else { return [:] }
    let oldLabels = Array(placed.labels.prefix(codes.count))
    let newLabels = Array(placed.labels.dropFirst(codes.count))
    func measure(_ new: SampleArray, among old: SampleArray) throws -> Double {
      try neighbourAccuracy(
        of: new, labels: newLabels, among: old, labels: oldLabels, threads: threads,
        progress: progress)
    }
    let positions = placed.positions[0]
    return [
      "label_accuracy": try measure(
        SampleArray(positions: Array(positions.dropFirst(codes.count))),
        among: SampleArray(positions: Array(positions.prefix(codes.count)))),
      "label_accuracy_codes": try measure(
        SampleArray(trustedFloats: new.floats, count: new.count, shape: codes.shape), among: codes),
    ]
  }
}
