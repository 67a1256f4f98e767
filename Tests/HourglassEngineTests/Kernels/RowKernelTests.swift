import CLaneKernels
import HourglassTestSupport
import Testing

@Suite("Kernels on rows of a shared matrix")
struct RowKernelTests {
  static let sizes = [(1, 1, 1), (3, 15, 2), (9, 16, 1), (17, 17, 3), (4, 40, 5)].map {
    Size(rows: $0, width: $1, count: $2)
  }

  struct Size: Sendable {
    var rows: Int
    var width: Int
    var count: Int

    /// Indices of all kinds, and the rows that they stand for.
    var indices: (values: [Float], rows: [Int]) {
      var random = TestNumbers(UInt64(width))
      var result: (values: [Float], rows: [Int]) = ([], [])
      for place in 0..<16 * count {
        let row = Int.random(in: 0..<rows, using: &random)
        switch place % 11 {
        case 3:
          result.values.append(.nan)
          result.rows.append(0)
        case 4:
          result.values.append(-.infinity)
          result.rows.append(0)
        case 5:
          result.values.append(.infinity)
          result.rows.append(rows - 1)
        case 6:
          result.values.append(1e30)
          result.rows.append(rows - 1)
        case 7:
          result.values.append(-0.5)
          result.rows.append(0)
        case 8:
          result.values.append(Float(row) + 0.75)
          result.rows.append(row)
        default:
          result.values.append(Float(row))
          result.rows.append(row)
        }
      }
      return result
    }
  }

  @Test("gathers", arguments: TransferTest.instructionSets, sizes)
  func gather(name: String, size: Size) {
    var random = TestNumbers(5)
    let matrix = TransferMemory(random.floats(size.rows * size.width))
    let (indices, rows) = size.indices
    let indexMemory = TransferMemory(indices)
    let output = TransferMemory(repeating: .nan, count: 16 * size.width * size.count)
    TransferTest.run(
      TransferTest.kernels(name).gather_rows,
      lane_gather_rows(
        matrix: matrix.data, indices: indexMemory.data, output: output.data, rows: Int32(size.rows),
        width: Int32(size.width), count: Int32(size.count)))
    let expected = (0..<size.width).flatMap { j in
      (0..<16 * size.count).map { matrix.data[rows[$0] * size.width + j] }
    }
    #expect(output.values == expected)
  }

  @Test("adds up, sample after sample", arguments: TransferTest.instructionSets, sizes)
  func scatter(name: String, size: Size) {
    var random = TestNumbers(6)
    let (indices, rows) = size.indices
    let indexMemory = TransferMemory(indices)
    let values = TransferMemory(random.floats(16 * size.width * size.count))
    let scratch = TransferMemory(repeating: .nan, count: 16 * ((size.width + 15) / 16 * 16))
    let before = random.floats(size.rows * size.width)
    for (active, starts) in [(16, false), (16, true), (1, false), (15, true)] {
      let offset = 32
      let sums = TransferMemory(Array(repeating: 7, count: offset) + before + [7])
      var expected = starts ? Array(repeating: 0, count: before.count) : before
      for i in 0..<size.count {
        for lane in 0..<active {
          for j in 0..<size.width {
            expected[rows[16 * i + lane] * size.width + j] += values.data[16 * (j * size.count + i) + lane]
          }
        }
      }
      TransferTest.run(
        TransferTest.kernels(name).scatter_rows,
        lane_scatter_rows(
          indices: indexMemory.data, values: values.data, sums_offset: Int64(offset), rows: Int32(size.rows),
          width: Int32(size.width), count: Int32(size.count), scratch: scratch.data),
        active: active, sums: sums.data, startsSums: starts)
      #expect(sums.values == Array(repeating: 7, count: offset) + expected + [7])
    }
  }
}
