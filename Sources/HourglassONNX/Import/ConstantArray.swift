import HourglassBase
import HourglassNN

/// Numbers with axes, row-major, and what ONNX's operators of movement make of them.
struct ConstantArray<Number> {
  var values: [Number]
  /// Their product is the count of `values`; see `isModest`.
  var extents: [Int]

  init(_ values: [Number], _ extents: [Int]) {
    self.values = values
    self.extents = extents
  }

  /// The number at each place of a result, by its coordinates: `strides` and `offset` say where it lies here.
  ///
  /// - Parameter size: extents of the result, whose product is checked.
  private func gathered(_ size: [Int], strides: [Int], offset: Int = 0) -> ConstantArray {
    let count = size.reduce(1, *)
    var result: [Number] = []
    result.reserveCapacity(count)
    var place = [Int](repeating: 0, count: size.count)
    var source = offset
    for _ in 0..<count {
      result.append(values[source])
      for axis in size.indices.reversed() {
        place[axis] += 1
        source += strides[axis]
        if place[axis] < size[axis] { break }
        source -= place[axis] * strides[axis]
        place[axis] = 0
      }
    }
    return ConstantArray(result, size)
  }

  private var strides: [Int] {
    var strides = [Int](repeating: 1, count: extents.count)
    for axis in extents.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    return strides
  }

  /// - Parameter axes: which axis of this each of the result is; nil for another order than one.
  func transposed(_ axes: [Int]) -> ConstantArray? {
    guard axes.sorted() == Array(extents.indices) else { return nil }
    let strides = strides
    return gathered(axes.map { extents[$0] }, strides: axes.map { strides[$0] })
  }

  /// Repeated along axes of extent 1, and along new ones before them; nil where that does not lead to these extents.
  func broadcast(to size: [Int]) -> ConstantArray? {
    guard size != extents else { return self }
    guard size.count >= extents.count else { return nil }
    let missing = size.count - extents.count
    let strides = strides
    var taken = [Int](repeating: 0, count: size.count)
    for (axis, extent) in extents.enumerated() where extent != 1 {
      guard size[missing + axis] == extent else { return nil }
      taken[missing + axis] = strides[axis]
    }
    return gathered(size, strides: taken)
  }

  /// Every `step`th number along an axis, from `start` to before `end`, counted as ONNX counts them: from the end below 0, and no
  /// further than there are numbers; nil for a step of 0.
  func sliced(_ axis: Int, _ start: Int, _ end: Int, _ step: Int) -> ConstantArray? {
    let count = extents[axis]
    guard let range = SliceRange(start, end, step, of: count) else { return nil }
    var size = extents
    size[axis] = range.count
    guard range.count > 0 else { return ConstantArray([], size) }
    var strides = strides
    let offset = range.start * strides[axis]
    strides[axis] *= range.step
    return gathered(size, strides: strides, offset: offset)
  }

  /// The parts at places along an axis; nil where there is none.
  ///
  /// - Parameter places: with axes of their own, which take the place of the axis.
  func taking(_ places: ConstantArray<Int>, _ axis: Int) -> ConstantArray? {
    let found = places.values.map { $0 < 0 ? $0 + extents[axis] : $0 }
    guard found.allSatisfy({ 0..<extents[axis] ~= $0 }) else { return nil }
    let inner = extents[(axis + 1)...].reduce(1, *)
    let outer = extents[..<axis].reduce(1, *)
    let result = (0..<outer).flatMap { row in
      found.flatMap { place -> ArraySlice<Number> in
        let begin = (row * extents[axis] + place) * inner
        return values[begin..<begin + inner]
      }
    }
    return ConstantArray(result, extents[..<axis] + places.extents + extents[(axis + 1)...])
  }

  /// One after another along an axis; nil where their other axes differ, or where that is too much (`isModest`).
  static func joined(_ parts: [ConstantArray], _ axis: Int) -> ConstantArray? {
    guard let first = parts.first, first.extents.indices.contains(axis) else { return nil }
    var size = first.extents
    size[axis] = 0
    for part in parts {
      var other = part.extents
      guard other.count == size.count else { return nil }
      let (extent, isTooMuch) = size[axis].addingReportingOverflow(other[axis])
      (size[axis], other[axis]) = (extent, extent)
      guard !isTooMuch, isModest(size), other == size else { return nil }
    }
    let outer = first.extents[..<axis].reduce(1, *)
    let result = (0..<outer).flatMap { row in
      parts.flatMap { part -> ArraySlice<Number> in
        let width = part.extents[axis...].reduce(1, *)
        return part.values[row * width..<(row + 1) * width]
      }
    }
    return ConstantArray(result, size)
  }

  /// Without axes of extent 1.
  ///
  /// - Parameter axes: those to leave out, all of extent 1 when nil; nil comes back where another would be left out.
  func squeezed(_ axes: [Int]?) -> ConstantArray? {
    let left =
      axes.map { $0.map { $0 < 0 ? $0 + extents.count : $0 } } ?? extents.indices.filter { extents[$0] == 1 }
    guard left.allSatisfy({ extents.indices.contains($0) && extents[$0] == 1 }) else { return nil }
    return ConstantArray(values, extents.indices.filter { !left.contains($0) }.map { extents[$0] })
  }

  /// With new axes of extent 1 at these places of the result.
  func unsqueezed(_ axes: [Int]) -> ConstantArray? {
    let rank = extents.count + axes.count
    let places = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
    guard places.count == axes.count, places.allSatisfy({ 0..<rank ~= $0 }) else { return nil }
    var rest = extents[...]
    let size = (0..<rank).map { places.contains($0) ? 1 : rest.removeFirst() }
    return ConstantArray(values, size)
  }
}

/// What `Slice` takes of an axis.
struct SliceRange {
  /// The first place.
  var start: Int
  var count: Int
  /// No further than there are numbers.
  var step: Int

  /// - Parameters:
  ///   - start: from the end below 0.
  ///   - end: the place after the last one.
  ///   - step: nil comes back for 0.
  init?(_ start: Int, _ end: Int, _ step: Int, of extent: Int) {
    let step = max(min(step, extent + 1), -extent - 1)
    self.step = step
    func place(_ index: Int, _ range: ClosedRange<Int>) -> Int {
      min(max(index < 0 && index > -extent - 1 ? index + extent : index, range.lowerBound), range.upperBound)
    }
    if step > 0 {
      self.start = place(start, 0...extent)
      count = max(place(end, 0...extent) - self.start + step - 1, 0) / step
    } else if step < 0, extent > 0 {
      self.start = place(start, 0...extent - 1)
      // -1 is the place before the first, which an end far below 0 means.
      let last = end < -extent ? -1 : place(end, -1...extent - 1)
      count = max(self.start - last - step - 1, 0) / -step
    } else {
      return nil
    }
  }
}

/// Whether an array may have these extents: few axes, whose product is no problem even without those of extent 0.
func isModest(_ extents: [Int], most: Int = ModelLimits.parameters) -> Bool {
  extents.count <= 8 && extents.allSatisfy { $0 >= 0 }
    && MemoryBudget.product(extents.map { max($0, 1) }) <= most
}

/// The extents of two arrays together, as NumPy has them; nil where they do not fit.
func broadcastExtents(_ first: [Int], _ second: [Int]) -> [Int]? {
  let rank = max(first.count, second.count)
  let one = Array(repeating: 1, count: rank - first.count) + first
  let other = Array(repeating: 1, count: rank - second.count) + second
  var size: [Int] = []
  for (left, right) in zip(one, other) {
    guard left == right || left == 1 || right == 1 else { return nil }
    size.append(left == 1 ? right : left)
  }
  return size
}
