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
    case "Split":
      guard let constant = constant(node.input(0)) else { return false }
      for (output, part) in try split(node, constant) where !output.isEmpty {
        try keep(part, of: node, as: output)
      }
      return true
    case "Shape":
      result = sizes(node)
      guard result != nil else { throw node.complaint("asks for sizes that are not known") }
    default:
      let inputs = node.node.input.map { $0.isEmpty ? nil : constant($0) }
      guard zip(inputs, node.node.input).allSatisfy({ $0 != nil || $1.isEmpty }), !inputs.isEmpty,
        ConstantFolding.kinds.contains(node.kind)
      else { return false }
      result = try ConstantFolding(node: node, inputs: inputs, room: mostFolded - foldedCount).result()
      guard result != nil else {
        throw node.complaint("works out numbers that are not known without samples, or do not fit together")
      }
    }
    guard let result else { return false }
    try keep(result, of: node, as: try node.output())
    return true
  }

  /// - Throws: `HourglassError` (badData) when a file has more worked out than models need.
  private mutating func keep(
    _ result: ImportedConstant, of node: ImportedNode, as output: String
  ) throws(HourglassError) {
    guard isNew(output) else {
      throw node.complaint("gives \(output.quotedForMessage), which another gives, too")
    }
    foldedCount += result.count
    guard foldedCount <= mostFolded else { throw ConstantFolding.excess(node) }
    constants[output] = result
  }

  /// The parts of a constant along an axis, by the names of the results.
  private func split(
    _ node: ImportedNode, _ whole: ImportedConstant
  ) throws(HourglassError) -> [(String, ImportedConstant)] {
    let rank = whole.extents.count
    let given = node.integer("axis", 0)
    let axis = given < 0 ? given + rank : given
    guard 0..<rank ~= axis, let sizes = partSizes(node, of: whole.extents[axis]) else {
      throw node.complaint("splits numbers into parts that are not known, or do not add up")
    }
    var start = 0
    var parts: [(String, ImportedConstant)] = []
    for (output, size) in zip(node.node.output, sizes) {
      func part<Number>(_ values: [Number]) -> ConstantArray<Number>? {
        ConstantArray(values, whole.extents).sliced(axis, start, start + size, 1)
      }
      switch whole {
      case .floats(let values, _):
        if let part = part(values) { parts.append((output, .floats(part.values, extents: part.extents))) }
      case .integers(let values, _):
        if let part = part(values) { parts.append((output, .integers(part.values, extents: part.extents))) }
      }
      start += size
    }
    return parts
  }

  /// How many of an axis each result of a `Split` takes; nil where that is not known, or they do not add up.
  func partSizes(_ node: ImportedNode, of extent: Int) -> [Int]? {
    let count = node.node.output.count
    guard count > 0 else { return nil }
    let equal = (extent + count - 1) / count
    let given = node.integers("split") ?? constant(node.input(1))?.knownIntegers
    // Parts that are there but not known are not left out.
    guard given != nil || node.input(1) == nil else { return nil }
    let sizes = given ?? (0..<count).map { max(min(equal, extent - $0 * equal), 0) }
    guard sizes.count == count, sizes.allSatisfy({ 0...extent ~= $0 }), sizes.reduce(0, +) == extent else {
      return nil
    }
    return sizes
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

  /// The sizes of a value, the batch first, or of a constant.
  private func sizes(_ node: ImportedNode) -> ImportedConstant? {
    let all: [Int?]
    if let value = value(node.input(0)) {
      all = [nil] + extents(value)
    } else if let constant = constant(node.input(0)) {
      all = constant.extents
    } else {
      return nil
    }
    let range = SliceRange(node.integer("start", 0), node.integer("end", all.count), 1, of: all.count)
    return range.map { .integers(Array(all[$0.start..<$0.start + $0.count]), extents: [$0.count]) }
  }

  /// As the value lies in the file, without the batch.
  func extents(_ value: Value) -> [Int] {
    var sizes = value.shape.dimensions
    if value.isSeries { sizes.remove(at: 1) }
    return value.layout == .turned ? Array(sizes.dropFirst()) + [sizes[0]] : sizes
  }

  /// Sizes with the one that is -1 worked out; nil where they do not fit.
  func resolved(_ sizes: [Int], _ count: Int) -> [Int]? {
    let open = sizes.filter { $0 == -1 }.count
    let known = MemoryBudget.product(sizes.filter { $0 != -1 })
    guard open <= 1, sizes.allSatisfy({ $0 >= -1 }), known > 0 else { return nil }
    guard open == 1 else { return known == count ? sizes : nil }
    return count % known == 0 ? sizes.map { $0 == -1 ? count / known : $0 } : nil
  }
}
