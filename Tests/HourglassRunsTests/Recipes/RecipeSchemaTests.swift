import Foundation
import HourglassBase
import HourglassRuns
import Testing

@Suite struct RecipeSchemaTests {
  private let validator = SchemaValidator(root: RecipeSchema.value(.standard))

  @Test(arguments: RecipeCatalogue.names)
  func everyShippedRecipeIsValid(_ name: String) throws {
    let text = try RecipeCatalogue.text(name)
    #expect(try validator.accepts(YAML.parse(text, source: name)))
    // So is what a run folder keeps.
    #expect(try validator.accepts(recipe(text).value))
  }

  private static let denoising = "denoising: {corruption: {gaussian: 0.2}, loss: l1}"

  /// What makes of the small recipe others, with every kind of setting that can be spoilt.
  private static let changes: [[(old: String, new: String)]] = [
    [],
    [
      ("{gaussian: 0.2}", "{gaussian: [0.1, 0.2], redraw: never, keep_grey: true}"),
      ("data: mnist", "data: {name: mnist, resize: [4, 4], channels: 1}"),
      ("loss: l1", "loss: huber, delta: 0.5"),
      ("activation: relu", "activation: leaky_relu, slope: 0.1, padding: same"),
    ],
    [
      (denoising, "sparse-l1: {lambda: 0.1}"),
      ("data: mnist", "data: {images: a, channels: 1, patches: {size: 8, count: 9}}"),
      ("units: 3", "units: 3, initializer: he_normal, weight_regularizer: {l1: 0.1, l2: 0}"),
      (
        "- flatten",
        "- residual: [{batch_norm: {momentum: 0.5}}, {dropout: {rate: 0.1}}]\n    - flatten"
      ),
    ],
    [("{gaussian: 0.2}", "{blur: {deviation: [0.5, 2], noise: [0.1, 0.2]}, keep_grey: true}")],
    [
      (denoising, "contractive: {lambda: 0.1, norm: {projections: 3}}"),
      (
        "data: mnist",
        "data: {folder: a, augment: {share: 0.5, transformations: [rotate], angle: 3}}"
      ),
      (
        "{learning_rate: 0.01, schedule: {cosine: {final: 0.1}}}",
        "{beta1: 0.5, clip_norm: 2, warm_up_epochs: 1, schedule: {step: {epochs: 2, factor: 0.5}}}"
      ),
    ],
    [
      (denoising, "vae: {likelihood: {gaussian: 1}}"),
      ("dense: {units: 3, activation: tanh}", "gaussian_code: {units: 3}"),
      ("adam: {learning_rate: 0.01, schedule: {cosine: {final: 0.1}}}", "sgd: {nesterov: true}"),
      ("validation: 0.25", "validation: none"),
    ],
  ]

  /// What reading accepts is valid, and what it refuses for a setting is not: the two come from the same fields.
  @Test(arguments: changes.indices)
  func readingAndSchemaAgree(_ index: Int) throws {
    var text = smallRecipe
    for change in Self.changes[index] { text = text.with(change.old, change.new) }
    let whole = try YAML.parse(text, source: "test")
    _ = try Recipe(whole)
    #expect(try validator.accepts(whole))
    var refused = 0
    for changed in whole.spoilt {
      let isValid = try validator.accepts(changed)
      if let complaint = complaint(of: changed) {
        guard Self.isOfOneSetting(complaint) else { continue }
        refused += 1
        #expect(!isValid, "\(changed.text) is valid, but: \(complaint)")
      } else {
        #expect(isValid, "\(changed.text) is read, but not valid")
      }
    }
    #expect(refused > 100)
  }

  /// What reading says of a recipe; nil where it accepts it.
  private func complaint(of recipe: SettingValue) -> String? {
    do {
      _ = try Recipe(recipe)
      return nil
    } catch {
      return error.message
    }
  }

  /// Other sentences are of settings that do not fit together, or of an order, which a schema does not see.
  private static func isOfOneSetting(_ message: String) -> Bool {
    [
      "but must be", "which is unknown", "unknown setting", "unknown layer", "lacks the setting",
      "must have one of",
    ]
    .contains { message.contains($0) } && !message.contains("the smaller first")
  }

  private var withSettings: [any Configurable.Type] {
    let catalogue = Catalogue.standard
    var kinds: [any Configurable.Type] = []
    for kind in catalogue.layers { kinds.append(kind) }
    for kind in catalogue.objectives { kinds.append(kind) }
    return kinds
  }

  @Test func everySettingThatIsReadIsInTheSchema() throws {
    let text = try RecipeSchema.text()
    for kind in withSettings {
      for description in kind.descriptions(.standard) {
        let name = "\(kind.kind).\(description.name)"
        #expect(text.contains("\"\(description.name)\":{\"title\""), "\(name)")
        #expect(!description.help.isEmpty && !description.help.hasSuffix("."), "\(name)")
        if let standard = description.defaultValue {
          let own = SchemaValidator(root: description.schema)
          #expect(try own.accepts(standard), "\(name)")
        }
      }
    }
  }

  @Test func summariesAreSentences() {
    let catalogue = Catalogue.standard
    var kinds = withSettings
    for kind in catalogue.losses { kinds.append(kind) }
    for kind in catalogue.activations { kinds.append(kind) }
    for kind in catalogue.corruptions { kinds.append(kind) }
    for kind in kinds { #expect(kind.summary.hasSuffix(".") && kind.summary.count < 120, "\(kind.kind)") }
  }
}

extension SettingValue {
  private static let others: [SettingValue] = [
    SettingValue.number(-1), SettingValue.number(1.5), SettingValue.number(1e12), SettingValue.string("x"),
    SettingValue.bool(true), SettingValue.list([]), SettingValue.map([]),
    SettingValue.map([Setting("x", 1)]),
  ]

  /// Copies with one place changed: gone, misnamed, or of another kind.
  fileprivate var spoilt: [SettingValue] {
    var copies: [SettingValue] = Self.others
    switch self {
    case .map(let settings):
      for index in settings.indices {
        var changed = settings
        changed.remove(at: index)
        copies.append(SettingValue.map(changed))
        changed = settings
        changed[index].key += "x"
        copies.append(SettingValue.map(changed))
        for value in settings[index].value.spoilt {
          changed = settings
          changed[index].value = value
          copies.append(SettingValue.map(changed))
        }
      }
    case .list(let values):
      for index in values.indices {
        for value in values[index].spoilt {
          var changed = values
          changed[index] = value
          copies.append(SettingValue.list(changed))
        }
      }
    case .null, .bool, .number, .string:
      break
    }
    return copies
  }
}
