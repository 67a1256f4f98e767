import Foundation
import HourglassBase

extension Encodable {
  /// One line of JSON with sorted keys, as results are printed and stored; it commands no terminal.
  ///
  /// - Throws: `EncodingError` for a number that is not finite.
  package func jsonLine() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self).escapedJSONLine
  }
}
