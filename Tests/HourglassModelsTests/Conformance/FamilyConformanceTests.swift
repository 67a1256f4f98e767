import HourglassBase
import HourglassGraph
import HourglassModels
import HourglassNN
import HourglassTestSupport
import Testing

@Suite struct FamilyConformanceTests {
  @Test func everyFamilyPassesItsCheck() throws {
    for (objective, model) in try FamilyModels.all() { try check(objective, model) }
    let kinds = Set(try FamilyModels.all().map { type(of: $0.objective).kind })
    #expect(kinds == Set(ObjectiveCatalogue.kinds.map { $0.kind }))
  }

  private func check(_ objective: any Objective, _ model: Autoencoder) throws {
    // Noise may hide for a few epochs that the loss falls.
    try checkFamily(objective, model: model, epochs: 12)
  }

  /// A family from outside: codes near the sphere of radius 1.
  private struct Spherical: Objective {
    static let kind = "spherical"
    static let summary = "Codes near the sphere of radius 1."
    static let fields = Fields(Spherical(strength: 0)) {
      Field("strength", \.strength, .number(0...10), "weight of the distance from the sphere", .required)
    }
    var strength: Double

    func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
      let code = model.encode(sample)
      let reconstruction = model.decode(code)
      return .init(
        Loss.l2(reconstruction, sample) + (code.square.sum - 1).square * strength,
        metrics: [("mse", Loss.l2(reconstruction, sample))])
    }
  }

  @Test func aNewcomerPasses() throws {
    try checkFamily(Spherical(strength: 0.1), model: try FamilyModels.deep(), epochs: 12)
  }

  /// Forgets a setting, so that a saved model would be another.
  private struct Forgetful: Objective {
    static let kind = "forgetful"
    static let summary = "Reads another strength than it wrote."
    static let fields = Fields(Forgetful()) {
      Field("strength", \.forgotten, .number(0...10), "weight of the loss", .written)
    }
    var strength = 0.5

    private var forgotten: Double {
      get { strength }
      set { strength = 1 }
    }

    func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
      .init(Loss.l2(model.reconstruct(sample), sample) * strength)
    }
  }

  /// Its loss has nothing to do with the model.
  private struct Idle: Objective {
    static let kind = "idle"
    static let summary = "Learns nothing."
    static let fields = Fields(Idle())

    func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
      .init(model.reconstruct(sample).sum * 0 + 1)
    }
  }

  /// Says of itself what is not so.
  private struct Lying: Objective {
    static let kind = "lying"
    var traits: ObjectiveTraits

    init(_ traits: ObjectiveTraits) { self.traits = traits }
    static let summary = "Says of itself what is not so."
    static let fields = Fields(Lying(ObjectiveTraits()))
    func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
      .init(Loss.l2(model.reconstruct(sample), sample))
    }
  }

  @Test func liesOfNewcomersAreFound() throws {
    let model = try FamilyModels.deep()
    for (traits, words) in [
      (ObjectiveTraits(corruption: .gaussian(0.1)), "that there is a corruption"),
      (ObjectiveTraits(hasNormalCodes: true), "codes are normal"),
      (ObjectiveTraits(rateWeight: 1), "what a bit is worth"),
    ] {
      expectSentence(["lying", words], .badData) { try checkFamily(Lying(traits), model: model) }
    }
  }

  @Test func newcomersThatDoNotHoldAreFound() throws {
    let model = try FamilyModels.deep()
    expectSentence(["forgetful", "settings"], .badData) { try checkFamily(Forgetful(), model: model) }
    expectSentence(["idle", "does not fall"], .badData) { try checkFamily(Idle(), model: model) }
  }

  @Test func modelsThatAFamilyCannotTrainAreRefused() throws {
    let deep = try FamilyModels.deep()
    let linear = try Autoencoder(input: .vector(6)) {
      Encoder { Dense(3) }
      Decoder { Dense(6) }
    }
    let open = try Autoencoder(input: .vector(6)) {
      Encoder { GaussianCode(3) }
      Decoder { Dense(6) }
    }
    expectSentence(["sparse-kl", "sigmoid"], .usage) {
      _ = try linear.trainingProgram(SparseKL(lambda: 0.1))
    }
    expectSentence(["vae", "gaussian_code"], .usage) { _ = try deep.trainingProgram(Variational()) }
    expectSentence(["rate-distortion", "quantized_code"], .usage) {
      _ = try deep.trainingProgram(RateDistortion(rateWeight: 1))
    }
    expectSentence(["bernoulli", "sigmoid"], .usage) { _ = try open.trainingProgram(Variational()) }
    expectSentence(["blur", "(6)"], .usage) { _ = try deep.trainingProgram(Denoising(.blur(1))) }
    _ = try open.trainingProgram(Variational(likelihood: .gaussian(deviation: 1)))
  }

  @Test func settingsComeBack() throws {
    for (objective, _) in try FamilyModels.all() {
      let value = ObjectiveCatalogue.value(objective)
      let again = try ObjectiveCatalogue.objective(value, path: "objective")
      #expect(ObjectiveCatalogue.value(again) == value)
    }
  }
}
