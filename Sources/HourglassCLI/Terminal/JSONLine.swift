import Hourglass

/// Small results as one line of JSON with sorted keys.
enum JSONLine {
  enum Value: Encodable {
    case text(String)
    case boolean(Bool)
    case number(Double)
    case integer(Int)
    case numbers([String: Double])
    case list([Double])
    case texts([String])
    case objects([[String: Value]])

    func encode(to encoder: any Swift.Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let value): try container.encode(value)
      case .boolean(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .integer(let value): try container.encode(value)
      case .numbers(let value): try container.encode(value)
      case .list(let value): try container.encode(value)
      case .texts(let value): try container.encode(value)
      case .objects(let value): try container.encode(value)
      }
    }
  }

  static func text(_ value: some Encodable) throws -> String { try value.jsonLine() }
}
