import HourglassBase
import HourglassMessages

/// What an operator makes of numbers that the file holds, as ONNX defines it.
struct ConstantFolding {
  let node: ImportedNode
  /// nil where an input is left out.
  let inputs: [ImportedConstant?]
  /// Numbers that the file may still have worked out.
  let room: Int

  static let kinds: Set = [
    "Identity", "Cast", "Squeeze", "Unsqueeze", "Gather", "Concat", "Slice", "Reshape", "Flatten",
    "Transpose",
    "Expand", "Tile", "ConstantOfShape", "Where", "Equal", "Greater", "Less", "Add", "Sub", "Mul", "Div",
    "Mod",
    "Min", "Max", "Sum", "Pow", "Neg", "Abs", "Sqrt", "Reciprocal", "Exp", "Floor", "Ceil", "Erf", "Round",
  ]

  /// - Returns: nil where that cannot be worked out.
  /// - Throws: `HourglassError` (badData) when it is too much.
  func result() throws(HourglassError) -> ImportedConstant? {
    switch node.kind {
    case "Identity": return inputs[0]
    case "Cast": return cast()
    case "ConstantOfShape": return try filled()
    case "Where": return try chosen()
    case "Equal", "Greater", "Less", "Add", "Sub", "Mul", "Div", "Mod", "Min", "Max", "Pow", "Sum":
      return try combined()
    case "Neg", "Abs", "Sqrt", "Reciprocal", "Exp", "Floor", "Ceil", "Erf", "Round": return changed()
    default:
      switch inputs[0] {
      case .floats(let values, let extents):
        return try moved(ConstantArray(values, extents)) { $0?.floats }.map {
          .floats($0.values, extents: $0.extents)
        }
      case .integers(let values, let extents):
        return try moved(ConstantArray(values, extents)) { $0?.integers }.map {
          .integers($0.values, extents: $0.extents)
        }
      case nil: return nil
      }
    }
  }

  /// What a few numbers may become, where an operator says how many.
  private static let most = 65_536

  private func checked(_ extents: [Int]) throws(HourglassError) -> [Int] {
    guard isModest(extents, most: max(Self.most, inputs.compactMap { $0?.count }.max() ?? 0)) else {
      throw node.complaint("makes \(extents.prefix(8)) numbers without samples")
    }
    return extents
  }

  static func excess(_ node: ImportedNode) -> HourglassError {
    node.complaint("makes more numbers without samples than models need")
  }

  // MARK: Movement

  /// Axes and the like, which are an attribute in older files and an input in newer ones.
  private func list(_ name: String, _ input: Int) -> [Int]? {
    if let values = node.integers(name) { return values }
    return inputs.indices.contains(input) ? inputs[input]?.knownIntegers : nil
  }

  private func moved<Number>(
    _ array: ConstantArray<Number>, _ numbers: (ImportedConstant?) -> [Number]?
  ) throws(HourglassError) -> ConstantArray<Number>? {
    let rank = array.extents.count
    func axis(_ usual: Int) -> Int? {
      let axis = node.integer("axis", usual)
      let place = axis < 0 ? axis + rank : axis
      return 0..<rank ~= place ? place : nil
    }
    switch node.kind {
    case "Squeeze": return array.squeezed(list("axes", 1))
    case "Unsqueeze": return list("axes", 1).flatMap(array.unsqueezed)
    case "Transpose": return array.transposed(node.integers("perm") ?? array.extents.indices.reversed())
    case "Expand":
      guard let size = list("", 1), let together = broadcastExtents(array.extents, try checked(size)) else {
        return nil
      }
      return array.broadcast(to: try checked(together))
    case "Tile":
      guard let times = list("", 1), times.count == rank, times.count(where: { $0 < 0 }) == 0 else {
        return nil
      }
      _ = try checked(times)
      _ = try checked(zip(array.extents, times).map { MemoryBudget.product($0, $1) })
      var result = array
      for (axis, count) in times.enumerated() {
        let places = (0..<count).flatMap { _ in Array(0..<array.extents[axis]) }
        guard let next = result.taking(ConstantArray<Int>(places, [places.count]), axis) else { return nil }
        result = next
      }
      return result
    case "Gather":
      guard let axis = axis(0), let places = inputs.last??.knownIntegers, let extents = inputs.last??.extents,
        places.count <= Self.most
      else { return nil }
      _ = try checked(array.extents[..<axis] + [places.count] + array.extents[(axis + 1)...])
      return array.taking(ConstantArray(places, extents), axis)
    case "Concat":
      let parts = inputs.compactMap { part in numbers(part).map { ConstantArray($0, part?.extents ?? []) } }
      guard let axis = axis(0), parts.count == inputs.count else { return nil }
      guard parts.reduce(0, { $0 + $1.values.count }) <= room else { throw Self.excess(node) }
      return .joined(parts, axis)
    case "Slice": return sliced(array)
    case "Reshape":
      guard let sizes = list("", 1) else { return nil }
      return reshaped(array, sizes)
    case "Flatten":
      let axis = node.integer("axis", 1)
      guard 0...rank ~= axis else { return nil }
      return reshaped(array, [array.extents[..<axis].reduce(1, *), -1])
    default: return nil
    }
  }

  private func reshaped<Number>(_ array: ConstantArray<Number>, _ sizes: [Int]) -> ConstantArray<Number>? {
    let keepsZero = node.integer("allowzero", 0) == 1
    let given = sizes.enumerated().map { place, size in
      size == 0 && !keepsZero && array.extents.indices.contains(place) ? array.extents[place] : size
    }
    let known = MemoryBudget.product(given.filter { $0 != -1 })
    guard isModest(given.filter { $0 != -1 }) else { return nil }
    guard given.allSatisfy({ $0 >= -1 }), given.count(where: { $0 == -1 }) <= 1 else { return nil }
    guard given.contains(-1) else {
      return known == array.values.count ? ConstantArray(array.values, given) : nil
    }
    guard known > 0, array.values.count % known == 0 else { return nil }
    return ConstantArray(array.values, given.map { $0 == -1 ? array.values.count / known : $0 })
  }

  private func sliced<Number>(_ array: ConstantArray<Number>) -> ConstantArray<Number>? {
    guard let slices = SliceSettings(node, rank: array.extents.count, list) else { return nil }
    var result = array
    for slice in slices.all {
      guard let next = result.sliced(slice.axis, slice.start, slice.end, slice.step) else { return nil }
      result = next
    }
    return result
  }

  private func filled() throws(HourglassError) -> ImportedConstant? {
    guard let sizes = inputs[0]?.knownIntegers else { return nil }
    let extents = try checked(sizes)
    let count = extents.reduce(1, *)
    guard let tensor = node.tensor("value") else {
      return .floats(Array(repeating: 0, count: count), extents: extents)
    }
    var reading = TensorReading(path: node.path)
    guard let value = try? reading.constant(tensor, named: "value"), value.count == 1 else { return nil }
    switch value {
    case .floats(let values, _): return .floats(Array(repeating: values[0], count: count), extents: extents)
    case .integers(let values, _):
      return .integers(Array(repeating: values[0], count: count), extents: extents)
    }
  }

  private func chosen() throws(HourglassError) -> ImportedConstant? {
    guard inputs.count == 3, let choice = inputs[0], let first = inputs[1], let second = inputs[2],
      let together = broadcastExtents(choice.extents, first.extents),
      let size = broadcastExtents(together, second.extents)
    else { return nil }
    let extents = try checked(size)
    func spread<Number>(_ values: [Number], _ of: ImportedConstant) -> [Number]? {
      ConstantArray(values, of.extents).broadcast(to: extents)?.values
    }
    guard let which = choice.knownIntegers, let chosen = spread(which, choice) else { return nil }
    if let one = first.floats, let other = second.floats, let one = spread(one, first),
      let other = spread(other, second)
    {
      return .floats(chosen.indices.map { chosen[$0] != 0 ? one[$0] : other[$0] }, extents: extents)
    }
    if let one = first.integers, let other = second.integers, let one = spread(one, first),
      let other = spread(other, second)
    {
      return .integers(chosen.indices.map { chosen[$0] != 0 ? one[$0] : other[$0] }, extents: extents)
    }
    return nil
  }
}

/// The axes that a `Slice` cuts, from its attributes or inputs.
struct SliceSettings {
  var all: [(axis: Int, start: Int, end: Int, step: Int)]

  /// - Parameters:
  ///   - rank: axes of what is cut.
  ///   - list: the numbers of an attribute or an input; nil where they are left out or not known.
  init?(_ node: ImportedNode, rank: Int, _ list: (_ attribute: String, _ input: Int) -> [Int]?) {
    guard let starts = list("starts", 1), let ends = list("ends", 2), starts.count == ends.count else {
      return nil
    }
    let axes = list("axes", 3) ?? Array(starts.indices)
    let steps = list("steps", 4) ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count,
      // One that is there but not known is not one that is left out.
      node.input(3) == nil || list("axes", 3) != nil, node.input(4) == nil || list("steps", 4) != nil
    else { return nil }
    all = starts.indices.map { index in
      (axes[index] < 0 ? axes[index] + rank : axes[index], starts[index], ends[index], steps[index])
    }
    guard all.allSatisfy({ 0..<rank ~= $0.axis }), Set(all.map(\.axis)).count == all.count else { return nil }
  }
}
