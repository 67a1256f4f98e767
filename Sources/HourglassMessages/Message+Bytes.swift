import HourglassBase
package import SwiftProtobuf

extension Message {
  /// The message as protocol buffers have it on the wire.
  ///
  /// - Throws: `HourglassError` (usage) when it takes more than 2 GiB, the most that the format allows.
  package func encoded() throws(HourglassError) -> [UInt8] {
    do {
      return try serializedBytes()
    } catch {
      throw HourglassError(
        .usage, "A file of this format takes 2 GiB at most, but this one is larger", .text("make it smaller"))
    }
  }

  /// Reads what `encoded()` or another writer of the format made. Fields that the `.proto` file leaves out are passed
  /// over.
  ///
  /// Memory is in proportion to the bytes, but an empty message in a list takes hundreds for its two: callers ask
  /// `MessageCensus` and `MemoryBudget` first.
  ///
  /// - Parameter source: where the bytes come from, for messages.
  /// - Throws: `HourglassError` (badData) when they are no such message.
  package init(decoding bytes: [UInt8], source: String) throws(HourglassError) {
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    do {
      try self.init(serializedBytes: bytes, options: options)
    } catch {
      throw HourglassError(
        .badData, "\(source) is damaged, or no file of this format: its fields cannot be told apart")
    }
  }
}

extension ONNXModel {
  /// The fields that hold messages of which a file may have many: those of graphs, operators, tensors and ports.
  package static let messages: Set<[Int]> = [
    [7], [7, 1], [7, 1, 5], [7, 1, 5, 5], [7, 5], [7, 11], [7, 12], [7, 13], [7, 11, 2], [7, 11, 2, 1],
    [7, 11, 2, 1, 2],
  ]
}
