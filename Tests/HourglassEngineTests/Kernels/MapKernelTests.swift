import CLaneKernels
import HourglassTestSupport
import Testing

@Suite struct MapKernelTests {
  /// Functions that IEEE arithmetic fixes to the last bit.
  private static let exact: [(lane_map_function, @Sendable (Float, Float) -> Float)] = [
    (LANE_ADD, { $0 + $1 }), (LANE_SUBTRACT, { $0 - $1 }), (LANE_MULTIPLY, { $0 * $1 }),
    (LANE_DIVIDE, { $0 / $1 }),
    (LANE_MAXIMUM, { $0.isNaN ? $0 : $1.isNaN ? $1 : $0 > $1 ? $0 : $1 }),
    (LANE_MINIMUM, { $0.isNaN ? $0 : $1.isNaN ? $1 : $0 < $1 ? $0 : $1 }),
    (LANE_GREATER, { $0 > $1 ? 1 : 0 }), (LANE_NEGATE, { x, _ in -x }), (LANE_ABSOLUTE, { x, _ in abs(x) }),
    (LANE_SIGN, { x, _ in x > 0 ? 1 : x < 0 ? -1 : x }), (LANE_STEP, { x, _ in x > 0 ? 1 : 0 }),
    (LANE_SQUARE, { x, _ in x * x }), (LANE_SQUARE_ROOT, { x, _ in x.squareRoot() }),
    (LANE_RECIPROCAL, { x, _ in 1 / x }), (LANE_RELU, { x, _ in x <= 0 ? 0 : x }),
    (LANE_ROUND, { x, _ in x.rounded(.toNearestOrEven) }), (LANE_IDENTITY, { x, _ in x }),
  ]

  private static let all = (LANE_ADD.rawValue...LANE_IDENTITY.rawValue).map { lane_map_function($0) }

  /// Channels, rows, columns, gap after a row, gap after a channel.
  static let layouts = [
    [1, 1, 1, 0, 0], [1, 1, 15, 0, 0], [1, 1, 16, 0, 0], [1, 1, 17, 0, 0], [1, 1, 100, 0, 0],
    [3, 7, 7, 2, 0], [2, 5, 1, 1, 0], [4, 1, 1, 0, 2], [2, 3, 33, 1, 1], [2, 3, 32, 0, 1], [1, 70, 3, 1, 0],
    [2, 17, 16, 4, 0],
  ]

  private func makeTensor(_ layout: [Int], _ random: inout TestNumbers, in range: ClosedRange<Float> = -3...3)
    -> LaneTensor
  {
    let tensor = LaneTensor(layout[0], layout[1], layout[2], rowGap: layout[3], channelGap: layout[4])
    var generator = random
    tensor.fill { generator.uniform(range) }
    random = generator
    return tensor
  }

  private func emptyTensor(_ layout: [Int]) -> LaneTensor {
    LaneTensor(layout[0], layout[1], layout[2], rowGap: layout[3], channelGap: layout[4])
  }

  @Test(arguments: InstructionSet.available, layouts)
  func exactFunctionsMatchSwift(set: InstructionSet, layout: [Int]) {
    var random = TestNumbers(1)
    let first = makeTensor(layout, &random)
    let second = makeTensor(layout[..<3] + [1, 1], &random)
    for (function, reference) in Self.exact {
      let output = emptyTensor(layout)
      MapProgram(
        channels: layout[0], rows: layout[1], columns: layout[2], operands: [first.operand, second.operand],
        steps: [(function, 0, 1)], outputs: [(output, 2)]
      ).run(on: set)
      #expect(
        sameBits(output.values, zip(first.values, second.values).map(reference)),
        "function \(function.rawValue)")
      #expect(output.gapsAreUntouched)
    }
  }

  @Test(arguments: InstructionSet.available)
  func exactFunctionsOfSpecialValuesMatchSwift(set: InstructionSet) {
    let specials: [Float] = [
      .nan, .infinity, -.infinity, 0, -0.0, 1, -1, 0x1p-140, -0x1p-140, 3e38, -3e38, 0.5, -2.5, 1.5,
      0x1.fffffep21,
      8_388_607.5,
    ]
    let pairs = specials.flatMap { a in specials.map { (a, $0) } }
    let first = LaneTensor(1, 1, pairs.count / 16)
    let second = LaneTensor(1, 1, pairs.count / 16)
    let output = LaneTensor(1, 1, pairs.count / 16)
    first.set(pairs.map(\.0))
    second.set(pairs.map(\.1))
    for (function, reference) in Self.exact {
      MapProgram(
        channels: 1, rows: 1, columns: pairs.count / 16, operands: [first.operand, second.operand],
        steps: [(function, 0, 1)], outputs: [(output, 2)]
      ).run(on: set)
      #expect(sameBits(output.values, pairs.map(reference)), "function \(function.rawValue)")
    }
  }

  @Test func instructionSetsAgreeToTheLastBit() {
    var random = TestNumbers(2)
    let layout = [3, 9, 13, 2, 1]
    let first = makeTensor(layout, &random, in: -20...20)
    let second = makeTensor(layout, &random)
    for function in Self.all {
      let results = InstructionSet.available.map { set in
        let output = emptyTensor(layout)
        MapProgram(
          channels: 3, rows: 9, columns: 13, operands: [first.operand, second.operand],
          steps: [(function, 0, 1)], outputs: [(output, 2)]
        ).run(on: set)
        return output.values
      }
      for other in results.dropFirst() { #expect(sameBits(results[0], other)) }
    }
  }

  /// Which axes of an operand have length 1 and are repeated.
  @Test(arguments: InstructionSet.available, 0..<8)
  func operandsRepeatAlongAxes(set: InstructionSet, repeated: Int) {
    for layout in [[3, 5, 7, 2, 1], [2, 3, 40, 0, 0], [6, 4, 1, 0, 0]] {
      var random = TestNumbers(UInt64(repeated))
      let shape = (0..<3).map { repeated >> $0 & 1 == 1 ? 1 : layout[$0] }
      let full = makeTensor(layout, &random)
      let laned = makeTensor(shape + [1, 0], &random)
      var generator = random
      let scalars = ScalarTensor(shape[0], shape[1], shape[2]) { generator.uniform(-3...3) }
      let output = emptyTensor(layout)
      MapProgram(
        channels: layout[0], rows: layout[1], columns: layout[2],
        operands: [full.operand, laned.operand, scalars.operand],
        steps: [(LANE_MULTIPLY, 0, 1), (LANE_SUBTRACT, 3, 2)], outputs: [(output, 4)]
      ).run(on: set)
      var expected: [Float] = []
      for channel in 0..<layout[0] {
        for row in 0..<layout[1] {
          for column in 0..<layout[2] {
            let place = [min(channel, shape[0] - 1), min(row, shape[1] - 1), min(column, shape[2] - 1)]
            let scalar = scalars[place[0], place[1], place[2]]
            for lane in 0..<16 {
              let x = full[full.offset(channel, row, column) + lane]
              let y = laned[laned.offset(place[0], place[1], place[2]) + lane]
              expected.append(x * y - scalar)
            }
          }
        }
      }
      #expect(sameBits(output.values, expected))
      #expect(output.gapsAreUntouched)
    }
  }

  @Test(arguments: InstructionSet.available, layouts)
  func severalOutputs(set: InstructionSet, layout: [Int]) {
    var random = TestNumbers(3)
    let first = makeTensor(layout, &random)
    let second = makeTensor(layout[..<3] + [0, 0], &random)
    let outputs = [layout, layout[..<3] + [0, 0], layout[..<3] + [3, 0], layout].map(emptyTensor)
    MapProgram(
      channels: layout[0], rows: layout[1], columns: layout[2], operands: [first.operand, second.operand],
      steps: [(LANE_ADD, 0, 1), (LANE_SQUARE, 2, 0), (LANE_SUBTRACT, 3, 0)],
      outputs: [(outputs[0], 2), (outputs[1], 4), (outputs[2], 1), (outputs[3], 2)]
    ).run(on: set)
    let pairs = Array(zip(first.values, second.values))
    #expect(sameBits(outputs[0].values, pairs.map { $0 + $1 }))
    #expect(sameBits(outputs[1].values, pairs.map { ($0 + $1) * ($0 + $1) - $0 }))
    #expect(sameBits(outputs[2].values, second.values))
    #expect(sameBits(outputs[3].values, outputs[0].values))
    for output in outputs { #expect(output.gapsAreUntouched) }
  }

  @Test(arguments: InstructionSet.available, layouts)
  func outputsMayReplaceOperands(set: InstructionSet, layout: [Int]) {
    var random = TestNumbers(4)
    let first = makeTensor(layout, &random)
    let second = makeTensor(layout, &random)
    let pairs = Array(zip(first.values, second.values))
    // The sum replaces the first operand, which the last step and the second output still need.
    MapProgram(
      channels: layout[0], rows: layout[1], columns: layout[2], operands: [first.operand, second.operand],
      steps: [(LANE_ADD, 0, 1), (LANE_MULTIPLY, 2, 0)], outputs: [(first, 2), (second, 3)]
    ).run(on: set)
    #expect(sameBits(first.values, pairs.map { $0 + $1 }))
    #expect(sameBits(second.values, pairs.map { ($0 + $1) * $0 }))

    let copy = emptyTensor(layout)
    let before = first.values
    MapProgram(
      channels: layout[0], rows: layout[1], columns: layout[2], operands: [first.operand],
      steps: [(LANE_NEGATE, 0, 0)], outputs: [(first, 1), (copy, 0)]
    ).run(on: set)
    #expect(sameBits(first.values, before.map { -$0 }))
    #expect(sameBits(copy.values, before))
    #expect(first.gapsAreUntouched && copy.gapsAreUntouched)
  }

  @Test(arguments: InstructionSet.available, layouts)
  func withoutStepsItCopies(set: InstructionSet, layout: [Int]) {
    var random = TestNumbers(5)
    let input = makeTensor(layout, &random)
    let output = emptyTensor(layout[..<3] + [1, 2])
    MapProgram(
      channels: layout[0], rows: layout[1], columns: layout[2], operands: [input.operand],
      outputs: [(output, 0)]
    ).run(on: set)
    #expect(sameBits(output.values, input.values))
    #expect(output.gapsAreUntouched)
  }

  @Test(arguments: InstructionSet.available)
  func theLongestProgramFits(set: InstructionSet) {
    let steps = Int(LANE_MAP_STEPS)
    let operands = Int(LANE_MAP_OPERANDS)
    let inputs = (0..<operands).map { value in
      let tensor = LaneTensor(1, 1, 77)
      tensor.fill { Float(value + 1) }
      return tensor
    }
    let output = LaneTensor(1, 1, 77)
    MapProgram(
      channels: 1, rows: 1, columns: 77, operands: inputs.map(\.operand),
      steps: (0..<steps).map { (LANE_ADD, $0 == 0 ? 0 : operands + $0 - 1, $0 % operands) },
      outputs: [(output, operands + steps - 1)]
    ).run(on: set)
    let expected = 1 + (0..<steps).reduce(0) { $0 + $1 % operands + 1 }
    #expect(output.values.allSatisfy { $0 == Float(expected) })
  }

  /// Sums in the order that the kernel promises.
  private func sums(_ layout: [Int], _ over: [Bool], _ value: (Int, Int, Int, Int) -> Float) -> [Float] {
    let kept = (0..<3).map { over[$0] ? 1 : layout[$0] }
    // The innermost axis that has a length.
    let inner = (0..<3).last { layout[$0] > 1 } ?? 2
    var result: [Float] = []
    for place in 0..<kept[0] * kept[1] * kept[2] * 16 {
      let element = place / 16
      let fixed = [element / (kept[1] * kept[2]), element / kept[2] % kept[1], element % kept[2]]
      let ranges = (0..<3).map { over[$0] ? 0..<layout[$0] : fixed[$0]..<fixed[$0] + 1 }
      var partial: [Float] = [0, 0, 0, 0]
      for channel in ranges[0] {
        for row in ranges[1] {
          for column in ranges[2] {
            let index = over[inner] ? [channel, row, column][inner] % 4 : 0
            partial[index] += value(channel, row, column, place % 16)
          }
        }
      }
      result.append(over[inner] ? (partial[0] + partial[1]) + (partial[2] + partial[3]) : partial[0])
    }
    return result
  }

  @Test(arguments: InstructionSet.available, 0..<8)
  func reductionsAddInAFixedOrder(set: InstructionSet, axes: Int) {
    let over = (0..<3).map { axes >> $0 & 1 == 1 }
    for layout in Self.layouts {
      var random = TestNumbers(UInt64(axes + 10))
      let laned = makeTensor(layout, &random)
      var generator = random
      let scalars = ScalarTensor(layout[0], layout[1], layout[2]) { generator.uniform(-3...3) }
      let shape = (0..<3).map { over[$0] ? 1 : layout[$0] }
      var repeated = laned.operand
      repeated.lanes.channel_stride = 0
      let cases: [(Operand, (Int, Int, Int, Int) -> Float)] = [
        (laned.operand, { laned[laned.offset($0, $1, $2) + $3] }),
        (
          scalars.operand,
          { channel, row, column, _ in
            scalars[channel, row, column]
          }
        ),
        // The first channel, repeated.
        (
          repeated,
          { _, row, column, lane in laned[laned.offset(0, row, column) + lane] }
        ),
      ]
      for (operand, value) in cases {
        let output = LaneTensor(shape[0], shape[1], shape[2], rowGap: 1, channelGap: 1)
        reduce(operand, layout, over: over, into: output, on: set)
        #expect(sameBits(output.values, sums(layout, over, value)), "layout \(layout)")
        #expect(output.gapsAreUntouched)
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func sumsKeepInfinityAndNaNInTheirLanes(set: InstructionSet) {
    let input = LaneTensor(1, 1, 19)
    input.fill { 1 }
    input[16 * 3 + 2] = .nan
    input[16 * 18 + 5] = .infinity
    let output = LaneTensor(1, 1, 1)
    reduce(input.operand, [1, 1, 19], over: [false, false, true], into: output, on: set)
    var expected = [Float](repeating: 19, count: 16)
    expected[2] = .nan
    expected[5] = .infinity
    #expect(sameBits(output.values, expected))
  }
}
