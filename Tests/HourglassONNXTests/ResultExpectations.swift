import Testing

/// Expects what a model read from a file makes of samples to be what is expected, to 1e-5 of the largest number or of 1.
func expectEqual(
  _ found: [Float], _ expected: [Float], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let scale = max(1, expected.map { abs($0) }.max() ?? 1)
  let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
  #expect(difference <= 1e-5 * scale, "\(what): \(difference)", sourceLocation: sourceLocation)
}
