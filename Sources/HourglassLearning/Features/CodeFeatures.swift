import HourglassBase
import HourglassModels

/// What the units of a code stand for: when each is active, what it adds to a reconstruction, and which samples fire it most.
///
/// A unit is one number of a code with one axis, and one channel of any other; the value of a channel in a sample is its
/// largest over all places.
package struct CodeFeatures: Sendable {
  /// One unit.
  package struct Unit: Sendable {
    /// Which, from 0.
    package var index: Int
    /// The share of samples in which it is above `CodeFeatures.threshold`, below zero too.
    package var activeShare: Double
    /// Of absolute values.
    package var meanActivation: Double
    package var variance: Double
    /// Its smallest and largest value.
    package var range: ClosedRange<Float>
    /// Whether it says the same of all samples.
    package var isDead: Bool
    /// The samples in which it has its largest values, those first; of equal ones the lower index comes first.
    package var strongest: [(sample: Int, value: Float)]
    /// What the decoder makes with the unit at its largest value, less what it makes with it at its smallest, all others at
    /// their means: as many numbers as a sample has, row-major. Of a channel, its middle place is changed. None of dead units, and of others than the first ones.
    package var effect: [Float] = []
  }

  /// What counts as active, as in `active_share`.
  package static let threshold: Float = 0.01
  /// Units whose effect is found at most: the most active ones.
  static let mostDrawn = 256
  /// Samples that are shown of each unit.
  static let shown = 8

  /// The most active ones first; of a variational code those that vary most.
  package private(set) var units: [Unit]
  /// How many samples were looked at.
  package let sampleCount: Int
  /// Whether a code is a normal distribution, whose mean is looked at: then a unit is dead that has a variance of 0.01 at
  /// most (Burda, Grosse & Salakhutdinov 2016); of other codes one whose values differ by 0.01 at most.
  package let isVariational: Bool
  /// Whether units are channels.
  package let areChannels: Bool

  package var dead: [Unit] { units.filter(\.isDead) }

  /// - Parameters:
  ///   - samples: at least one; the code and the examples are of these.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: usage for no samples, another shape than the model's, or a residual model, whose decoder makes
  ///   no samples by itself; badData when a code is not finite.
  package init(
    _ model: TrainedModel, samples: any SampleSource, threads: Int? = nil,
    progress: WorkProgress.Report = { _ in }
  ) throws {
    guard samples.count > 0 else {
      throw HourglassError(.usage, "There are no samples to look for features in; give at least one.")
    }
    let codes = try model.encode(samples, threads: threads, progress: progress)
    let shape = codes.shape
    areChannels = shape.rank > 1
    isVariational = model.objective.traits.hasNormalCodes
    sampleCount = codes.count
    let places = areChannels ? shape.count / max(shape[0], 1) : 1
    let values = try Self.values(codes, places: places)
    units = values.enumerated().map { [isVariational] in Self.unit($0, $1, isVariational: isVariational) }
    let variational = isVariational
    units.sort { first, second in
      let (a, b) = variational ? (first.variance, second.variance) : (first.activeShare, second.activeShare)
      if a != b { return a > b }
      return first.meanActivation == second.meanActivation
        ? first.index < second.index : first.meanActivation > second.meanActivation
    }
    let means = Self.means(codes)
    let middle = Self.middle(of: shape)
    let living = units.indices.filter { !units[$0].isDead }.prefix(Self.mostDrawn)
    let ends = living.flatMap { place -> [Float] in
      let unit = units[place]
      return [unit.range.lowerBound, unit.range.upperBound].flatMap { value -> [Float] in
        var code = means
        code[unit.index * places + middle] = value
        return code
      }
    }
    guard !living.isEmpty else { return }
    let decoded = try model.decode(
      SampleArray(trustedFloats: ends, count: 2 * living.count, shape: shape),
      threads: threads, progress: progress)
    for (number, place) in living.enumerated() {
      units[place].effect = zip(decoded.sample(2 * number), decoded.sample(2 * number + 1)).map { $1 - $0 }
    }
  }

  /// The value of each unit in each sample, unit by unit.
  private static func values(_ codes: SampleArray, places: Int) throws -> [[Float]] {
    let count = codes.shape.count / max(places, 1)
    var values = [[Float]](repeating: [], count: count)
    for unit in values.indices { values[unit].reserveCapacity(codes.count) }
    for sample in 0..<codes.count {
      let code = codes.sample(sample)
      guard code.allSatisfy(\.isFinite) else {
        throw HourglassError(
          .badData, "The code of sample \(sample) is not finite; look at the sample, or train the model anew."
        )
      }
      for unit in 0..<count {
        values[unit].append(code[unit * places..<(unit + 1) * places].max() ?? 0)
      }
    }
    return values
  }

  private static func unit(_ index: Int, _ values: [Float], isVariational: Bool) -> Unit {
    let count = Double(values.count)
    let mean = values.reduce(0.0) { $0 + Double($1) } / count
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    let range = (values.min() ?? 0)...(values.max() ?? 0)
    let order = values.indices.sorted { values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1] }
    return Unit(
      index: index, activeShare: Double(values.count { abs($0) > threshold }) / count,
      meanActivation: values.reduce(0.0) { $0 + Double(abs($1)) } / count, variance: variance, range: range,
      isDead: isVariational ? variance <= 0.01 : range.upperBound - range.lowerBound <= threshold,
      strongest: order.prefix(shown).map { ($0, values[$0]) })
  }

  /// The mean code.
  private static func means(_ codes: SampleArray) -> [Float] {
    var sums = [Double](repeating: 0, count: codes.shape.count)
    for sample in 0..<codes.count {
      for (place, value) in codes.sample(sample).enumerated() { sums[place] += Double(value) }
    }
    return sums.map { Float($0 / Double(codes.count)) }
  }

  /// The middle place of a channel, within it.
  private static func middle(of shape: Shape) -> Int {
    switch shape.rank {
    case 2: shape[1] / 2
    case 3: shape[1] / 2 * shape[2] + shape[2] / 2
    default: 0
    }
  }
}
