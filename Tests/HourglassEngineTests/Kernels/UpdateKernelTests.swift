import CLaneKernels
import Foundation
import HourglassBase
import HourglassEngine
import HourglassTestSupport
import Testing

/// Settings of an optimizer, and the formula in double precision.
struct UpdateCase: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var settings: lane_update_settings

  init(_ name: String, _ optimizer: lane_optimizer, _ change: (inout lane_update_settings) -> Void) {
    testDescription = name
    settings = lane_update_settings(
      optimizer: optimizer, learning_rate: 0.05, momentum: 0, nesterov: 0, beta1: 0.9, beta2: 0.999,
      epsilon: 1e-7, decay: 0.9, weight_decay: 0, gradient_scale: 1, step: 1)
    change(&settings)
  }

  static let all = [
    UpdateCase("SGD", LANE_SGD) { _ in },
    UpdateCase("SGD with weight decay", LANE_SGD) { $0.weight_decay = 0.1 },
    UpdateCase("momentum", LANE_SGD) { $0.momentum = 0.9 },
    UpdateCase("Nesterov", LANE_SGD) {
      $0.momentum = 0.8
      $0.nesterov = 1
      $0.gradient_scale = 0.25
    },
    UpdateCase("Adam", LANE_ADAM) { _ in },
    UpdateCase("Adam with a large epsilon", LANE_ADAM) {
      $0.epsilon = 0.1
      $0.beta1 = 0.5
      $0.gradient_scale = 3
    },
    UpdateCase("AdamW", LANE_ADAM) { $0.weight_decay = 0.2 },
    UpdateCase("RMSprop", LANE_RMSPROP) { $0.epsilon = 0.01 },
    UpdateCase("RMSprop with momentum", LANE_RMSPROP) {
      $0.momentum = 0.7
      $0.weight_decay = 0.05
    },
  ]

  /// One step of one parameter, as Keras writes it.
  func step(_ p: inout Double, gradient: Float, _ state1: inout Double, _ state2: inout Double, number: Int) {
    let rate = Double(settings.learning_rate)
    let momentum = Double(settings.momentum)
    let epsilon = Double(settings.epsilon)
    let g = Double(gradient) * Double(settings.gradient_scale)
    p -= p * Double(settings.weight_decay) * rate
    switch settings.optimizer {
    case LANE_SGD:
      guard momentum > 0 else {
        p -= rate * g
        return
      }
      state1 = momentum * state1 - rate * g
      p += settings.nesterov != 0 ? momentum * state1 - rate * g : state1
    case LANE_ADAM:
      let beta1 = Double(settings.beta1)
      let beta2 = Double(settings.beta2)
      let alpha = rate * sqrt(1 - pow(beta2, Double(number))) / (1 - pow(beta1, Double(number)))
      state1 += (g - state1) * (1 - beta1)
      state2 += (g * g - state2) * (1 - beta2)
      p -= state1 * alpha / (sqrt(state2) + epsilon)
    default:
      let decay = Double(settings.decay)
      state1 = decay * state1 + (1 - decay) * g * g
      let increment = rate * g / sqrt(state1 + epsilon)
      state2 = momentum * state2 + increment
      p -= momentum > 0 ? state2 : increment
    }
  }
}

@Suite("Update kernels")
struct UpdateKernelTests {
  private let size = 96
  private let steps = 6

  private func gradients() -> [[Float]] {
    var random = TestNumbers(20)
    return (0..<steps).map { _ in random.floats(size) }
  }

  private func start() -> [Float] {
    var random = TestNumbers(21)
    return random.floats(size)
  }

  /// Parameters and states after some steps over `first..<first + count`.
  private func train(_ name: String, _ setup: UpdateCase, first: Int, count: Int) -> [[Float]] {
    let parameters = TransferMemory(start())
    let state1 = TransferMemory(repeating: 0, count: size)
    let state2 = TransferMemory(repeating: 0, count: size)
    var settings = setup.settings
    for (index, gradient) in gradients().enumerated() {
      settings.step = Int64(index + 1)
      TransferTest.kernels(name).update(
        &settings, parameters.data, gradient, state1.data, state2.data, Int64(first), Int64(count))
    }
    return [parameters.values, state1.values, state2.values]
  }

  @Test(
    "follows the formula of Keras", arguments: TransferTest.instructionSets, UpdateCase.all)
  func formula(name: String, setup: UpdateCase) {
    for (first, count) in [(0, 1), (0, 15), (16, 16), (16, 17), (32, 53), (0, 96), (16, 0)] {
      let result = train(name, setup, first: first, count: count)
      let initial = start()
      let gradients = gradients()
      for i in 0..<size {
        guard (first..<first + count).contains(i) else {
          #expect(result[0][i] == initial[i])
          #expect(result[1][i] == 0)
          #expect(result[2][i] == 0)
          continue
        }
        var p = Double(initial[i])
        var state1 = 0.0
        var state2 = 0.0
        for step in 0..<steps {
          setup.step(&p, gradient: gradients[step][i], &state1, &state2, number: step + 1)
        }
        #expect(abs(Double(result[0][i]) - p) < 3e-6 * max(1, abs(p)))
      }
    }
  }

  @Test("gives the same bits on every instruction set", arguments: UpdateCase.all)
  func sameBits(setup: UpdateCase) {
    let results = TransferTest.instructionSets.map {
      train($0, setup, first: 16, count: 75).map { $0.map(\.bitPattern) }
    }
    for result in results { #expect(result == results[0]) }
  }

  @Test("a tail computes what whole vectors do", arguments: TransferTest.instructionSets, UpdateCase.all)
  func tail(name: String, setup: UpdateCase) {
    let whole = train(name, setup, first: 0, count: 96)
    let part = train(name, setup, first: 0, count: 93)
    for (whole, part) in zip(whole, part) {
      #expect(whole[..<93].map(\.bitPattern) == part[..<93].map(\.bitPattern))
    }
  }

  @Test("needs no state that the rule does not use", arguments: TransferTest.instructionSets)
  func unusedStates(name: String) {
    let parameters = TransferMemory(start())
    let gradient = gradients()[0]
    var settings = UpdateCase.all[0].settings
    TransferTest.kernels(name).update(&settings, parameters.data, gradient, nil, nil, 0, 37)
    for i in 0..<37 { #expect(abs(parameters.values[i] - (start()[i] - 0.05 * gradient[i])) < 1e-6) }
  }

  @Test("adds up the shards as a tree", arguments: TransferTest.instructionSets, [1, 2, 4, 7, 13, 64])
  func combine(name: String, shardCount: Int) {
    var random = TestNumbers(22)
    let stride = 112
    var additions: [lane_addition] = []
    ShardPlan.additions(0..<shardCount) { additions.append(lane_addition(slot: $1.slot, merges: $1.merges)) }
    /// A node's shards `first..<first + width`, as far as they exist.
    func sum(_ shards: [Float], _ first: Int, _ width: Int) -> Float {
      if width == 1 { return shards[first] }
      let left = sum(shards, first, width / 2)
      let right = first + width / 2
      return right < shards.count ? left + sum(shards, right, width / 2) : left
    }
    let shards = random.floats(shardCount * stride)
    for (first, count) in [(0, 1), (0, 15), (16, 16), (16, 17), (32, 53), (0, 96), (7, 88), (16, 0)] {
      let sums = TransferMemory(repeating: TransferTensor.untouched, count: size)
      let squares = TransferTest.kernels(name).combine(
        sums.data, shards, Int64(stride), additions, Int32(shardCount), 0.3, Int64(first), Int64(count))
      var expected = [Float](repeating: TransferTensor.untouched, count: size)
      var lanes = [Double](repeating: 0, count: 16)
      for i in first..<first + count {
        expected[i] = 0.3 * sum((0..<shardCount).map { shards[$0 * stride + i] }, 0, 64)
        lanes[(i - first) % 16] += Double(expected[i]) * Double(expected[i])
      }
      for width in [8, 4, 2, 1] {
        for lane in 0..<width { lanes[lane] += lanes[lane + width] }
      }
      #expect(sums.values == expected)
      #expect(squares == lanes[0])
    }
  }

  @Test(
    "tells of results that are not finite", arguments: TransferTest.instructionSets,
    [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude])
  func notFinite(name: String, value: Float) {
    for place in [0, 17, 36] {
      var shards = [Float](repeating: 1, count: 2 * 48)
      shards[place] = value
      shards[48 + place] = value
      let sums = TransferMemory(repeating: 0, count: 48)
      let combine = TransferTest.kernels(name).combine!
      let additions = [lane_addition(slot: 0, merges: 0), lane_addition(slot: 1, merges: 1)]
      #expect(!combine(sums.data, shards, 48, additions, 2, 1, 0, 37).isFinite)
    }
  }
}
