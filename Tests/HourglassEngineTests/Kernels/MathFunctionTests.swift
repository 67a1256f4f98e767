import CLaneKernels
import Foundation
import HourglassTestSupport
import Testing

/// A stretch of arguments over which a function's error is measured.
struct Sweep: CustomTestStringConvertible, Sendable {
  enum Spacing { case even, logarithmic }
  let name: String
  let function: lane_map_function
  let reference: @Sendable (Double) -> Double
  let range: ClosedRange<Double>
  var spacing = Spacing.even
  /// Largest error in units in the last place.
  let bound: Double

  var testDescription: String { "\(name) \(range) \(spacing)" }

  static func exponential(_ range: ClosedRange<Double>, _ spacing: Spacing = .even) -> Sweep {
    Sweep(
      name: "exponential", function: LANE_EXPONENTIAL, reference: { exp($0) }, range: range,
      spacing: spacing, bound: 1.05)
  }

  static func logarithm(_ range: ClosedRange<Double>, _ spacing: Spacing = .even) -> Sweep {
    Sweep(
      name: "logarithm", function: LANE_LOGARITHM, reference: { log($0) }, range: range, spacing: spacing,
      bound: 0.9)
  }

  static func tangent(_ range: ClosedRange<Double>, _ spacing: Spacing = .even) -> Sweep {
    Sweep(
      name: "tangent", function: LANE_HYPERBOLIC_TANGENT, reference: { tanh($0) }, range: range,
      spacing: spacing, bound: 2.5)
  }

  static func sigmoid(_ range: ClosedRange<Double>, _ spacing: Spacing = .even) -> Sweep {
    Sweep(
      name: "sigmoid", function: LANE_SIGMOID, reference: { 1 / (1 + exp(-$0)) }, range: range,
      spacing: spacing, bound: 2.5)
  }

  static func softplus(_ range: ClosedRange<Double>, _ spacing: Spacing = .even) -> Sweep {
    Sweep(
      name: "softplus", function: LANE_SOFTPLUS, reference: { max($0, 0) + log1p(exp(-abs($0))) },
      range: range, spacing: spacing, bound: 1.8)
  }

  static func cumulative(_ range: ClosedRange<Double>) -> Sweep {
    Sweep(
      name: "cumulative", function: LANE_NORMAL_CUMULATIVE, reference: { 0.5 * erfc(-$0 * 0.5.squareRoot()) },
      range: range, bound: 4.5)
  }

  static let all: [Sweep] = [
    .exponential(-87.3...88.7), .exponential(-105 ... -87.3), .exponential(-1...1),
    .exponential(1e-10...1, .logarithmic), .exponential(-1e-3...1e-3),
    .logarithm(1e-45...1e-37, .logarithmic), .logarithm(1e-38...3.4e38, .logarithmic), .logarithm(0.5...2),
    .logarithm(0.99...1.01), .logarithm(0.9999...1.0001),
    .tangent(-10...10), .tangent(1e-38...10, .logarithmic), .tangent(0.01...0.1), .tangent(0.1...1),
    .tangent(-0.001...0.001),
    .sigmoid(-87...30), .sigmoid(-4...4), .sigmoid(1e-10...10, .logarithmic), .sigmoid(-20 ... -10),
    .softplus(-87...100), .softplus(-2...2), .softplus(1e-10...10, .logarithmic), .softplus(-20 ... -10),
    .cumulative(-12.9 ... -6), .cumulative(-6 ... -1), .cumulative(-1...1), .cumulative(0...8),
    .cumulative(-0.01...0.01),
  ]

  /// 2^18 arguments, each at a place of its own within its step.
  func arguments() -> [Float] {
    let count = 1 << 18
    var random = TestNumbers(7)
    return (0..<count).map { i in
      let place = (Double(i) + Double.random(in: 0..<1, using: &random)) / Double(count)
      switch spacing {
      case .even: return Float(range.lowerBound + place * (range.upperBound - range.lowerBound))
      case .logarithmic: return Float(range.lowerBound * pow(range.upperBound / range.lowerBound, place))
      }
    }
  }
}

@Suite struct MathFunctionTests {
  /// The error in units in the last place, never finer than the step of denormal numbers.
  private func error(_ value: Float, _ exact: Double) -> Double {
    if Double(value) == exact || (value.isInfinite && exact > Double(Float.greatestFiniteMagnitude)) {
      return 0
    }
    let step = Double(
      sign: .plus, exponent: max(exact == 0 ? -126 : exact.exponent, -126) - 23, significand: 1)
    let error = abs(Double(value) - exact) / step
    return error.isNaN ? .infinity : error
  }

  @Test(arguments: Sweep.all, InstructionSet.available)
  func staysWithinItsBound(sweep: Sweep, set: InstructionSet) {
    let arguments = sweep.arguments()
    let results = apply(sweep.function, to: arguments, on: set)
    var worst = (error: 0.0, argument: Float(0))
    for (argument, result) in zip(arguments, results) {
      let error = error(result, sweep.reference(Double(argument)))
      if error > worst.error { worst = (error, argument) }
    }
    #expect(
      worst.error <= sweep.bound,
      "\(sweep.name): error \(worst.error) at \(worst.argument)")
  }

  @Test(arguments: Sweep.all)
  func instructionSetsAgreeToTheLastBit(sweep: Sweep) {
    guard let first = InstructionSet.available.first else { return }
    let arguments = sweep.arguments()
    let results = apply(sweep.function, to: arguments, on: first)
    for other in InstructionSet.available.dropFirst() {
      #expect(sameBits(results, apply(sweep.function, to: arguments, on: other)))
    }
  }

  private static let specials: [(lane_map_function, [(Float, Float)])] = [
    (
      LANE_EXPONENTIAL,
      [
        (.infinity, .infinity), (-.infinity, 0), (0, 1), (-0.0, 1), (89, .infinity), (1e30, .infinity),
        (-105, 0),
      ]
    ),
    (
      LANE_LOGARITHM,
      [
        (.infinity, .infinity), (-.infinity, .nan), (0, -.infinity), (-0.0, -.infinity), (-1, .nan),
        (-0x1p-140, .nan), (1, 0),
      ]
    ),
    (
      LANE_HYPERBOLIC_TANGENT,
      [
        (.infinity, 1), (-.infinity, -1), (0, 0), (-0.0, -0.0), (1e30, 1), (0x1p-140, 0x1p-140),
        (-0x1p-140, -0x1p-140),
      ]
    ),
    (LANE_SIGMOID, [(.infinity, 1), (-.infinity, 0), (0, 0.5), (1e30, 1), (-1e30, 0)]),
    (LANE_SOFTPLUS, [(.infinity, .infinity), (-.infinity, 0), (1e30, 1e30), (-1e30, 0)]),
    (LANE_NORMAL_CUMULATIVE, [(.infinity, 1), (-.infinity, 0), (0, 0.5), (1e30, 1), (-1e30, 0)]),
  ]

  @Test(arguments: InstructionSet.available)
  func specialValues(set: InstructionSet) {
    for (function, cases) in Self.specials {
      for (argument, expected) in cases + [(.nan, .nan)] {
        let results = apply(function, to: Array(repeating: argument, count: 16), on: set)
        #expect(
          sameBits(results, Array(repeating: expected, count: 16)),
          "function \(function.rawValue) of \(argument): \(results[0])")
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func cumulativeProbabilitiesOfOppositeArgumentsAddUpToOne(set: InstructionSet) {
    let arguments = stride(from: Float(-8), to: 8, by: 1 / 1024).map { $0 }
    let below = apply(LANE_NORMAL_CUMULATIVE, to: arguments, on: set)
    let above = apply(LANE_NORMAL_CUMULATIVE, to: arguments.map { -$0 }, on: set)
    #expect(zip(below, above).allSatisfy { abs($0 + $1 - 1) <= 0x1p-23 })
  }
}
