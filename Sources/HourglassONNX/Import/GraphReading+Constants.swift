import HourglassBase
import HourglassMessages

extension GraphReading {
  /// Works out what no sample has a say in: sizes, mostly.
  ///
  /// - Returns: whether it did.
  mutating func readConstant(_ node: ImportedNode) throws -> Bool {
    let result: ImportedConstant?
    switch node.kind {
    case "Constant": result = try given(node)
    case "Shape": result = try extents(node)
    case "Identity", "Cast", "Squeeze", "Unsqueeze", "Gather", "Concat", "Slice", "Reshape", "Add", "Mul",
      "Transpose":
      let inputs = node.node.input.indices.compactMap { constant(node.input($0)) }
      guard inputs.count == node.node.input.count(where: { !$0.isEmpty }), !inputs.isEmpty else {
        return false
      }
      result = try folded(node, inputs)
    default: return false
    }
    guard let result else { return false }
    constants[try node.output()] = result
    return true
  }

  private mutating func given(_ node: ImportedNode) throws -> ImportedConstant {
    if let tensor = node.tensor("value") { return try tensors.constant(tensor, named: node.output()) }
    if let values = node.integers("value_ints") { return .integers(values, extents: [values.count]) }
    if let values = node.floats("value_floats") { return .floats(values, extents: [values.count]) }
    let names = Set(node.node.attribute.map(\.name))
    if names.contains("value_int") { return .integers([node.integer("value_int", 0)], extents: []) }
    if names.contains("value_float") { return .floats([node.number("value_float", 0)], extents: []) }
    throw node.complaint("holds neither floats nor whole numbers")
  }

  /// The sizes of a value, the batch first.
  private func extents(_ node: ImportedNode) throws(HourglassError) -> ImportedConstant? {
    guard let value = value(node.input(0)) else { return nil }
    let all: [Int?] = [nil] + extents(value)
    let start = place(node.integer("start", 0), all.count)
    let end = max(start, place(node.integer("end", all.count), all.count))
    return .integers(Array(all[start..<end]), extents: [end - start])
  }

  private func place(_ index: Int, _ count: Int) -> Int {
    min(max(index < 0 ? index + count : index, 0), count)
  }

  /// As the value lies in the file, without the batch.
  func extents(_ value: Value) -> [Int] {
    let sizes = value.shape.dimensions
    return value.layout == .turned ? Array(sizes.dropFirst()) + [sizes[0]] : sizes
  }

  private func folded(_ node: ImportedNode, _ inputs: [ImportedConstant]) throws(HourglassError)
    -> ImportedConstant?
  {
    switch (node.kind, inputs[0]) {
    case ("Identity", let same): return same
    case ("Cast", .integers): return inputs[0]
    case ("Cast", .floats(let values, let extents)):
      return node.integer("to", 0) == ONNXElementKind.float.rawValue
        ? inputs[0] : .integers(values.map { Int(saturating: Double($0)) }, extents: extents)
    case ("Squeeze", .integers(let values, _)):
      return .integers(values, extents: values.count == 1 ? [] : [values.count])
    case ("Unsqueeze", .integers(let values, _)): return .integers(values, extents: [values.count])
    case ("Gather", .integers(let values, _)):
      guard let places = inputs.last?.integers?.compactMap(\.self) else { return nil }
      let found = places.map { $0 < 0 ? $0 + values.count : $0 }
      guard found.allSatisfy(values.indices.contains) else { throw node.complaint("takes what is not there") }
      return .integers(found.map { values[$0] }, extents: inputs.last?.extents ?? [])
    case ("Concat", .integers):
      let parts = inputs.compactMap(\.integers)
      guard parts.count == inputs.count else { return nil }
      let all = parts.flatMap(\.self)
      guard all.count <= 65_536 else { throw node.complaint("makes too long a list") }
      return .integers(all, extents: [all.count])
    case ("Slice", .integers(let values, _)):
      guard inputs.count >= 3, let start = inputs[1].integers?.first ?? nil,
        let end = inputs[2].integers?.first ?? nil
      else { return nil }
      let (from, to) = (place(start, values.count), place(min(end, values.count), values.count))
      guard from <= to else { throw node.complaint("takes what is not there") }
      return .integers(Array(values[from..<to]), extents: [to - from])
    case ("Mul", .integers(let values, let extents)):
      guard let others = inputs.last?.integers, others.count == values.count || others.count == 1 else {
        return nil
      }
      let products = values.enumerated().map { index, value -> Int? in
        guard let value, let other = others.count == 1 ? others[0] : others[index] else { return nil }
        let (product, isTooLarge) = value.multipliedReportingOverflow(by: other)
        return isTooLarge ? .max : product
      }
      return .integers(products, extents: extents)
    case ("Reshape", .floats(let values, _)):
      guard let sizes = inputs.last?.integers?.compactMap(\.self), let extents = resolved(sizes, values.count)
      else {
        throw node.complaint("has a shape that does not fit")
      }
      return .floats(values, extents: extents)
    case ("Reshape", .integers(let values, _)): return .integers(values, extents: [values.count])
    case ("Transpose", .floats(let values, let extents)):
      guard extents.count == 2, extents[0] * extents[1] == values.count else { return nil }
      return .floats(Self.transposed(values, rows: extents[0]), extents: [extents[1], extents[0]])
    default: return nil
    }
  }

  /// Sizes with the one that is -1 worked out; nil where they do not fit.
  func resolved(_ sizes: [Int], _ count: Int) -> [Int]? {
    let open = sizes.filter { $0 == -1 }.count
    let known = MemoryBudget.product(sizes.filter { $0 != -1 })
    guard open <= 1, sizes.allSatisfy({ $0 >= -1 }), known > 0 else { return nil }
    guard open == 1 else { return known == count ? sizes : nil }
    return count % known == 0 ? sizes.map { $0 == -1 ? count / known : $0 } : nil
  }

  /// A matrix `[rows, columns]` the other way round.
  static func transposed(_ values: [Float], rows: Int) -> [Float] {
    let columns = rows == 0 ? 0 : values.count / rows
    return (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
  }
}
