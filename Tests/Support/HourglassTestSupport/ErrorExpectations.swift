import HourglassBase
import Testing

/// The error that `body` throws; fails the test if it throws none or another kind.
package func thrownError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> HourglassError {
  do {
    try body()
    return missingError(nil, sourceLocation)
  } catch {
    return error as? HourglassError ?? missingError(error, sourceLocation)
  }
}

/// The error that `body` throws; fails the test if it throws none or another kind.
package func asyncThrownError(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async -> HourglassError {
  do {
    try await body()
    return missingError(nil, sourceLocation)
  } catch {
    return error as? HourglassError ?? missingError(error, sourceLocation)
  }
}

/// Records what came instead of an error of ours; the result says nothing, so that what is expected of it fails, too.
private func missingError(_ other: (any Error)?, _ sourceLocation: SourceLocation) -> HourglassError {
  let what = other.map { "another error was thrown: \($0)" } ?? "no error was thrown"
  Issue.record("\(what)", sourceLocation: sourceLocation)
  return HourglassError(.usage, "")
}

/// Expects an error of one readable sentence with these words.
package func expectSentence(
  _ words: [String], _ code: HourglassError.Code? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  expect(thrownError(sourceLocation: sourceLocation, body), says: words, code, sourceLocation)
}

/// Expects an error of one readable sentence with these words.
package func expectAsyncSentence(
  _ words: [String], _ code: HourglassError.Code? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Void
) async {
  let error = await asyncThrownError(sourceLocation: sourceLocation, body)
  expect(error, says: words, code, sourceLocation)
}

private func expect(
  _ error: HourglassError, says words: [String], _ code: HourglassError.Code?,
  _ sourceLocation: SourceLocation
) {
  let message = error.message
  for word in words {
    #expect(message.contains(word), "\(message)", sourceLocation: sourceLocation)
  }
  if let code { #expect(error.code == code, "\(message)", sourceLocation: sourceLocation) }
  #expect(message.count < 1000 && !message.contains("\n"), sourceLocation: sourceLocation)
}

extension HourglassError {
  /// Whether the sentence has all of these pieces.
  package func says(_ pieces: String...) -> Bool {
    pieces.allSatisfy { message.contains($0) }
  }
}
