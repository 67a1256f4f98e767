import HourglassBase

extension DataSet {
  /// The same data with numbers that mean what those of a training meant, see `ValueReading`.
  ///
  /// - Parameter learnt: what those of the training held; nil where nobody knows.
  /// - Returns: also what a person should know of them, one sentence each.
  /// - Throws: `HourglassError` (badData) when the numbers of a part cannot be meant; what a source throws.
  package func matched(to learnt: ValueRange?) throws(HourglassError) -> (data: DataSet, notes: [String]) {
    var data = self
    let training = try training.matched(to: learnt, named: name)
    let test = try test.matched(to: learnt, named: hasTest ? "\(name), test," : name)
    (data.training, data.test) = (training.samples, test.samples)
    return (data, [training.note, test.note].compactMap(\.self))
  }
}
