import CLaneKernels
import HourglassTestSupport
import Testing

/// A sparse matrix by rows.
struct ResampleMatrix: Sendable {
  var rows: [[(source: Int, weight: Float)]]

  /// Each row repeats one source: nearest up-sampling.
  static func nearest(_ count: Int, factor: Int) -> ResampleMatrix {
    ResampleMatrix(rows: (0..<count * factor).map { [($0 / factor, 1)] })
  }

  /// Means of neighbours: average pooling.
  static func average(_ count: Int, window: Int) -> ResampleMatrix {
    ResampleMatrix(
      rows: (0..<count / window).map { row in
        (0..<window).map { (row * window + $0, 1 / Float(window)) }
      })
  }

  /// Rows with differing numbers of entries, none included.
  static func irregular(_ count: Int, rows: Int, seed: UInt64) -> ResampleMatrix {
    var random = TestNumbers(seed)
    return ResampleMatrix(
      rows: (0..<rows).map { row in
        (0..<(row + 3) % 4).map { _ in
          (Int.random(in: 0..<count, using: &random), Float.random(in: -1...1, using: &random))
        }
      })
  }

  /// Bilinear up-sampling by two: a row at an edge has one entry, the others two.
  static func bilinear(_ count: Int) -> ResampleMatrix {
    ResampleMatrix(
      rows: (0..<2 * count).map { row in
        let near = row / 2
        let far = row % 2 == 0 ? near - 1 : near + 1
        if (0..<count).contains(far) { return [(near, 0.75), (far, 0.25)] }
        return [(near, 1)]
      })
  }

  func withDescriptor<Result>(_ body: (lane_sparse_matrix) -> Result) -> Result {
    var starts: [Int32] = [0]
    for row in rows { starts.append(starts.last! + Int32(row.count)) }
    let sources = rows.joined().map { Int32($0.source) }
    let weights = rows.joined().map(\.weight)
    return starts.withUnsafeBufferPointer { starts in
      sources.withUnsafeBufferPointer { sources in
        weights.withUnsafeBufferPointer { weights in
          body(
            lane_sparse_matrix(
              starts: starts.baseAddress, sources: sources.baseAddress, weights: weights.baseAddress))
        }
      }
    }
  }
}

struct ResampleCase: CustomTestStringConvertible, Sendable {
  var name: String
  var input: (rows: Int, columns: Int)
  var rowMatrix: ResampleMatrix
  var columnMatrix: ResampleMatrix
  var halo = 0

  var testDescription: String { name }

  static let all = [
    ResampleCase(
      name: "nearest", input: (3, 5), rowMatrix: .nearest(3, factor: 2),
      columnMatrix: .nearest(5, factor: 3), halo: 1),
    ResampleCase(
      name: "average", input: (4, 6), rowMatrix: .average(4, window: 2), columnMatrix: .average(6, window: 2)
    ),
    ResampleCase(
      name: "average of three", input: (6, 9), rowMatrix: .average(6, window: 3),
      columnMatrix: .average(9, window: 3), halo: 2),
    ResampleCase(
      name: "bilinear", input: (5, 7), rowMatrix: .bilinear(5), columnMatrix: .bilinear(7), halo: 1),
    ResampleCase(
      name: "irregular", input: (4, 11), rowMatrix: .irregular(4, rows: 9, seed: 5),
      columnMatrix: .irregular(11, rows: 7, seed: 6)),
    ResampleCase(
      name: "mixed", input: (1, 1), rowMatrix: .nearest(1, factor: 1),
      columnMatrix: .irregular(1, rows: 1, seed: 7)),
  ]
}

@Suite("Resampling kernels")
struct ResampleKernelTests {
  private func resample(_ name: String, _ setup: ResampleCase, _ input: TransferTensor) -> TransferTensor {
    let output = TransferTensor(
      input.channels, setup.rowMatrix.rows.count, setup.columnMatrix.rows.count, halo: setup.halo)
    let scratch = TransferMemory(repeating: .nan, count: 16 * input.columns)
    setup.rowMatrix.withDescriptor { rowMatrix in
      setup.columnMatrix.withDescriptor { columnMatrix in
        let descriptor = lane_resample(
          input: input.view, output: output.view, row_matrix: rowMatrix, column_matrix: columnMatrix,
          scratch: scratch.data)
        TransferTest.run(TransferTest.kernels(name).resample, descriptor)
      }
    }
    return output
  }

  private func makeInput(_ setup: ResampleCase) -> TransferTensor {
    var random = TestNumbers(8)
    let values = random.floats(16 * 2 * setup.input.rows * setup.input.columns)
    return TransferTensor(2, setup.input.rows, setup.input.columns, halo: setup.halo, values: values)
  }

  @Test("multiplies from both sides", arguments: TransferTest.instructionSets, ResampleCase.all)
  func product(name: String, setup: ResampleCase) {
    let input = makeInput(setup)
    let output = resample(name, setup, input)
    for channel in 0..<2 {
      for (row, rowEntries) in setup.rowMatrix.rows.enumerated() {
        for (column, columnEntries) in setup.columnMatrix.rows.enumerated() {
          for lane in 0..<16 {
            var expected = 0.0
            for (r, rowWeight) in rowEntries {
              for (c, columnWeight) in columnEntries {
                expected += Double(rowWeight) * Double(columnWeight) * Double(input[channel, r, c, lane])
              }
            }
            #expect(abs(Double(output[channel, row, column, lane]) - expected) < 2e-6)
          }
        }
      }
    }
    #expect(output.haloIsUntouched)
  }

  @Test("gives the same bits on every instruction set", arguments: ResampleCase.all)
  func sameBits(setup: ResampleCase) {
    let input = makeInput(setup)
    let results = TransferTest.instructionSets.map { resample($0, setup, input).bits }
    for result in results { #expect(result == results[0]) }
  }

  @Test("copies exactly when up-sampling to the nearest", arguments: TransferTest.instructionSets)
  func nearestIsExact(name: String) {
    let setup = ResampleCase.all[0]
    let input = makeInput(setup)
    let output = resample(name, setup, input)
    for row in 0..<6 {
      for column in 0..<15 {
        for lane in 0..<16 {
          #expect(output[1, row, column, lane] == input[1, row / 2, column / 3, lane])
        }
      }
    }
  }
}
