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

extension Decodable {
  /// What a file of JSON holds; nil where there is none.
  ///
  /// - Parameters:
  ///   - limit: bytes that it may have.
  ///   - remedy: for a damaged one.
  /// - Throws: `HourglassError`: badData when the file is damaged, environment when it cannot be read.
  package static func read(json path: String, limit: Int, remedy: HourglassError.Remedy) throws -> Self? {
    guard try FileEntry.exists(path) else { return nil }
    let bytes = try BoundedFile.read(path, limit: limit)
    do {
      return try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch {
      throw HourglassError(.badData, "\(path) is damaged", remedy)
    }
  }
}
