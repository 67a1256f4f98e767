import HourglassBase
import HourglassData
import HourglassModels
import HourglassNN

/// Everything a run is made of, as a file says it.
public struct Recipe: Sendable {
  public var name: String
  /// One line for lists.
  public var summary: String
  public var data: DataDescription
  public var validation: Validation
  public var model: Autoencoder
  public var objective: any Objective
  public var plan: TrainingPlan
  /// Trains layer by layer first; nil for not.
  public var pretraining: Pretraining?
  /// First weights from principal components; nil for random ones.
  public var start: PrincipalStart?
  /// At most this many training samples; nil for all.
  public var limit: Int?

  /// What the loss is watched on while training.
  public enum Validation: Sendable, Hashable {
    /// What the recipe leaves open: the data set's test samples, or a tenth of the training samples if it has none.
    case automatic
    /// The data set's test samples.
    case test
    /// This share of the training samples, drawn at random and kept out of training.
    case split(Double)
    case none
  }

  /// - Throws: `HourglassError` (usage): unknown or missing settings, values out of range, layers that do not fit.
  public init(_ value: SettingValue) throws(HourglassError) {
    let reader = try SettingsReader(value, path: "")
    name = try reader.string("name")
    guard !name.isEmpty, name.count <= 100, !name.hasPrefix("."),
      name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) })
    else {
      throw HourglassError(
        .usage,
        "name is \"\(shortened(name))\", but must be 1 to 100 letters, digits, \"-\", \"_\" and \".\", and may not begin with "
          + "\".\".")
    }
    summary = try reader.string("summary", default: "")
    data = try DataDescription(try reader.required("data"), path: "data")
    switch reader.value("validation") {
    case nil: validation = .automatic
    case .string("test")?: validation = .test
    case .string("none")?: validation = .none
    case .number(let share)? where share > 0 && share < 1: validation = .split(share)
    case let other?:
      throw HourglassError(
        .usage,
        "validation is \(other.shortText), but must be \"test\", \"none\" or a share of the training samples between 0 and 1."
      )
    }
    model = try Autoencoder(try reader.reader("model"))
    objective = try ObjectiveCatalogue.objective(
      reader.value("objective") ?? .string(Undercomplete.kind), path: "objective")
    plan = TrainingPlan(
      epochs: try reader.int("epochs", in: 1...1_000_000),
      batchSize: try reader.int("batch_size", in: 1...65_536, default: 32),
      seed: UInt64(try reader.int("seed", in: 0...Int(1) << 53, default: 1)),
      optimizer: try Optimizer(reader.value("optimizer") ?? .string("adam"), path: "optimizer"),
      earlyStopping: try Self.earlyStopping(reader))
    try model.checkBatch(plan.batchSize)
    try model.check(objective)
    pretraining = try Self.pretraining(reader)
    _ = try pretraining?.pairs(model)
    start = try Self.start(reader)
    _ = try start?.layers(model)
    limit = reader.value("limit") == nil ? nil : try reader.int("limit", in: 1...1_000_000_000)
    try reader.finish()
  }

  private static func start(_ reader: SettingsReader) throws(HourglassError) -> PrincipalStart? {
    switch reader.value("start") {
    case nil, .string("random")?: return nil
    case .string("principal_components")?: return PrincipalStart()
    case let other?:
      throw HourglassError(
        .usage, "start is \(other.shortText), but must be \"random\" or \"principal_components\".")
    }
  }

  private static func pretraining(_ reader: SettingsReader) throws(HourglassError) -> Pretraining? {
    guard reader.value("pretraining") != nil else { return nil }
    let inner = try reader.reader("pretraining")
    let pretraining = Pretraining(epochs: try inner.int("epochs", in: 1...1_000_000))
    try inner.finish()
    return pretraining
  }

  private static func earlyStopping(_ reader: SettingsReader) throws(HourglassError) -> EarlyStopping? {
    guard reader.value("early_stopping") != nil else { return nil }
    let inner = try reader.reader("early_stopping")
    let rule = EarlyStopping(
      patience: try inner.int("patience", in: 1...1_000_000),
      minimumDelta: try inner.double("minimum_delta", in: 0...1e6, default: 0))
    try inner.finish()
    return rule
  }

  /// The recipe as settings; reading them gives the same recipe.
  public var value: SettingValue {
    var settings = [Setting("name", name)]
    if !summary.isEmpty { settings.append(Setting("summary", summary)) }
    settings.append(Setting("data", data.value))
    switch validation {
    case .automatic: break
    case .test: settings.append(Setting("validation", "test"))
    case .none: settings.append(Setting("validation", "none"))
    case .split(let share): settings.append(Setting("validation", share))
    }
    settings.append(Setting("model", model.value))
    settings.append(Setting("objective", ObjectiveCatalogue.value(objective)))
    settings.append(Setting("optimizer", plan.optimizer.value))
    if start != nil { settings.append(Setting("start", "principal_components")) }
    if let pretraining {
      settings.append(Setting("pretraining", .map([Setting("epochs", pretraining.epochs)])))
    }
    settings.append(Setting("epochs", plan.epochs))
    settings.append(Setting("batch_size", plan.batchSize))
    settings.append(Setting("seed", Double(plan.seed)))
    if let rule = plan.earlyStopping {
      settings.append(
        Setting(
          "early_stopping",
          .map([Setting("patience", rule.patience), Setting("minimum_delta", rule.minimumDelta)])))
    }
    if let limit { settings.append(Setting("limit", limit)) }
    return .map(settings)
  }
}

extension Recipe {
  /// The recipe but for the place of its data, which says nothing about what is in them.
  var withoutPlaceOfData: Recipe {
    var recipe = self
    recipe.data.source = DataSource(.folder, "data")
    return recipe
  }
}
