import HourglassBase

// The range of values in the files of models, indexes and maps.

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
