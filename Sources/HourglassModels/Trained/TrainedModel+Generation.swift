import HourglassBase
import HourglassGraph
import HourglassPlatform

/// How to go from one code to another.
public enum CodePath: String, Sendable, CaseIterable {
  case straight
  /// Along a great circle, with lengths between those of the ends: normal codes of many units lie near a sphere,
  /// and a straight line leaves it (White 2016).
  case spherical

  /// The code at `position` of the way, 0...1.
  package func code(from start: [Float], to end: [Float], at position: Double) -> [Float] {
    let weights: (Double, Double)
    switch self {
    case .straight: weights = (1 - position, position)
    case .spherical: weights = Self.sphericalWeights(start, end, position)
    }
    return zip(start, end).map { Float(weights.0 * Double($0) + weights.1 * Double($1)) }
  }

  private static func sphericalWeights(
    _ start: [Float], _ end: [Float], _ position: Double
  ) -> (Double, Double) {
    func dot(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let lengths = (dot(start, start) * dot(end, end)).squareRoot()
    guard lengths > 0 else { return (1 - position, position) }
    let angle = acos(min(max(dot(start, end) / lengths, -1), 1))
    // Nearly the same direction, or the opposite one, to which no great circle leads.
    guard sin(angle) > 1e-6 else { return (1 - position, position) }
    return (sin((1 - position) * angle) / sin(angle), sin(position * angle) / sin(angle))
  }
}

extension TrainedModel {
  /// Samples of the model's own: codes drawn from the standard normal distribution, decoded.
  ///
  /// - Parameters:
  ///   - count: how many, from 1.
  ///   - seed: the same seed gives the same samples; not that of training.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when the model is not variational: only then codes are distributed so.
  public func generate(
    _ count: Int, seed: UInt64, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> SampleArray {
    guard objective.traits.hasNormalCodes else {
      throw HourglassError(
        .usage,
        "The model was trained for \(type(of: objective).kind), which says nothing about how its codes are distributed; "
          + "train a vae to generate samples.")
    }
    guard 1...1_000_000 ~= count else {
      throw HourglassError(.usage, "The number of samples is \(count), but must be from 1 to 1,000,000.")
    }
    let shape = try model.codeShape
    var random = RandomNumbers(seed: seed, purpose: .sampling)
    let codes = (0..<count * shape.count).map { _ in Float(random.normal()) }
    return try decode(
      SampleArray(trustedFloats: codes, count: count, shape: shape), threads: threads, progress: progress)
  }

  /// What the decoder makes of codes on the way from one sample's code to another's, both ends included.
  ///
  /// - Parameters:
  ///   - ends: two samples of the model's input shape.
  ///   - steps: samples to make, at least 2.
  /// - Throws: `HourglassError` (usage).
  public func interpolate(
    between ends: any SampleSource, steps: Int, path: CodePath = .straight, threads: Int? = nil
  ) throws -> SampleArray {
    guard ends.count == 2, 2...10_000 ~= steps else {
      throw HourglassError(
        .usage,
        "An interpolation is between 2 samples in 2 to 10,000 steps, but has \(ends.count) samples and \(steps) steps."
      )
    }
    let codes = try encode(ends, threads: threads)
    let (start, end) = (codes.sample(0), codes.sample(1))
    let between = (0..<steps).flatMap {
      path.code(from: start, to: end, at: Double($0) / Double(steps - 1))
    }
    return try decode(SampleArray(trustedFloats: between, count: steps, shape: codes.shape), threads: threads)
  }

  /// Samples over a square of two-dimensional codes: the places of the standard normal distribution that divide it
  /// into equal shares, so that each sample stands for as many others (as figure 4 of Kingma & Welling 2014).
  ///
  /// - Parameter side: samples in a row, from 2.
  /// - Returns: `side * side` samples, the first code unit rising to the right, the second downwards.
  /// - Throws: `HourglassError` (usage) when the code has another size than 2.
  public func codeGrid(side: Int, threads: Int? = nil) throws -> SampleArray {
    let shape = try model.codeShape
    guard shape.count == 2, 2...1000 ~= side else {
      throw HourglassError(
        .usage,
        "A grid of codes needs a code of 2 numbers and a side from 2 to 1,000, but they are \(shape) and \(side)."
      )
    }
    let places = (1...side).map { normalQuantile(Double($0) / Double(side + 1)) }
    let codes = places.flatMap { second in places.flatMap { [Float($0), Float(second)] } }
    return try decode(SampleArray(trustedFloats: codes, count: side * side, shape: shape), threads: threads)
  }
}

/// Where the standard normal distribution has this share below, by bisection.
private func normalQuantile(_ share: Double) -> Double {
  var (low, high) = (-10.0, 10.0)
  for _ in 0..<80 {
    let middle = (low + high) / 2
    if UnaryFunction.normalCumulative.value(middle) < share { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
