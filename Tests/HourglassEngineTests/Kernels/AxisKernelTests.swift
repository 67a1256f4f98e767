import CLaneKernels
import HourglassTestSupport
import Testing

@Suite("Kernels along an axis")
struct AxisKernelTests {
  struct Setup: CustomTestStringConvertible, Sendable {
    var extents: [Int]
    var axis: Int
    var halo: Int

    var testDescription: String { "\(extents) along axis \(axis), halo \(halo)" }

    static let all = [1, 15, 16, 17, 40].flatMap { length in
      (0..<3).map { axis in
        var extents = [2, 3, 4]
        extents[axis] = length
        return Setup(extents: extents, axis: axis, halo: length % 2)
      }
    }

    var count: Int { extents.reduce(1, *) }

    /// Calls `body` with the places of each line.
    func eachLine(_ body: ([(Int, Int, Int)]) -> Void) {
      var outer = extents
      outer[axis] = 1
      for channel in 0..<outer[0] {
        for row in 0..<outer[1] {
          for column in 0..<outer[2] {
            body(
              (0..<extents[axis]).map { position in
                var place = [channel, row, column]
                place[axis] = position
                return (place[0], place[1], place[2])
              })
          }
        }
      }
    }

    /// Small whole numbers, zeros of both signs, infinities, and here and there NaN.
    var input: TransferTensor {
      var random = TestNumbers(UInt64(count + axis))
      let special: [Float] = [-0.0, 0, .infinity, -.infinity, .nan, -Float.nan, .leastNonzeroMagnitude]
      let values = random.smallIntegers(16 * count).map { value in
        let choice = Int.random(in: 0..<40, using: &random)
        return choice < special.count ? special[choice] : value
      }
      return TransferTensor(extents[0], extents[1], extents[2], halo: halo, values: values)
    }
  }

  /// The line's places from the largest value down, NaN first.
  private func ranked(_ line: [Float]) -> [Int] {
    line.indices.sorted { first, second in
      let (a, b) = (line[first], line[second])
      if a.isNaN != b.isNaN { return a.isNaN }
      return a > b || (!(b > a) && first < second)
    }
  }

  @Test("takes the first maximum", arguments: TransferTest.instructionSets, Setup.all)
  func maximum(name: String, setup: Setup) {
    let input = setup.input
    var reduced = setup.extents
    reduced[setup.axis] = 1
    let output = TransferTensor(reduced[0], reduced[1], reduced[2], halo: setup.halo)
    TransferTest.run(
      TransferTest.kernels(name).axis_maximum,
      lane_along_axis(input: input.view, output: output.view, axis: Int32(setup.axis), count: 0))
    setup.eachLine { places in
      for lane in 0..<16 {
        let line = places.map { input[$0.0, $0.1, $0.2, lane] }
        let found = output[places[0].0, places[0].1, places[0].2, lane]
        #expect(found.bitPattern == line[ranked(line)[0]].bitPattern)
      }
    }
    #expect(output.haloIsUntouched)
  }

  @Test("marks the largest", arguments: TransferTest.instructionSets, Setup.all)
  func mask(name: String, setup: Setup) {
    let input = setup.input
    let length = setup.extents[setup.axis]
    for count in Set([1, 2, 7, length / 2, length - 1, length]) where 1...length ~= count {
      let output = TransferTensor(setup.extents[0], setup.extents[1], setup.extents[2], halo: setup.halo)
      TransferTest.run(
        TransferTest.kernels(name).axis_mask,
        lane_along_axis(
          input: input.view, output: output.view, axis: Int32(setup.axis), count: Int32(count)))
      setup.eachLine { places in
        for lane in 0..<16 {
          let line = places.map { input[$0.0, $0.1, $0.2, lane] }
          let taken = Set(ranked(line).prefix(count))
          let found = places.map { output[$0.0, $0.1, $0.2, lane] }
          #expect(found == line.indices.map { taken.contains($0) ? 1 : 0 })
        }
      }
      #expect(output.haloIsUntouched)
    }
  }
}
