import Foundation
import HourglassBase
import HourglassMessages

extension ConstantFolding {
  /// Numbers as those of another kind; nil for what that has no numbers for, or where ONNX leaves open which.
  func cast() -> ImportedConstant? {
    let kind = ONNXElementKind(rawValue: node.integer("to", 0))
    switch (inputs[0], kind) {
    case (.floats, .float), (.floats, .float16), (.floats, .double): return inputs[0]
    case (.floats(let values, let extents), .bool):
      return .integers(values.map { $0 != 0 ? 1 : 0 }, extents: extents)
    case (.floats(let values, let extents), let kind?):
      let whole = values.compactMap { value in
        Int(exactly: value.rounded(.towardZero)).flatMap { Self.wrapped($0, kind) == $0 ? $0 : nil }
      }
      return whole.count == values.count ? .integers(whole, extents: extents) : nil
    case (.integers(let values, let extents), .bool):
      // A batch has one sample or more.
      return .integers(values.map { $0 != 0 ? 1 : 0 }, extents: extents)
    case (.integers(_, _), .int64): return inputs[0]
    case (.integers(let values, let extents), .int32):
      // How many samples there are stays open.
      return .integers(values.map { $0.map { Int(Int32(truncatingIfNeeded: $0)) } }, extents: extents)
    case (.integers(let values, let extents), let kind?):
      let known = values.compactMap(\.self)
      guard known.count == values.count else { return nil }
      if [.float, .float16, .double].contains(kind) {
        return .floats(known.map { Float($0) }, extents: extents)
      }
      let whole = known.compactMap { Self.wrapped($0, kind) }
      return whole.count == known.count ? .integers(whole, extents: extents) : nil
    case (_, nil), (nil, _): return nil
    }
  }

  /// The lowest bits of a whole number, as many as a kind has; nil for other kinds.
  private static func wrapped(_ number: Int, _ kind: ONNXElementKind) -> Int? {
    switch kind {
    case .int64: number
    case .int32: Int(Int32(truncatingIfNeeded: number))
    case .int8: Int(Int8(truncatingIfNeeded: number))
    case .uint8: Int(UInt8(truncatingIfNeeded: number))
    default: nil
    }
  }

  /// Each number by itself.
  func changed() -> ImportedConstant? {
    switch inputs[0] {
    case .floats(let values, let extents):
      let change: (Float) -> Float
      switch node.kind {
      case "Neg": change = { -$0 }
      case "Abs": change = { abs($0) }
      case "Sqrt": change = { $0.squareRoot() }
      case "Reciprocal": change = { 1 / $0 }
      case "Exp": change = { exp($0) }
      case "Erf": change = { erf($0) }
      case "Round": change = { $0.rounded(.toNearestOrEven) }
      case "Floor": change = { $0.rounded(.down) }
      case "Ceil": change = { $0.rounded(.up) }
      default: return nil
      }
      return .floats(values.map(change), extents: extents)
    case .integers(let values, let extents):
      guard node.kind == "Neg" || node.kind == "Abs" else { return nil }
      let known = values.compactMap { value in value.flatMap { $0 == .min ? nil : $0 } }
      guard known.count == values.count else { return nil }
      return .integers(known.map { node.kind == "Neg" ? -$0 : abs($0) }, extents: extents)
    case nil: return nil
    }
  }

  /// Two arrays, number by number; of sums and extremes also one, or more.
  func combined() throws(HourglassError) -> ImportedConstant? {
    let all = inputs.compactMap(\.self)
    guard all.count == inputs.count, var result = all.first else { return nil }
    guard all.count == 2 || ["Sum", "Min", "Max"].contains(node.kind) else { return nil }
    for other in all.dropFirst() {
      guard let next = combined(result, other) else { return nil }
      result = next
    }
    return result
  }

  private func combined(_ first: ImportedConstant, _ second: ImportedConstant) -> ImportedConstant? {
    guard
      let extents = broadcastExtents(first.extents, second.extents),
      isModest(extents, most: max(65_536, first.count, second.count))
    else { return nil }
    if let one = first.floats.flatMap({ ConstantArray($0, first.extents).broadcast(to: extents)?.values }),
      let other = second.floats.flatMap({ ConstantArray($0, second.extents).broadcast(to: extents)?.values })
    {
      return combined(one, other, extents)
    }
    guard
      let one = first.integers.flatMap({ ConstantArray($0, first.extents).broadcast(to: extents)?.values }),
      let other = second.integers.flatMap({ ConstantArray($0, second.extents).broadcast(to: extents)?.values }
      )
    else { return nil }
    var results: [Int?] = []
    for (left, right) in zip(one, other) {
      if let left, let right {
        guard let result = whole(left, right) else { return nil }
        results.append(result)
      } else {
        switch ofBatch(left, right) {
        case .size: results.append(nil)
        case .number(let number): results.append(number)
        case nil: return nil
        }
      }
    }
    return .integers(results, extents: extents)
  }

  private func combined(_ one: [Float], _ other: [Float], _ extents: [Int]) -> ImportedConstant? {
    let pairs = zip(one, other)
    switch node.kind {
    case "Add", "Sum": return .floats(pairs.map { $0 + $1 }, extents: extents)
    case "Sub": return .floats(pairs.map { $0 - $1 }, extents: extents)
    case "Mul": return .floats(pairs.map { $0 * $1 }, extents: extents)
    case "Div": return .floats(pairs.map { $0 / $1 }, extents: extents)
    case "Min": return .floats(pairs.map { min($0, $1) }, extents: extents)
    case "Max": return .floats(pairs.map { max($0, $1) }, extents: extents)
    case "Pow": return .floats(pairs.map { pow($0, $1) }, extents: extents)
    case "Equal": return .integers(pairs.map { $0 == $1 ? 1 : 0 }, extents: extents)
    case "Greater": return .integers(pairs.map { $0 > $1 ? 1 : 0 }, extents: extents)
    case "Less": return .integers(pairs.map { $0 < $1 ? 1 : 0 }, extents: extents)
    default: return nil
    }
  }

  /// One of two whole numbers; nil where there is none.
  private func whole(_ left: Int, _ right: Int) -> Int? {
    func exact(_ result: (partialValue: Int, overflow: Bool)) -> Int? {
      result.overflow ? nil : result.partialValue
    }
    switch node.kind {
    case "Add", "Sum": return exact(left.addingReportingOverflow(right))
    case "Sub": return exact(left.subtractingReportingOverflow(right))
    case "Mul": return exact(left.multipliedReportingOverflow(by: right))
    case "Div": return exact(left.dividedReportingOverflow(by: right))
    case "Mod":
      let rest = left.remainderReportingOverflow(dividingBy: right)
      guard right != 0 else { return nil }
      // The sign is the divisor's, but for fmod.
      let isOther = rest.partialValue != 0 && (rest.partialValue < 0) != (right < 0)
      return isOther && node.integer("fmod", 0) == 0 ? rest.partialValue + right : rest.partialValue
    case "Min": return min(left, right)
    case "Max": return max(left, right)
    case "Equal": return left == right ? 1 : 0
    case "Greater": return left > right ? 1 : 0
    case "Less": return left < right ? 1 : 0
    default: return nil
    }
  }

  /// What is the same for every batch.
  private enum OfBatch {
    /// The batch's size.
    case size
    case number(Int)
  }

  /// The size of the batch with a number; nil where that differs from batch to batch.
  private func ofBatch(_ left: Int?, _ right: Int?) -> OfBatch? {
    guard let number = left ?? right else { return nil }
    switch (node.kind, number) {
    case ("Add", 0), ("Mul", 1): return .size
    case ("Sub", 0), ("Div", 1): return left == nil ? .size : nil
    // A batch has one sample or more.
    case ("Equal", ..<1): return .number(0)
    default: return nil
    }
  }
}
