import HourglassEngine

extension ReferenceInterpreter.Value {
  /// All numbers, of a shared value or of one sample after another.
  package var flat: [Double] {
    switch self {
    case .shared(let numbers): numbers
    case .perSample(let samples): samples.flatMap { $0 }
    }
  }
}
