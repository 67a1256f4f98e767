import CLaneKernels
import Foundation
import HourglassTestSupport
import Testing

/// Philox4x32-10 as its paper writes it.
private func philox(_ start: [UInt32], key: (UInt32, UInt32)) -> [UInt32] {
  var counter = start
  var key = key
  for _ in 0..<10 {
    let first = UInt64(counter[0]) * 0xD251_1F53
    let second = UInt64(counter[2]) * 0xCD9E_8D57
    counter = [
      UInt32(second >> 32) ^ counter[1] ^ key.0, UInt32(truncatingIfNeeded: second),
      UInt32(first >> 32) ^ counter[3] ^ key.1, UInt32(truncatingIfNeeded: first),
    ]
    key = (key.0 &+ 0x9E37_79B9, key.1 &+ 0xBB67_AE85)
  }
  return counter
}

/// The settings of one run of draws.
private struct Draws {
  var seed: UInt64 = 0x0123_4567_89AB_CDEF
  var epoch: UInt32 = 3
  var stream: UInt32 = 0x7FFF_FFF1
  var samples: [UInt32] = (0..<16).map { $0 &* 0x9E37_79B1 &+ 5 }
  var active: Int32 = 16

  func fill(_ tensor: LaneTensor, _ distribution: lane_distribution, on set: InstructionSet) {
    var random = lane_random(output: tensor.view, distribution: distribution, stream: stream)
    withExtendedLifetime(tensor) {
      withTestContext(samples: samples, seed: seed, epoch: epoch, active: active) {
        set.kernels.random(&random, $0)
      }
    }
  }

  func words(group: Int, lane: Int) -> [UInt32] {
    philox(
      [UInt32(group), samples[lane], epoch, stream],
      key: (UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)))
  }

  func uniform(element: Int, lane: Int) -> Float {
    Float(words(group: element / 4, lane: lane)[element % 4] >> 8) * 0x1p-24
  }

  func normal(element: Int, lane: Int) -> Double {
    let pair = Array(words(group: element / 4, lane: lane)[(element % 4 / 2 * 2)...])
    let radius = sqrt(-2 * log(Double((pair[0] >> 8) + 1) * 0x1p-24))
    let angle = 2 * Double.pi * Double(pair[1] >> 8) * 0x1p-24
    return radius * (element % 2 == 0 ? cos(angle) : sin(angle))
  }
}

@Suite struct RandomKernelTests {
  /// Channels, rows, columns, gap after a row, gap after a channel.
  static let layouts = [
    [1, 1, 1, 0, 0], [1, 1, 15, 0, 0], [2, 3, 4, 0, 0], [3, 5, 7, 2, 1], [2, 4, 8, 1, 0], [5, 1, 1, 0, 3],
    [1, 1, 17, 0, 0], [3, 2, 2, 1, 0],
  ]

  @Test func plainPhiloxGivesTheKnownAnswers() {
    let all = UInt32.max
    #expect(
      philox([0, 0, 0, 0], key: (0, 0)) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      philox([all, all, all, all], key: (all, all)) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: (0xa409_3822, 0x299f_31d0))
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  @Test(arguments: InstructionSet.available)
  func theKernelGivesTheKnownAnswer(set: InstructionSet) {
    let tensor = LaneTensor(1, 1, 4)
    Draws(seed: 0, epoch: 0, stream: 0, samples: Array(repeating: 0, count: 16))
      .fill(tensor, LANE_UNIFORM, on: set)
    let answers: [UInt32] = [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
    for (element, answer) in answers.enumerated() {
      for lane in 0..<16 { #expect(tensor[16 * element + lane] == Float(answer >> 8) * 0x1p-24) }
    }
  }

  @Test(arguments: InstructionSet.available, layouts)
  func uniformDrawsMatchBitForBit(set: InstructionSet, layout: [Int]) {
    let tensor = LaneTensor(layout[0], layout[1], layout[2], rowGap: layout[3], channelGap: layout[4])
    let draws = Draws(active: 3)
    draws.fill(tensor, LANE_UNIFORM, on: set)
    for (element, offset) in tensor.offsets.enumerated() {
      for lane in 0..<16 {
        #expect(tensor[offset + lane] == draws.uniform(element: element, lane: lane))
      }
    }
    #expect(tensor.gapsAreUntouched)
  }

  @Test(arguments: InstructionSet.available, layouts)
  func normalDrawsMatchDoublePrecision(set: InstructionSet, layout: [Int]) {
    let tensor = LaneTensor(layout[0], layout[1], layout[2], rowGap: layout[3], channelGap: layout[4])
    let draws = Draws(seed: 99, epoch: 12, stream: 4)
    draws.fill(tensor, LANE_NORMAL, on: set)
    for (element, offset) in tensor.offsets.enumerated() {
      for lane in 0..<16 {
        let expected = draws.normal(element: element, lane: lane)
        #expect(abs(Double(tensor[offset + lane]) - expected) < 1.5e-6)
      }
    }
    #expect(tensor.gapsAreUntouched)
  }

  @Test(arguments: InstructionSet.available)
  func normalDrawsStayCloseOverMany(set: InstructionSet) {
    let tensor = LaneTensor(1, 1, 4000)
    let draws = Draws()
    draws.fill(tensor, LANE_NORMAL, on: set)
    var worst = 0.0
    for element in 0..<4000 {
      for lane in 0..<16 {
        let expected = draws.normal(element: element, lane: lane)
        worst = max(worst, abs(Double(tensor[16 * element + lane]) - expected))
      }
    }
    #expect(worst < 1.5e-6)
  }

  @Test(arguments: [LANE_UNIFORM, LANE_NORMAL].map(\.rawValue))
  func instructionSetsAgreeToTheLastBit(distribution: UInt32) {
    let draws = (0..<4).map { Draws(seed: UInt64($0) << 40 | 77, epoch: UInt32($0), stream: UInt32($0 * 31)) }
    for draw in draws {
      let results = InstructionSet.available.map { set in
        let tensor = LaneTensor(3, 21, 31, rowGap: 2)
        draw.fill(tensor, lane_distribution(distribution), on: set)
        return tensor.values
      }
      for other in results.dropFirst() { #expect(sameBits(results[0], other)) }
    }
  }

  @Test(arguments: InstructionSet.available)
  func aSampleDrawsTheSameInEveryLaneAndLayout(set: InstructionSet) {
    let draws = Draws()
    let tensor = LaneTensor(2, 5, 7)
    draws.fill(tensor, LANE_NORMAL, on: set)
    var reversed = draws
    reversed.samples.reverse()
    let other = LaneTensor(2, 5, 7, rowGap: 3, channelGap: 2)
    reversed.fill(other, LANE_NORMAL, on: set)
    for (a, b) in zip(tensor.offsets, other.offsets) {
      for lane in 0..<16 {
        #expect(tensor[a + lane].bitPattern == other[b + 15 - lane].bitPattern)
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func epochSeedStreamAndSampleEachChangeTheDraws(set: InstructionSet) {
    let variants = [
      Draws(), Draws(seed: 1), Draws(seed: 1 << 32), Draws(epoch: 4), Draws(stream: 1),
      Draws(samples: (100..<116).map { $0 }),
    ]
    let results = variants.map { draws in
      let tensor = LaneTensor(1, 1, 64)
      draws.fill(tensor, LANE_UNIFORM, on: set)
      return tensor.values
    }
    for i in results.indices {
      for j in results.indices where j > i {
        #expect(zip(results[i], results[j]).filter { $0 == $1 }.count < 8)
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func momentsAndTails(set: InstructionSet) {
    let tensor = LaneTensor(1, 1, 1 << 16)
    Draws().fill(tensor, LANE_NORMAL, on: set)
    let count = Double(tensor.columns * 16)
    var sums = [0.0, 0.0, 0.0, 0.0]
    var beyond = [0, 0, 0]
    for value in tensor.values {
      let x = Double(value)
      sums[0] += x
      sums[1] += x * x
      sums[2] += x * x * x
      sums[3] += x * x * x * x
      for i in 0..<3 where abs(x) > Double(i + 1) { beyond[i] += 1 }
    }
    // Five standard errors each.
    let error = 5 / count.squareRoot()
    #expect(abs(sums[0] / count) < error)
    #expect(abs(sums[1] / count - 1) < error * 2.0.squareRoot())
    #expect(abs(sums[2] / count) < error * 15.0.squareRoot())
    #expect(abs(sums[3] / count - 3) < error * 96.0.squareRoot())
    for (i, share) in [0.31731051, 0.04550026, 0.00269980].enumerated() {
      #expect(abs(Double(beyond[i]) / count - share) < error * (share * (1 - share)).squareRoot())
    }

    Draws().fill(tensor, LANE_UNIFORM, on: set)
    var mean = 0.0
    var bins = [Int](repeating: 0, count: 64)
    for value in tensor.values {
      mean += Double(value)
      bins[Int(value * 64)] += 1
    }
    #expect(abs(mean / count - 0.5) < error * (1.0 / 12).squareRoot())
    let expected = count / 64
    let chi = bins.reduce(0) { $0 + pow(Double($1) - expected, 2) / expected }
    #expect(chi < 63 + 5 * 126.0.squareRoot())
  }
}
