import HourglassBase
import HourglassGraph

/// How a sample is spoilt before a denoising model sees it. One of your own is a `CorruptionProcess`.
public struct Corruption: Sendable, Hashable {
  package var process: any CorruptionProcess
  package var isFixed: Bool
  var keepsGrey: Bool

  /// - Parameters:
  ///   - isFixed: noise is drawn once for every sample rather than afresh in each epoch.
  ///   - keepsGrey: normal noise is the same in all three channels of a sample whose channels are equal, as if that
  ///     sample were the grey picture it shows.
  public init(_ process: any CorruptionProcess, isFixed: Bool = false, keepsGrey: Bool = false) {
    self.process = process
    self.isFixed = isFixed
    self.keepsGrey = keepsGrey
  }

  public static func gaussian(_ deviation: Double) -> Corruption {
    Corruption(GaussianNoise(.fixed(deviation)))
  }
  public static func gaussian(_ deviations: ClosedRange<Double>) -> Corruption {
    Corruption(GaussianNoise(DrawnDeviation(deviations)))
  }
  public static func saltAndPepper(_ share: Double) -> Corruption { Corruption(SaltAndPepperNoise(share)) }
  public static func masking(_ share: Double) -> Corruption { Corruption(MaskingNoise(share)) }
  /// The last elements of a sample become 0: what the model is to find from the others.
  public static func hidden(_ count: Int) -> Corruption { Corruption(HiddenPart(count)) }
  public static func poisson(peak: Double) -> Corruption { Corruption(PoissonNoise(peak: peak)) }
  public static func blur(_ deviation: Double) -> Corruption { Corruption(GaussianBlur(.fixed(deviation))) }
  /// A blur of each sample's own, drawn between two deviations in pixels, 0.05 to 10, and normal noise after it.
  public static func blur(_ deviations: ClosedRange<Double>, noise: Double = 0) -> Corruption {
    Corruption(GaussianBlur(DrawnDeviation(deviations), noise: .fixed(noise)))
  }

  /// The same noise in every epoch, as experiments had it that made noisy copies of their data beforehand.
  public var drawnOnce: Corruption { Corruption(process, isFixed: true, keepsGrey: keepsGrey) }

  /// Grey pictures stay grey.
  public var keepingGrey: Corruption { Corruption(process, isFixed: isFixed, keepsGrey: true) }

  /// The corrupted sample, with draws of its own.
  package func callAsFunction(_ sample: Tensor, as form: SampleForm) -> Tensor {
    applied(to: sample, as: form).sample
  }

  /// The corrupted sample and how strong its corruption is, a scalar; nil where that is no deviation.
  func applied(to sample: Tensor, as form: SampleForm) -> (sample: Tensor, strength: Tensor?) {
    let hasColours = form.isPicture && form.shape[0] == 3
    let noise = CorruptionNoise(sample: sample, isFixed: isFixed, keepsGrey: keepsGrey && hasColours)
    let spoilt = process.apply(sample, noise)
    guard let strengths = process.strengths else { return (spoilt, nil) }
    let isOne = strengths.lowerBound == strengths.upperBound
    return (spoilt, isOne ? sample.builder.constant(strengths.lowerBound) : noise.drawnFirst.deviation)
  }

  public static func == (first: Corruption, second: Corruption) -> Bool {
    AnyHashable(first.process) == AnyHashable(second.process) && first.isFixed == second.isFixed
      && first.keepsGrey == second.keepsGrey
  }

  public func hash(into hasher: inout Hasher) {
    process.hash(into: &hasher)
    hasher.combine(isFixed)
    hasher.combine(keepsGrey)
  }
}

// MARK: - In recipes

extension Corruption {
  fileprivate static let fields = Fields(Corruption(GaussianNoise(.fixed(0)))) {
    processField
    Field(
      "redraw", \.isFixed, .names([("every_epoch", false), ("never", true)]),
      "whether noise is drawn afresh in each epoch or once")
    Field("keep_grey", \.keepsGrey, .yesOrNo, "whether normal noise is grey in grey pictures")
  }

  /// One key that is the name of a process.
  private static let processField = Field<Corruption>(
    names: { $0.corruptions.map { $0.kind } },
    descriptions: { _, catalogue in catalogue.corruptions.map { $0.description(catalogue) } },
    read: { (reader, corruption) throws(HourglassError) in
      let known = reader.catalogue.corruptions
      var given: [(kind: any CorruptionProcess.Type, value: SettingValue)] = []
      for kind in known { if let value = reader.value(kind.kind) { given.append((kind, value)) } }
      guard given.count == 1 else {
        // A misspelt name is better explained than a missing one.
        try reader.finish()
        throw HourglassError(
          .usage,
          "\(reader.path) has \(given.isEmpty ? "no corruption" : given.map { $0.kind.kind }.joined(separator: " and ")), but "
            + "must have one of \(known.map { $0.kind }.joined(separator: ", ")), such as \"gaussian: 0.4\".")
      }
      corruption.process = try given[0].kind.read(
        given[0].value, at: SettingPlace(path: reader.path, catalogue: reader.catalogue))
    },
    write: { corruption, _ in [Setting(type(of: corruption.process).kind, corruption.process.value)] },
    kinds: { $0.process.kinds })
}

extension SettingType where Value == Corruption {
  /// `{gaussian: 0.4}`, with `redraw: never` beside it for noise drawn once and `keep_grey: true` for grey noise in grey
  /// pictures; `gaussian: [0.02, 0.2]` and `blur: [0.5, 2]` draw the deviation too.
  package static var corruption: Self {
    var type = SettingType.nested(Corruption.fields).converted(
      { (corruption, place) throws(HourglassError) in
        let kind = Swift.type(of: corruption.process)
        guard !corruption.keepsGrey || kind.canKeepGrey else {
          throw HourglassError(
            .usage,
            "\(place.path) has keep_grey, which is for normal noise, beside \(kind.kind); leave it out.")
        }
        return corruption
      }, back: { $0 })
    type.readsNothing = true
    type.expected = "a map with one corruption, such as \"gaussian: 0.4\""
    type.schema = { (catalogue: Catalogue) -> SettingValue in
      func has(_ kinds: [any CorruptionProcess.Type]) -> Setting {
        Setting(
          "oneOf", .list(kinds.map { .map([Setting("required", .list([.string($0.kind)]))]) }))
      }
      let isGrey = SettingValue.map([
        Setting("required", .list([.string("keep_grey")])),
        Setting("properties", .map([Setting("keep_grey", .map([Setting("const", true)]))])),
      ])
      return Corruption.fields.schema(catalogue).with([
        has(catalogue.corruptions), Setting("if", isGrey),
        Setting("then", .map([has(catalogue.corruptions.filter { $0.canKeepGrey })])),
      ])
    }
    return type
  }
}
