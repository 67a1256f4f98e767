import Foundation
import HourglassBase
import HourglassModels
import HourglassNN
import HourglassRuns
import HourglassTestSupport
import Testing

@Suite struct RecipeTests {
  private let scratch = ScratchFolder()

  /// Counted by hand: mnist-conv 160 + 1,160 + 584 + 584 + 584 + 1,168 + 145; fashion-denoise 160 + 1,160 + 584 +
  /// 1,168 + 145.
  @Test(arguments: [("mnist-conv", 4385), ("fashion-denoise", 3217)])
  func shippedRecipesHaveTheirParameters(_ name: String, _ count: Int) throws {
    let recipe = try RecipeCatalogue.recipe(name)
    #expect(recipe.name == name && !recipe.summary.isEmpty)
    #expect(try recipe.model.parameterCount() == count)
    #expect(RecipeCatalogue.names.contains(name))
  }

  @Test func everyShippedRecipeIsTheSameAfterWritingAndReading() throws {
    for name in RecipeCatalogue.names {
      try expectRoundTrip(RecipeCatalogue.text(name))
    }
    try expectRoundTrip(smallRecipe)
  }

  /// A run reads the recipe that it wrote, whatever its data are called.
  @Test(arguments: HostileNames.all) func hostileTextsComeBack(name: String) throws {
    let value = SettingValue.map([Setting("data", .map([Setting("folder", .string(name))]))])
    let text = try YAML.text(value)
    #expect(isFitForTerminal(text))
    guard case .map(let settings) = try YAML.parse(text, source: "the test"),
      case .map(let inner) = settings.first?.value, case .string(let back) = inner.first?.value
    else { return #expect(Bool(false), "\(text)") }
    #expect(Array(back.utf8) == Array(name.utf8))
  }

  /// "=" and "." part by their bytes, whatever mark follows.
  @Test func marksHideNoSetting() throws {
    let changed = try SettingValue.map([]).applying("a.\u{301}b=\u{301}c")
    guard case .map(let settings) = changed, settings.count == 1, case .map(let inner) = settings[0].value
    else { return #expect(Bool(false), "\(changed)") }
    #expect(settings[0].key == "a" && Array(inner[0].key.utf8) == Array("\u{301}b".utf8))
    #expect(inner[0].value == .string("\u{301}c"))
  }

  private func expectRoundTrip(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let original = try recipe(text)
    let value = original.value
    let written = try YAML.text(value)
    #expect(try YAML.parse(written, source: "written") == value, "\(written)", sourceLocation: sourceLocation)
    let again = try recipe(written)
    #expect(again.value == value && again.plan == original.plan, sourceLocation: sourceLocation)
    #expect(
      again.validation == original.validation && again.limit == original.limit, sourceLocation: sourceLocation
    )
    #expect(!written.contains("!!"), "\(written)", sourceLocation: sourceLocation)
  }

  /// Each layer, objective, optimizer and schedule with settings that are not the defaults.
  @Test(arguments: [
    "conv2d: {filters: 1, kernel: [3, 2], stride: 1, padding: same, activation: elu, alpha: 0.5, bias: false}",
    "conv2d: {filters: 1, kernel: 1, initializer: he_normal, weight_regularizer: {l1: 0.1, l2: 0.25}}",
    "conv2d_transpose: {filters: 1, kernel: 3, activity_regularizer: {l2: 1e-9}, activation: leaky_relu}",
    "max_pool2d: {window: 3, stride: 1, padding: same}",
    "average_pool2d: {window: [1, 3], stride: 1, padding: same}",
    "upsample2d: {factor: 1, interpolation: bilinear}", "batch_norm: {momentum: 0.5, epsilon: 0.01}",
    "batch_norm",
    "layer_norm", "layer_norm: {epsilon: 1e-7}", "dropout: {rate: 0.25}", "activation: {activation: gelu}",
    "activation: {activation: linear}", "activation: {activation: leaky_relu, slope: 0.1}",
    "reshape: {shape: [1, 4, 4]}",
    "residual: [{conv2d: {filters: 3, kernel: 3}}, {residual: [flatten, {reshape: {shape: [3, 4, 4]}}]}, {conv2d: {filters: 1, kernel: 1}}]",
  ])
  func layersAreTheSameAfterWritingAndReading(_ layer: String) throws {
    try expectRoundTrip(smallRecipe.with("encoder:\n", "encoder:\n    - \(layer)\n"))
  }

  @Test(arguments: [
    "sgd", "sgd: {momentum: 0.9, nesterov: true, clip_norm: 2}",
    "adamw: {weight_decay: 0.1, warm_up_epochs: 0.5}",
    "rmsprop: {decay: 0.5, schedule: {step: {epochs: 2}}}", "adam: {schedule: reduce_on_plateau}",
  ])
  func optimizersAreTheSameAfterWritingAndReading(_ optimizer: String) throws {
    try expectRoundTrip(
      smallRecipe.with("  adam: {learning_rate: 0.01, schedule: {cosine: {final: 0.1}}}", "  \(optimizer)"))
  }

  @Test(arguments: [
    "plain", "true", "null", "~", "12", "1e5", "", " leading", "a: b", "# no comment", "a\nb", "\"quoted\"",
    "'", "Ü 🏺",
    "- item", "[1, 2]", "{a}", "*star", "!tag", "yes", "0x10", "%", "@", "\t",
  ])
  func anyTextIsTheSameAfterWritingAndReading(_ summary: String) throws {
    let value = SettingValue.map([
      Setting("text", summary), Setting("list", .list([.string(summary), .bool(true)])),
    ])
    let text = try YAML.text(value)
    #expect(try YAML.parse(text, source: "written") == value, "\(text)")
  }

  @Test(arguments: [0, 1, -1, 0.5, 1e-7, 1e300, 2.5e-308, 123_456_789, 9_007_199_254_740_992, 0.1])
  func anyNumberIsTheSameAfterWritingAndReading(_ number: Double) throws {
    let value = SettingValue.map([Setting("n", number), Setting("list", .list([.number(number)]))])
    #expect(try YAML.parse(try YAML.text(value), source: "written") == value)
  }

  // MARK: Overrides

  @Test func overridesReachEverySetting() throws {
    let found = try recipe(
      smallRecipe,
      set: [
        "epochs=7", "model.encoder.0.conv2d.filters=5", "model.encoder.2.dense.units=4", "optimizer=sgd",
        "optimizer.sgd.schedule.step.epochs=3", "objective=undercomplete",
        "objective.undercomplete.loss=huber",
        "objective.undercomplete.delta=0.5", "model.encoder.1.flatten=", "validation=none", "summary=a=b",
        "limit=",
        "early_stopping.minimum_delta=0.5",
      ])
    #expect(found.plan.epochs == 7 && found.summary == "a=b" && found.limit == nil)
    #expect(
      found.plan.optimizer
        == Optimizer(
          .sgd(momentum: 0, nesterov: false), learningRate: 0.01,
          schedule: .init(.step(epochs: 3, factor: 0.1))))
    #expect((found.objective as? Undercomplete)?.loss == .huber(delta: 0.5))
    #expect((found.model.encoder.layers[0] as? Conv2D)?.options.filters == 5)
    #expect(try found.model.codeShape == [4])
    #expect(found.plan.earlyStopping == EarlyStopping(patience: 5, minimumDelta: 0.5))
    // A bare name gains settings.
    let named = try recipe(try RecipeCatalogue.text("mnist-conv"), set: ["optimizer.adam.learning_rate=0.5"])
    #expect(named.plan.optimizer.learningRate == 0.5)
  }

  @Test(arguments: [
    ("epochs", "has no \"=\""), ("=5", "has no \"=\""), ("epoch=5", "did you mean \"epochs\""),
    ("model.encoder.9.dense.units=3", "one of 3 entries"), ("model.encoder.-1=flatten", "one of 3 entries"),
    ("model.encoder.x=flatten", "one of 3 entries"), ("epochs.many=5", "no settings of its own"),
    ("model.encoder.1.flat.x=5", "no settings of its own"), ("optimizer.learning_rate=1", "one optimizer"),
    ("epochs=[", "not valid YAML"), ("epochs=5\nseed: 4", "more than one value"), ("epochs=-1", "from 1 to"),
    (".=1", "unknown setting"), ("optimizer.adam.beta1=1", "beta1"),
  ])
  func badOverridesAreExplained(_ override: String, _ words: String) {
    expectSentence([words]) { _ = try recipe(smallRecipe, set: [override]) }
  }

  @Test func overrideWithManyPartsIsRefused() {
    let key = Array(repeating: "a", count: 100_000).joined(separator: ".")
    expectSentence(["at most 100"], .usage) { _ = try recipe(smallRecipe, set: ["\(key)=1"]) }
  }

  // MARK: Files

  @Test func filesAreRead() throws {
    let path = try scratch.write(smallRecipe, "good.yaml")
    #expect(try RecipeCatalogue.recipe(path, overrides: ["seed=9"]).plan.seed == 9)
  }

  @Test(
    arguments: [
      ("empty.yaml", [], "is empty"), ("binary.yaml", [0xFF, 0xFE, 0x00, 0x80], "UTF-8"),
      ("nul.yaml", [0x61, 0, 0x62], "not valid YAML"),
      ("list.yml", Array("- a\n- b".utf8), "must be a map"),
      ("text.yml", Array("hello".utf8), "must be a map"),
    ] as [(String, [UInt8], String)])
  func badFilesAreRefused(_ name: String, _ bytes: [UInt8], _ words: String) throws {
    let path = try scratch.write(bytes, name)
    expectSentence([words]) { _ = try RecipeCatalogue.recipe(path) }
  }

  @Test func largeFilesAreRefused() throws {
    let path = try scratch.write([UInt8](repeating: 0x20, count: (1 << 20) + 1), "large.yaml")
    expectSentence(["large.yaml"]) { _ = try RecipeCatalogue.recipe(path) }
  }

  @Test func missingFilesAreNamed() {
    expectSentence(["missing.yaml"]) { _ = try RecipeCatalogue.recipe("\(scratch.path)/missing.yaml") }
  }
}
