import HourglassBase

/// The features of encoded rows that stand for cells without a value.
package struct MissingCells: Sendable {
  /// Where each row's features begin, and after the last row where they end; empty when nothing is missing.
  private let starts: [Int]
  private let features: [Int32]

  package static let none = MissingCells(starts: [], features: [])

  private init(starts: [Int], features: [Int32]) {
    (self.starts, self.features) = (starts, features)
  }

  /// - Parameter memory: rows of `width` numbers; NaN where one is missing.
  package init(_ memory: UnsafeMutableBufferPointer<Float>, width: Int) {
    var (starts, features): ([Int], [Int32]) = ([0], [])
    for start in stride(from: 0, to: memory.count, by: width) {
      for feature in 0..<width where memory[start + feature].isNaN { features.append(Int32(feature)) }
      starts.append(features.count)
    }
    self = features.isEmpty ? .none : MissingCells(starts: starts, features: features)
  }

  /// What row `index` lacks, in ascending order.
  subscript(row index: Int) -> ArraySlice<Int32> {
    starts.isEmpty ? [] : features[starts[index]..<starts[index + 1]]
  }

  var isEmpty: Bool { features.isEmpty }

  /// Of these rows, in their order.
  func gathered(_ rows: [UInt32]) -> MissingCells {
    guard !isEmpty else { return .none }
    var (starts, features): ([Int], [Int32]) = ([0], [])
    for row in rows {
      features += self[row: Int(row)]
      starts.append(features.count)
    }
    return features.isEmpty ? .none : MissingCells(starts: starts, features: features)
  }
}

/// Rows of a table as a model takes them.
struct EncodedRows: Sendable {
  /// Of shape `[features]`; where a cell is missing, what the row's others let expect.
  var samples: any SampleSource
  var missing = MissingCells.none
}
