import HourglassBase
import HourglassGraph

/// A way to spoil a sample. Samples are taken to lie in 0...1.
///
/// A new one is a type like those below; `Catalogue.adding(_:)` makes it known to recipes and model files. With
/// `bare: .value("share")` in its fields, `corruption: {masking: 0.3}` does for `corruption: {masking: {share: 0.3}}`.
public protocol CorruptionProcess: Configurable, Hashable {
  /// Whether `keep_grey` means something for it.
  static var canKeepGrey: Bool { get }

  /// The corrupted sample.
  func apply(_ sample: Tensor, _ noise: CorruptionNoise) -> Tensor

  /// - Throws: `HourglassError` (usage) when such samples cannot be corrupted so.
  func check(_ form: SampleForm) throws(HourglassError)

  /// The deviations of the normal noise that it adds; nil where it is none.
  var normalNoise: ClosedRange<Double>? { get }

  /// The deviations of the Gaussians with which it blurs, in pixels; nil where it does not.
  var blurDeviations: ClosedRange<Double>? { get }
}

extension CorruptionProcess {
  public static var canKeepGrey: Bool { false }
  public func check(_ form: SampleForm) throws(HourglassError) {}
  public var normalNoise: ClosedRange<Double>? { nil }
  public var blurDeviations: ClosedRange<Double>? { nil }

  /// What a model with a level is told: the deviations of its blur or, where it does not blur, of its noise.
  package var strengths: ClosedRange<Double>? { blurDeviations ?? normalNoise }
}

/// Draws for one sample, afresh in each epoch or once, as the corruption says.
public struct CorruptionNoise {
  let sample: Tensor
  let isFixed: Bool
  /// Whether the sample has three channels, and noise is the same in all of them where those are equal.
  let keepsGrey: Bool
  let drawnFirst = DrawnFirst()

  /// The first deviation that a process draws, which is what a model with a level is told.
  final class DrawnFirst {
    fileprivate(set) var deviation: Tensor?
  }

  /// Uniform in 0..<1, one for each element of the sample.
  public func uniform() -> Tensor { draws(.uniform, sample.shape) }

  /// One number in 0..<1 for the whole sample.
  public func uniformOfSample() -> Tensor { draws(.uniform, .scalar) }

  /// Normal with mean 0 and deviation 1, one for each element of the sample, grey in grey pictures if that is kept.
  public func normal() -> Tensor { inGrey(draws(.normal, sample.shape)) }

  /// Normal with mean 0 and this deviation, which may be the sample's own.
  func normal(_ deviation: DrawnDeviation) -> Tensor {
    switch deviation {
    case .fixed(let deviation): return normal() * deviation
    case .between:
      let deviation = drawn(deviation)
      return normal() * deviation
    }
  }

  /// One deviation for the whole sample.
  func drawn(_ deviation: DrawnDeviation) -> Tensor {
    let (least, most) = deviation.ends
    let drawn = uniformOfSample() * (most - least) + least
    drawnFirst.deviation = drawnFirst.deviation ?? drawn
    return drawn
  }

  private func draws(_ distribution: RandomDistribution, _ shape: Shape) -> Tensor {
    sample.builder.random(distribution, shape: shape, isFixed: isFixed)
  }

  /// The draws, or those of the first channel for all three where the sample's channels are equal.
  private func inGrey(_ draws: Tensor) -> Tensor {
    guard keepsGrey else { return draws }
    func channel(_ index: Int) -> Tensor { sample.slice(axis: 0, start: index, count: 1) }
    let difference = (channel(0) - channel(1)).absolute.sum + (channel(1) - channel(2)).absolute.sum
    let isGrey = 1 - difference.greater(than: 0)
    // Products with 0 and 1, so that all three channels get the same bits.
    return draws * (1 - isGrey) + draws.slice(axis: 0, start: 0, count: 1) * isGrey
  }
}

extension Catalogue {
  /// A new corruption of the library's is one line here.
  package var corruptions: [any CorruptionProcess.Type] {
    kinds([
      GaussianNoise.self, SaltAndPepperNoise.self, MaskingNoise.self, PoissonNoise.self, GaussianBlur.self,
      HiddenPart.self,
    ])
  }
}

// MARK: - The library's

struct GaussianNoise: CorruptionProcess {
  static let kind = "gaussian"
  static let summary = "Adds normal noise, then clips to 0...1."
  static let canKeepGrey = true
  static let fields = Fields(GaussianNoise(.fixed(0)), bare: .value("deviation")) {
    Field("deviation", \.deviation, .deviation(0...100), "the noise's deviation", .required)
  }

  var deviation: DrawnDeviation

  init(_ deviation: DrawnDeviation) { self.deviation = deviation }

  func apply(_ sample: Tensor, _ noise: CorruptionNoise) -> Tensor {
    (sample + noise.normal(deviation)).clamped(0...1)
  }

  var normalNoise: ClosedRange<Double>? { deviation.range }
}

struct SaltAndPepperNoise: CorruptionProcess {
  static let kind = "salt_and_pepper"
  static let summary = "A share of the elements becomes 0 or 1, as likely one as the other."
  static let fields = Fields(SaltAndPepperNoise(0), bare: .value("share")) {
    Field("share", \.share, .number(0...1), "share of the elements", .required)
  }
  var share: Double

  init(_ share: Double) { self.share = share }

  func apply(_ sample: Tensor, _ noise: CorruptionNoise) -> Tensor {
    let draw = noise.uniform()
    let isKept = 1 - sample.builder.constant(share, shape: sample.shape).greater(than: draw)
    let isSalt = sample.builder.constant(share / 2, shape: sample.shape).greater(than: draw)
    return sample * isKept + isSalt
  }
}

/// Vincent et al. 2008.
struct MaskingNoise: CorruptionProcess {
  static let kind = "masking"
  static let summary = "A share of the elements becomes 0."
  static let fields = Fields(MaskingNoise(0), bare: .value("share")) {
    Field("share", \.share, .number(0...1), "share of the elements", .required)
  }
  var share: Double

  init(_ share: Double) { self.share = share }

  func apply(_ sample: Tensor, _ noise: CorruptionNoise) -> Tensor {
    sample * (1 - sample.builder.constant(share, shape: sample.shape).greater(than: noise.uniform()))
  }
}

/// What is to be found from the rest: the model that fills it in has learnt how it depends on what is shown.
struct HiddenPart: CorruptionProcess {
  static let kind = "hidden"
  static let summary = "The last elements become 0: what the model is to find from the others."
  static let fields = Fields(HiddenPart(1), bare: .value("count")) {
    Field(
      "count", \.count, .whole(1...1_000_000), "elements that are hidden, the last of a sample", .required)
  }
  var count: Int

  init(_ count: Int) { self.count = count }

  func apply(_ sample: Tensor, _ noise: CorruptionNoise) -> Tensor {
    let shown = sample.shape.count - count
    let flat = sample.reshaped(to: [sample.shape.count])
    return Tensor.concatenate(
      [flat.slice(axis: 0, start: 0, count: shown), sample.builder.constant(0, shape: [count])], axis: 0
    ).reshaped(to: sample.shape)
  }

  func check(_ form: SampleForm) throws(HourglassError) {
    guard count < form.shape.count else {
      throw HourglassError(
        .usage,
        "objective.denoising.corruption hides \(count) elements, but the model's input \(form.shape) has \(form.shape.count); hide fewer."
      )
    }
  }
}

/// Each element becomes a count of photons, Poisson distributed about `peak` times the element, divided by `peak` and
/// clipped to 0...1: the fewer photons, the more noise.
struct PoissonNoise: CorruptionProcess {
  static let kind = "poisson"
  static let summary = "Each element becomes a count of photons: the fewer, the more noise."
  static let fields = Fields(PoissonNoise(peak: 1), bare: .value("peak")) {
    Field("peak", \.peak, .number(0.01...1e6), "photons where the sample is 1", .required)
  }
  var peak: Double

  func apply(_ sample: Tensor, _ noise: CorruptionNoise) -> Tensor {
    (photons(sample * peak, noise) / peak).clamped(0...1)
  }

  /// Above this mean a Poisson distribution is drawn as the normal distribution it approaches.
  private static let mostCounted = 64.0

  /// Poisson draws by inversion: as many events as cumulative probabilities lie below a uniform draw.
  private func photons(_ mean: Tensor, _ noise: CorruptionNoise) -> Tensor {
    guard peak <= Self.mostCounted else {
      return (mean + mean.squareRoot * noise.normal()).maximum(0)
    }
    let draw = noise.uniform()
    var probability = (-mean).exponential
    var cumulative = probability
    var count = draw.greater(than: cumulative)
    // Eight deviations above the largest mean less than one draw in 10^9 is left, fewer than there are draws.
    let last = Int((peak + 8 * peak.squareRoot() + 8).rounded(.up))
    for events in 1..<last {
      probability = probability * mean / Double(events)
      cumulative = cumulative + probability
      count = count + draw.greater(than: cumulative)
    }
    return count
  }
}

/// Channel by channel; images only.
struct GaussianBlur: CorruptionProcess {
  static let kind = "blur"
  static let summary = "Gaussian blur; images only."
  static let canKeepGrey = true
  static let fields = Fields(GaussianBlur(.fixed(1)), bare: .value("deviation")) {
    Field(
      "deviation", \.deviation, .deviation(limits, drawn: drawnLimits), "the blur's deviation in pixels",
      .required)
    Field(
      "noise", \.noise, .deviation(0...1),
      "deviation of normal noise that is added to the blurred image, which is clipped to 0...1 then")
  }
  private static let limits = 0.05...100.0
  /// A drawn blur is made of every shift within three of the largest deviations.
  private static let drawnLimits = 0.05...10.0

  var deviation: DrawnDeviation
  var noise: DrawnDeviation

  init(_ deviation: DrawnDeviation, noise: DrawnDeviation = .fixed(0)) {
    self.deviation = deviation
    self.noise = noise
  }

  var blurDeviations: ClosedRange<Double>? { deviation.range }
  var normalNoise: ClosedRange<Double>? { noise == .fixed(0) ? nil : noise.range }

  func apply(_ sample: Tensor, _ draws: CorruptionNoise) -> Tensor {
    let shape = sample.shape
    let blurred: Tensor
    switch deviation {
    case .fixed(let deviation):
      blurred = sample.resampled(
        Resampling(gaussian: deviation, channels: shape[0], height: shape[1], width: shape[2]))
    case .between(_, let most):
      blurred = sample.blurred(deviation: draws.drawn(deviation), most: most)
    }
    return noise == .fixed(0) ? blurred : (blurred + draws.normal(noise)).clamped(0...1)
  }

  func check(_ form: SampleForm) throws(HourglassError) {
    guard form.isImage else {
      throw HourglassError(
        .usage,
        "objective.denoising.corruption is a blur, but the model's input is \(form.shape), no image; choose another."
      )
    }
    let (blurs, noises) = (deviation.ends, noise.ends)
    let limits = isDrawn ? Self.drawnLimits : Self.limits
    guard limits ~= blurs.least, limits ~= blurs.most, 0...1 ~= noises.least, 0...1 ~= noises.most
    else {
      throw HourglassError(
        .usage,
        "The blur has deviations of \(blurs.least) to \(blurs.most) pixels and noise of \(noises.least) "
          + "to \(noises.most), but they must be from \(limits.lowerBound) to \(limits.upperBound) and from 0 to 1."
      )
    }
  }

  private var isDrawn: Bool { if case .between = deviation { true } else { false } }
}

extension Tensor {
  /// A blur by Gaussians of the sample's own deviation, mirrored beyond the edges as `Resampling` has it.
  ///
  /// - Parameters:
  ///   - deviation: a scalar, in pixels.
  ///   - most: its largest value; the Gaussian is cut off at three times that.
  fileprivate func blurred(deviation: Tensor, most: Double) -> Tensor {
    let radius = Int((3 * most).rounded(.up))
    let scale = (deviation.square * 2).reciprocal
    let weights = (0...radius).map { distance in
      distance == 0
        ? deviation.builder.constant(1) : (scale * -Double(distance * distance)).exponential
    }
    let total = weights.dropFirst().reduce(weights[0]) { $0 + $1 * 2 }
    let shares = weights.map { $0 / total }
    return [1, 2].reduce(self) { image, axis in
      let extent = image.shape[axis]
      func line(_ place: Int) -> Tensor {
        image.slice(axis: axis, start: Resampling.mirrored(place, extent), count: 1)
      }
      let wide = Tensor.concatenate(
        (-radius..<0).map(line) + [image] + (extent..<extent + radius).map(line), axis: axis)
      func shifted(_ distance: Int) -> Tensor {
        wide.slice(axis: axis, start: radius + distance, count: extent)
      }
      return (1...radius).reduce(image * shares[0]) { sum, distance in
        sum + (shifted(-distance) + shifted(distance)) * shares[distance]
      }
    }
  }
}
