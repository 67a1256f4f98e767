import HourglassBase
import HourglassFiles

extension TrainedModel {
  /// Samples with numbers that mean what those meant that the model learnt from, see `ValueReading`.
  ///
  /// - Parameter name: what the samples are called, such as their file.
  /// - Returns: also what a person should know of them.
  /// - Throws: `HourglassError` (badData) when the numbers cannot be meant; what the source throws.
  package func matched(
    _ samples: any SampleSource, named name: String
  ) throws(HourglassError) -> (samples: any SampleSource, note: String?) {
    try samples.matched(to: values, named: name)
  }

  /// Checks that the model learnt from numbers in 0...1, as those of pictures are given to it.
  ///
  /// - Throws: `HourglassError` (usage) when it is known that it did not.
  package func checkTakesPictures() throws(HourglassError) {
    guard let values, !values.isUnit else { return }
    throw HourglassError(
      .usage,
      "The model learnt \(values.text), but the values of pictures are given as 0 to 1; train it on bytes, or on floats "
        + "from 0 to 1")
  }
}

// MARK: - In files

extension ValueRange {
  package var json: JSONValue {
    get throws {
      switch element {
      case .byte(let scale): .object([JSONMember("byte", try .double(Double(scale)))])
      case .float:
        .object([
          JSONMember("least", try .double(Double(least))),
          JSONMember("greatest", try .double(Double(greatest))),
          JSONMember("whole", .bool(areWhole)),
        ])
      }
    }
  }

  /// nil where something is missing or out of range.
  package init?(_ json: JSONValue) {
    func number(_ key: String) -> Float? {
      json[key]?.doubleValue.map { Float($0) }.flatMap { $0.isFinite ? $0 : nil }
    }
    if let scale = number("byte") {
      guard (255 * scale).isFinite else { return nil }
      self.init(bytesWorth: scale)
    } else {
      guard let least = number("least"), let greatest = number("greatest"), least <= greatest,
        let areWhole = json["whole"]?.boolValue
      else { return nil }
      self.init(floats: least, greatest, areWhole: areWhole)
    }
  }
}
