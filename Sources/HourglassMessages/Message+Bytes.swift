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
  /// Memory is in proportion to the bytes, at worst some hundred for each (empty messages in a list): callers ask
  /// `MemoryBudget` first.
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
