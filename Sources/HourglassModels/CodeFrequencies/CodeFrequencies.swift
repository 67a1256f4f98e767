import HourglassBase
import HourglassFiles

/// The frequencies of a quantised code, which a model's file holds beside its weights.
///
/// Samples come in kinds, found by counting: within a kind the channels tell less of one another than among all samples, so
/// that taking them apart costs less. A file names each sample's kind before its code.
package struct CodeFrequencies: Sendable, Equatable {
  /// How often the kinds are, by their numbers from 0.
  package let kinds: FrequencyTable
  /// Of each kind, one table for each channel of an image, or each number of a vector.
  package let channels: [[FrequencyTable]]

  /// - Parameter channels: for each kind as many tables; at least one kind, and as many as `kinds` has entries but the last.
  package init(kinds: FrequencyTable, channels: [[FrequencyTable]]) {
    precondition(
      kinds.least == 0 && kinds.frequencies.count == channels.count + 1
        && channels.allSatisfy { $0.count == channels[0].count }, "tables that do not belong together")
    self.kinds = kinds
    self.channels = channels
  }

  /// The fewest bits that a sample takes.
  package func fewestBits(places: Int) -> Double {
    let least = channels.map { $0.reduce(0) { $0 + $1.fewestBits } * Double(places) }.min() ?? 0
    return least + kinds.fewestBits
  }

  // MARK: - In a model's file

  /// A list for each table: the least value, then the frequencies.
  package var json: JSONValue {
    func list(_ table: FrequencyTable) -> JSONValue {
      .array([.int(table.least)] + table.frequencies.map { .int(Int($0)) })
    }
    return .object([
      JSONMember("kinds", list(kinds)), JSONMember("channels", .array(channels.map { .array($0.map(list)) })),
    ])
  }

  /// - Parameter model: whose tables they are to be.
  init(_ json: JSONValue, model: Autoencoder) throws(HourglassError) {
    func refusal(_ what: String) -> HourglassError {
      HourglassError(.badData, "The tables of frequencies \(what); use a model that hourglass wrote.")
    }
    guard model.encoder.code.step != nil else {
      throw refusal("belong to a model whose code is not quantised")
    }
    guard let kinds = json["kinds"], let lists = json["channels"]?.arrayValue else {
      throw refusal("lack \"kinds\" or \"channels\"")
    }
    func table(_ json: JSONValue) throws(HourglassError) -> FrequencyTable {
      let numbers = json.arrayValue?.compactMap(\.intValue) ?? []
      guard numbers.count == json.arrayValue?.count, let least = numbers.first else {
        throw refusal("hold something else than whole numbers")
      }
      let frequencies = numbers.dropFirst().compactMap { UInt32(exactly: $0) }
      guard frequencies.count == numbers.count - 1 else { throw refusal("hold a frequency out of range") }
      return try FrequencyTable(least: least, frequencies: frequencies)
    }
    let shape = try model.codeShape
    let expected = shape.count / shape.placesOfChannel
    let kindTable = try table(kinds)
    guard kindTable.least == 0, kindTable.frequencies.count == lists.count + 1, !lists.isEmpty else {
      throw refusal(
        "are of \(lists.count) kinds, but the table of kinds has \(kindTable.frequencies.count - 1)")
    }
    var channels: [[FrequencyTable]] = []
    for list in lists {
      guard let tables = list.arrayValue, tables.count == expected else {
        throw refusal("are of \(list.arrayValue?.count ?? 0) channels, but the code has \(expected)")
      }
      var kind: [FrequencyTable] = []
      for json in tables { kind.append(try table(json)) }
      channels.append(kind)
    }
    self.init(kinds: kindTable, channels: channels)
  }
}

extension Shape {
  /// How many neighbouring numbers of a quantised code of this shape share a distribution.
  package var placesOfChannel: Int { dimensions.dropFirst().reduce(1, *) }
}
