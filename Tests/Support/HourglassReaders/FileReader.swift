import Foundation
import HourglassBase

/// Something that reads files from outside, for the tests of mutations and for fuzzing: whatever the bytes, they are read or
/// refused in one sentence.
package struct FileReader: Sendable, CustomStringConvertible {
  /// That of its folder in `Fuzzing/Corpora`.
  package let name: String
  /// What a refusal may be; memory that is not there may always be one.
  let codes: Set<HourglassError.Code>
  /// Mutations that a test reads: fewer where a read takes long.
  package let rounds: Int
  /// Puts digests, check sums and lengths right where the bytes still have them, so that what is behind them is reached.
  /// The reader itself knows nothing of it.
  package let repaired: @Sendable ([UInt8]) -> [UInt8]
  /// Reads the bytes and uses what was read; throws `Fault` where that is not what it should be.
  let read: @Sendable ([UInt8]) throws -> Void

  init(
    _ name: String, codes: Set<HourglassError.Code> = [.badData], rounds: Int = 20_000,
    repaired: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 },
    reading read: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    (self.name, self.codes, self.rounds) = (name, codes, rounds)
    (self.repaired, self.read) = (repaired, read)
  }

  /// A reader of files by their path: its input lies in a temporary one while it is read.
  init(
    _ name: String, codes: Set<HourglassError.Code> = [.badData], rounds: Int = 20_000, ending: String = "",
    repaired: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 },
    readingPath read: @escaping @Sendable (String) throws -> Void
  ) {
    self.init(
      name, codes: codes, rounds: rounds, repaired: repaired,
      reading: { bytes in
        let file = FileManager.default.temporaryDirectory.appending(
          path: "hourglass-\(UUID().uuidString)\(ending)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(bytes).write(to: file)
        try read(file.path)
      })
  }

  package var description: String { name }

  /// What came of some bytes.
  package enum Outcome: Equatable {
    case read
    /// With this sentence.
    case refused(String)
    /// Neither: an error of another kind, one that is no sentence, or a value that is not what was read.
    case broken(String)
  }

  package func outcome(of bytes: [UInt8]) -> Outcome {
    do {
      try read(bytes)
      return .read
    } catch let error as HourglassError {
      let message = error.message
      let lacksMemory = error.code == .environment && message.contains(" of memory, but ")
      guard codes.contains(error.code) || lacksMemory else {
        return .broken("the error is of kind \(error.code): \(message)")
      }
      guard message.count < 1000, message.unicodeScalars.allSatisfy({ $0.value >= 32 }) else {
        return .broken("no readable sentence: \(message)")
      }
      return .refused(message)
    } catch {
      return .broken(String(describing: error))
    }
  }
}

/// What was read is not what was in the bytes.
struct Fault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
