import HourglassBase
import HourglassPlatform

/// The parameters of a model, with the optimizer's state beside them. One owner changes them at a time: the
/// executor that trains.
///
/// `@unchecked Sendable`: the memory is reached only through this class; training writes it from the team's
/// workers in disjoint ranges between two waits, everything else from one thread.
package final class ParameterStore: @unchecked Sendable {
  package struct Entry: Sendable, Hashable {
    package var name: String
    package var shape: Shape
    /// Changed by the optimizer; the others (moving averages) are set by the program.
    package var isTrainable: Bool
    /// First float; a multiple of 16.
    package var offset: Int

    package var count: Int { shape.count }
  }

  package let entries: [Entry]
  private let index: [String: Int]
  package let size: Int
  let values: UnsafeMutablePointer<Float>
  let firstState: UnsafeMutablePointer<Float>
  let secondState: UnsafeMutablePointer<Float>

  package init(_ parameters: [(name: String, shape: Shape, isTrainable: Bool)]) {
    var offset = 0
    var entries: [Entry] = []
    for parameter in parameters {
      entries.append(
        Entry(
          name: parameter.name, shape: parameter.shape, isTrainable: parameter.isTrainable, offset: offset))
      offset += (parameter.shape.count + 15) / 16 * 16
    }
    self.entries = entries
    index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($0.element.name, $0.offset) })
    size = max(offset, 16)
    values = allocateFloats(size)
    firstState = allocateFloats(size)
    secondState = allocateFloats(size)
  }

  deinit {
    values.deallocate()
    firstState.deallocate()
    secondState.deallocate()
  }

  /// One of the arrays that belong to each parameter.
  package enum Array: Sendable, CaseIterable {
    case values, firstState, secondState
  }

  package func entry(_ name: String) -> Entry? { index[name].map { entries[$0] } }

  private func memory(_ array: Array) -> UnsafeMutablePointer<Float> {
    switch array {
    case .values: values
    case .firstState: firstState
    case .secondState: secondState
    }
  }

  /// The numbers of one parameter, row-major.
  package func read(_ name: String, _ array: Array = .values) -> [Float] {
    guard let entry = entry(name) else { preconditionFailure("no parameter \(name)") }
    return Swift.Array(UnsafeBufferPointer(start: memory(array) + entry.offset, count: entry.count))
  }

  /// Of all values, to tell whether they are those of another store: FNV-1a (Fowler, Noll and Vo 1991) over their bits.
  package var digest: UInt64 {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for entry in entries {
      for place in entry.offset..<entry.offset + entry.count {
        digest = (digest ^ UInt64(values[place].bitPattern)) &* 0x100_0000_01b3
      }
    }
    return digest
  }

  /// Sets a parameter of one number.
  package func write(_ name: String, _ number: Float) {
    guard let entry = entry(name) else { preconditionFailure("no parameter \(name)") }
    precondition(entry.count == 1, "\(name) has \(entry.count) numbers, not 1")
    values[entry.offset] = number
  }

  /// The store without what only training needed; itself where that is nothing.
  package func keeping(_ names: Set<String>) -> ParameterStore {
    guard !entries.allSatisfy({ names.contains($0.name) }) else { return self }
    let kept = entries.filter { names.contains($0.name) }
    let store = ParameterStore(kept.map { ($0.name, $0.shape, $0.isTrainable) })
    for entry in kept {
      for array in Array.allCases { store.write(entry.name, read(entry.name, array), array) }
    }
    return store
  }

  /// - Parameter numbers: as many as the parameter has, row-major.
  package func write(_ name: String, _ numbers: [Float], _ array: Array = .values) {
    guard let entry = entry(name) else { preconditionFailure("no parameter \(name)") }
    precondition(numbers.count == entry.count, "\(name) has \(entry.count) numbers, not \(numbers.count)")
    (memory(array) + entry.offset).update(from: numbers, count: numbers.count)
  }
}

/// Zeroed memory on a 64-byte boundary; large pieces ask for large pages, which the core's look-ahead can cross, and take memory from the
/// system where they are written only.
package func allocateFloats(_ count: Int) -> UnsafeMutablePointer<Float> {
  let bytes = max(count, 16) * MemoryLayout<Float>.stride
  let largePage = 2 << 20
  let isLarge = bytes >= largePage / 4
  let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: isLarge ? largePage : 64)
  #if os(Linux)
    if isLarge {
      // MADV_HUGEPAGE, which Swift does not import: a wish that the system may refuse without harm.
      madvise(memory, bytes, 14)
      // Pages that are given back are zero when they are next looked at.
      let pages = bytes / Int(getpagesize()) * Int(getpagesize())
      if madvise(memory, pages, MADV_DONTNEED) == 0 {
        (memory + pages).initializeMemory(as: UInt8.self, repeating: 0, count: bytes - pages)
        return memory.assumingMemoryBound(to: Float.self)
      }
    }
  #endif
  memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  return memory.assumingMemoryBound(to: Float.self)
}
