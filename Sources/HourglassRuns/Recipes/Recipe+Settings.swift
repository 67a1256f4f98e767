import HourglassBase
import HourglassData
import HourglassEngine
import HourglassModels
import HourglassNN

/// What stands in a recipe, before it is known whether it fits together.
struct RecipeSettings: Sendable {
  var name = ""
  var summary = ""
  var data: DataDescription?
  var validation = Recipe.Validation.automatic
  var model: Autoencoder?
  var objective: any Objective = Undercomplete()
  var optimizer = Optimizer.adam()
  var start: PrincipalStart?
  var pretraining: Pretraining?
  var epochs = 1
  var batchSize = 32
  var shards: Int?
  var seed = 1
  var earlyStopping: EarlyStopping?
  var limit: Int?
  var tensorBoard: String?

  static let fields = Fields(RecipeSettings()) {
    Field("name", \.name, .recipeName, "a short name, from which the run folder has its own", .required)
    Field("summary", \.summary, .text, "one line for lists")
    Field("data", \.data, .data, "where the samples come from, and what is done to them", .required)
    Field("validation", \.validation, .validation, "what the loss is watched on while training")
    Field("model", \.model, .model, "the network", .required)
    Field("objective", \.objective, .objective, "what the model is trained for", .written)
    Field("optimizer", \.optimizer, .optimizer, "how gradients change the weights", .written)
    Field("start", \.start, .start, "where the first weights come from")
    Field("pretraining", \.pretraining, .nested(Pretraining.fields), "trains layer by layer first")
    Field("epochs", \.epochs, .whole(1...1_000_000), "times that training goes over the samples", .required)
    Field(
      "batch_size", \.batchSize, .whole(1...65_536), "samples from one change of the weights to the next",
      .written)
    Field(
      "shards", \.shards, .whole(1...ShardPlan.mostShards),
      "parts of a batch whose sums are put together, of which each of several processes takes whole ones; by the sizes if not set. Another number rounds otherwise"
    )
    Field("seed", \.seed, .whole(0...Int(1) << 53), "of all random numbers", .written)
    Field(
      "early_stopping", \.earlyStopping, .nested(EarlyStopping.fields),
      "ends training when the loss no longer falls, and keeps the best weights")
    Field("limit", \.limit, .whole(1...1_000_000_000), "training samples at most")
    Field(
      "tensorboard", \.tensorBoard, .folder,
      "the folder that TensorBoard is started with; the run's events are written there, into a folder of the run's name"
    )
  }
}

extension Recipe {
  /// - Parameter catalogue: what layers, objectives and so on are looked up in; add yours to the standard one.
  /// - Throws: `HourglassError` (usage): unknown or missing settings, values out of range, layers that do not fit.
  public init(_ value: SettingValue, catalogue: Catalogue = .standard) throws(HourglassError) {
    let place = SettingPlace(path: "", catalogue: catalogue)
    let settings = try SettingType.nested(RecipeSettings.fields).read(value, place)
    guard let data = settings.data, let model = settings.model else {
      preconditionFailure("what is required is there")
    }
    self.init(
      name: settings.name, summary: settings.summary, data: data, validation: settings.validation,
      model: model, objective: settings.objective,
      plan: TrainingPlan(
        epochs: settings.epochs, batchSize: settings.batchSize, seed: UInt64(settings.seed),
        optimizer: settings.optimizer, earlyStopping: settings.earlyStopping, shards: settings.shards),
      pretraining: settings.pretraining, start: settings.start, limit: settings.limit,
      tensorBoard: settings.tensorBoard)
    try model.checkBatch(plan.batchSize)
    try model.check(objective)
    _ = try pretraining?.pairs(model)
    _ = try start?.layers(model)
  }

  /// The recipe as settings; reading them gives the same recipe.
  public var value: SettingValue {
    let settings = RecipeSettings(
      name: name, summary: summary, data: data, validation: validation, model: model, objective: objective,
      optimizer: plan.optimizer, start: start, pretraining: pretraining, epochs: plan.epochs,
      batchSize: plan.batchSize, shards: plan.shards, seed: Int(plan.seed), earlyStopping: plan.earlyStopping,
      limit: limit,
      tensorBoard: tensorBoard)
    return .map(RecipeSettings.fields.settings(of: settings))
  }
}

// MARK: - The rest

extension SettingType where Value == String {
  fileprivate static var recipeName: Self {
    let expected =
      "1 to 100 letters, digits, \"-\", \"_\" and \".\", and may not begin with \".\""
    return Self(
      expected: expected,
      schema: { _ in
        .map([Setting("type", "string"), Setting("minLength", 1), Setting("maxLength", 100)])
      },
      read: { (value, place) throws(HourglassError) in
        let name = try SettingType.text.read(value, place)
        let scalars = name.unicodeScalars
        guard !name.isEmpty, scalars.count <= 100, !name.isHiddenName, scalars.allSatisfy(isOfRecipeName)
        else { throw place.error(value, mustBe: expected) }
        return name
      }, write: { .string($0) })
  }

  fileprivate static var folder: Self {
    Self(
      "the path of a folder", schema: .map([Setting("type", "string"), Setting("minLength", 1)]),
      read: { if case .string(let text) = $0, !text.isEmpty { text } else { nil } }, write: { .string($0) })
  }
}

/// A letter with its marks, a digit, or one of a few others.
private func isOfRecipeName(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .spacingMark: true
  default:
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      || "-_.".unicodeScalars.contains(scalar)
  }
}

extension SettingType where Value == Recipe.Validation {
  fileprivate static var validation: Self {
    Self(
      "\"test\", \"none\" or a share of the training samples between 0 and 1",
      schema: .oneOf([
        .names(["test", "none"]),
        .map([
          Setting("type", "number"), Setting("exclusiveMinimum", 0), Setting("exclusiveMaximum", 1),
        ]),
      ]),
      read: { value in
        switch value {
        case .string("test"): .test
        case .string("none"): Recipe.Validation.none
        case .number(let share) where share > 0 && share < 1: .split(share)
        case .null, .bool, .number, .string, .list, .map: nil
        }
      },
      write: { validation in
        switch validation {
        // The default, which is left out.
        case .automatic: .null
        case .test: .string("test")
        case .none: .string("none")
        case .split(let share): .number(share)
        }
      })
  }
}

extension SettingType where Value == PrincipalStart? {
  fileprivate static var start: Self {
    .names([("random", nil), ("principal_components", PrincipalStart())])
  }
}

extension Pretraining {
  fileprivate static let fields = Fields(Pretraining(epochs: 1)) {
    Field("epochs", \.epochs, .whole(1...1_000_000), "epochs for each pair of layers", .required)
  }
}

extension EarlyStopping {
  fileprivate static let fields = Fields(EarlyStopping(patience: 1)) {
    Field("patience", \.patience, .whole(1...1_000_000), "epochs without a better loss", .required)
    Field("minimum_delta", \.minimumDelta, .number(0...1e6), "what counts as better", .written)
  }
}
