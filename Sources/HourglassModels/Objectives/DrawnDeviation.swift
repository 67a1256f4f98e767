import HourglassBase
import HourglassGraph

/// How strong a corruption is: a standard deviation that all samples share, or one that each sample draws.
enum DrawnDeviation: Sendable, Hashable {
  /// The same for all samples.
  case fixed(Double)
  /// Drawn for every sample, each between the two as likely as another: for models that are to mend what is spoilt with
  /// unknown strength.
  case between(Double, Double)

  init(_ range: ClosedRange<Double>) { self = .between(range.lowerBound, range.upperBound) }

  var ends: (least: Double, most: Double) {
    switch self {
    case .fixed(let deviation): (deviation, deviation)
    case .between(let least, let most): (least, most)
    }
  }

  /// Of a deviation that was checked.
  var range: ClosedRange<Double> { ends.least...ends.most }
}

extension SettingType where Value == DrawnDeviation {
  /// A number, or two of them between which every sample draws its own.
  ///
  /// - Parameters:
  ///   - limits: of a number that stands alone.
  ///   - drawn: of both ends of a range; as `limits` when nil.
  static func deviation(_ limits: ClosedRange<Double>, drawn: ClosedRange<Double>? = nil) -> Self {
    let ends = drawn ?? limits
    let (number, end) = (SettingType<Double>.number(limits), SettingType<Double>.number(ends))
    return Self(
      number.expected + ", or two "
        + (drawn == nil
          ? "of them, the smaller first" : "in a list, the smaller first, each \(end.expected)"),
      schema: .oneOf([number.schema(.standard), .array(of: end.schema(.standard), 2...2)]),
      read: { value in
        switch value {
        case .number(let deviation) where limits ~= deviation:
          return .fixed(deviation)
        case .list(let values):
          guard values.count == 2, case .number(let least) = values[0], case .number(let most) = values[1],
            ends ~= least, ends ~= most, least <= most
          else { return nil }
          return .between(least, most)
        case .null, .bool, .number, .string, .map:
          return nil
        }
      },
      write: { deviation in
        switch deviation {
        case .fixed(let deviation): .number(deviation)
        case .between(let least, let most): .list([.number(least), .number(most)])
        }
      })
  }
}
