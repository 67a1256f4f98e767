import HourglassBase
import HourglassGraph

/// How a sample is spoilt before a denoising model sees it. Samples are taken to lie in 0...1.
public struct Corruption: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// Adds normal noise of this deviation, then clips to 0...1.
    case gaussian(Double)
    /// The same with a deviation drawn for every sample, each between the two as likely as another: for models that
    /// are to clean noise of unknown strength.
    case gaussianBetween(Double, Double)
    /// This share of the elements becomes 0 or 1, as likely one as the other.
    case saltAndPepper(Double)
    /// This share of the elements becomes 0 (Vincent et al. 2008).
    case masking(Double)
    /// Each element becomes a count of photons, Poisson distributed about `peak` times the element, divided by
    /// `peak` and clipped to 0...1: the fewer photons, the more noise.
    case poisson(peak: Double)
    /// Gaussian blur of this deviation in pixels, channel by channel; images only.
    case blur(Double)
  }

  public var kind: Kind
  /// Noise is drawn once for every sample rather than afresh in each epoch.
  public var isFixed: Bool
  /// Normal noise is the same in all three channels of a sample whose channels are equal, as if that sample were the
  /// grey picture it shows.
  public var keepsGrey: Bool

  public init(_ kind: Kind, isFixed: Bool = false, keepsGrey: Bool = false) {
    self.kind = kind
    self.isFixed = isFixed
    self.keepsGrey = keepsGrey
  }

  public static func gaussian(_ deviation: Double) -> Corruption { Corruption(.gaussian(deviation)) }
  public static func gaussian(_ deviations: ClosedRange<Double>) -> Corruption {
    Corruption(.gaussianBetween(deviations.lowerBound, deviations.upperBound))
  }
  public static func saltAndPepper(_ share: Double) -> Corruption { Corruption(.saltAndPepper(share)) }
  public static func masking(_ share: Double) -> Corruption { Corruption(.masking(share)) }
  public static func poisson(peak: Double) -> Corruption { Corruption(.poisson(peak: peak)) }
  public static func blur(_ deviation: Double) -> Corruption { Corruption(.blur(deviation)) }

  /// The same noise in every epoch, as experiments had it that made noisy copies of their data beforehand.
  public var drawnOnce: Corruption { Corruption(kind, isFixed: true, keepsGrey: keepsGrey) }

  /// Grey pictures stay grey.
  public var keepingGrey: Corruption { Corruption(kind, isFixed: isFixed, keepsGrey: true) }

  /// The corrupted sample, with draws of its own.
  package func callAsFunction(_ sample: Tensor) -> Tensor {
    func draws(_ distribution: RandomDistribution) -> Tensor {
      sample.builder.random(distribution, shape: sample.shape, isFixed: isFixed)
    }
    switch kind {
    case .gaussian(let deviation):
      return (sample + inGrey(draws(.normal), sample) * deviation).clamped(0...1)
    case .gaussianBetween(let least, let most):
      let share = sample.builder.random(.uniform, shape: .scalar, isFixed: isFixed)
      let deviation = share * (most - least) + least
      return (sample + inGrey(draws(.normal), sample) * deviation).clamped(0...1)
    case .saltAndPepper(let share):
      let draw = draws(.uniform)
      let isKept = 1 - sample.builder.constant(share, shape: sample.shape).greater(than: draw)
      let isSalt = sample.builder.constant(share / 2, shape: sample.shape).greater(than: draw)
      return sample * isKept + isSalt
    case .masking(let share):
      return sample * (1 - sample.builder.constant(share, shape: sample.shape).greater(than: draws(.uniform)))
    case .poisson(let peak):
      return (photons(sample * peak, most: peak, draws) / peak).clamped(0...1)
    case .blur(let deviation):
      let shape = sample.shape
      return sample.resampled(
        Resampling(gaussian: deviation, channels: shape[0], height: shape[1], width: shape[2]))
    }
  }

  /// The draws, or those of the first channel for all three where the sample's channels are equal.
  private func inGrey(_ draws: Tensor, _ sample: Tensor) -> Tensor {
    guard keepsGrey, sample.shape.rank == 3, sample.shape[0] == 3 else { return draws }
    func channel(_ index: Int) -> Tensor { sample.slice(axis: 0, start: index, count: 1) }
    let difference = (channel(0) - channel(1)).absolute.sum + (channel(1) - channel(2)).absolute.sum
    let isGrey = 1 - difference.greater(than: 0)
    // Products with 0 and 1, so that all three channels get the same bits.
    return draws * (1 - isGrey) + draws.slice(axis: 0, start: 0, count: 1) * isGrey
  }

  /// Above this mean a Poisson distribution is drawn as the normal distribution it approaches.
  private static let mostCounted = 64.0

  /// Poisson draws by inversion: as many events as cumulative probabilities lie below a uniform draw.
  private func photons(
    _ mean: Tensor, most: Double, _ draws: (RandomDistribution) -> Tensor
  ) -> Tensor {
    guard most <= Self.mostCounted else {
      return (mean + mean.squareRoot * draws(.normal)).maximum(0)
    }
    let draw = draws(.uniform)
    var probability = (-mean).exponential
    var cumulative = probability
    var count = draw.greater(than: cumulative)
    // Eight deviations above the largest mean less than one draw in 10^9 is left, fewer than there are draws.
    let last = Int((most + 8 * most.squareRoot() + 8).rounded(.up))
    for events in 1..<last {
      probability = probability * mean / Double(events)
      cumulative = cumulative + probability
      count = count + draw.greater(than: cumulative)
    }
    return count
  }

  /// - Throws: `HourglassError` (usage) when samples of this shape cannot be corrupted so.
  func check(_ shape: Shape) throws(HourglassError) {
    if case .blur = kind, shape.rank != 3 {
      throw HourglassError(
        .usage,
        "objective.denoising.corruption is a blur, but the model's input is \(shape), no image; choose another."
      )
    }
  }
}

// MARK: - In recipes

extension Corruption {
  private static let names = ["gaussian", "salt_and_pepper", "masking", "poisson", "blur"]

  /// Reads `corruption: {gaussian: 0.4}`, with `redraw: never` beside it for noise drawn once and `keep_grey: true` for
  /// grey noise in grey pictures; `gaussian: [0.02, 0.2]` draws the deviation too.
  init(_ reader: SettingsReader) throws(HourglassError) {
    let inner = try reader.reader("corruption")
    let given = Self.names.filter { inner.value($0) != nil }
    let redraw = try inner.choice("redraw", Redraw.self, default: .everyEpoch)
    let keepsGrey = try inner.bool("keep_grey", default: false)
    // A misspelt name is better explained than a missing one.
    try inner.finish()
    guard given.count == 1 else {
      throw HourglassError(
        .usage,
        "\(inner.path) has \(given.isEmpty ? "no corruption" : given.joined(separator: " and ")), but must have one of "
          + "\(Self.names.joined(separator: ", ")), such as \"gaussian: 0.4\".")
    }
    let kind: Kind =
      switch given[0] {
      case "gaussian": try Self.gaussian(inner)
      case "salt_and_pepper": .saltAndPepper(try inner.double("salt_and_pepper", in: 0...1))
      case "masking": .masking(try inner.double("masking", in: 0...1))
      case "poisson": .poisson(peak: try inner.double("poisson", in: 0.01...1e6))
      default: .blur(try inner.double("blur", in: 0.05...100))
      }
    guard !keepsGrey || given[0] == "gaussian" else {
      throw HourglassError(
        .usage, "\(inner.path) has keep_grey, which is for gaussian noise, beside \(given[0]); leave it out.")
    }
    self.init(kind, isFixed: redraw == .never, keepsGrey: keepsGrey)
  }

  private static func gaussian(_ reader: SettingsReader) throws(HourglassError) -> Kind {
    guard case .list(let ends)? = reader.value("gaussian") else {
      return .gaussian(try reader.double("gaussian", in: 0...100))
    }
    guard ends.count == 2, case .number(let least) = ends[0], case .number(let most) = ends[1], least >= 0,
      least <= most, most <= 100
    else {
      throw HourglassError(
        .usage,
        "\(reader.path).gaussian is \(SettingValue.list(ends).shortText), but must be a number from 0 to 100, or two of "
          + "them, the smaller first.")
    }
    return .gaussianBetween(least, most)
  }

  private enum Redraw: String, CaseIterable {
    case everyEpoch = "every_epoch"
    case never
  }

  var setting: Setting {
    let chosen: Setting =
      switch kind {
      case .gaussian(let deviation): Setting("gaussian", deviation)
      case .gaussianBetween(let least, let most):
        Setting("gaussian", .list([.number(least), .number(most)]))
      case .saltAndPepper(let share): Setting("salt_and_pepper", share)
      case .masking(let share): Setting("masking", share)
      case .poisson(let peak): Setting("poisson", peak)
      case .blur(let deviation): Setting("blur", deviation)
      }
    return Setting(
      "corruption",
      .map(
        [chosen] + (isFixed ? [Setting("redraw", Redraw.never.rawValue)] : [])
          + (keepsGrey ? [Setting("keep_grey", true)] : [])))
  }
}
