import Foundation
import HourglassBase
import HourglassNN
import HourglassRuns
import HourglassTestSupport
import Testing

/// What people get wrong in recipes, and what attackers try: one sentence each, never a trap.
@Suite struct RecipeMistakeTests {
  /// (what stands in the recipe, what replaces it, what the sentence must say)
  static let mistakes: [(String, String, [String])] = [
    // Names nearly right.
    ("- flatten", "- flaten", ["model.encoder[1]", "\"flaten\"", "did you mean \"flatten\""]),
    ("conv2d:", "conv2:", ["did you mean \"conv2d\""]),
    ("kernel: 3", "kernal: 3", ["model.encoder[0].conv2d", "\"kernel\""]),
    ("activation: relu", "activation: rulu", ["did you mean \"relu\""]),
    ("activation: tanh", "activation: tahn", ["did you mean \"tanh\""]),
    ("loss: l1", "loss: l11", ["objective.denoising.loss", "l1"]),
    ("loss: l1", "loss: binary_crosentropy", ["did you mean \"binary_crossentropy\""]),
    ("  denoising:", "  denoizing:", ["did you mean \"denoising\""]),
    ("  adam:", "  adma:", ["optimizer", "did you mean \"adam\""]),
    ("cosine:", "cosin:", ["did you mean \"cosine\""]),
    // What is nearly right is named before what is missing for it.
    ("epochs: 2", "epoch: 2", ["The recipe has an unknown setting \"epoch\"; did you mean \"epochs\"?"]),
    ("epochs: 2", "epoch: 2\nepochs:", ["unknown setting \"epoch\""]),
    ("epochs: 2", "rounds: 2", ["lacks the setting \"epochs\""]),
    ("model:\n", "modle:\n", ["unknown setting \"modle\"; did you mean \"model\"?"]),
    ("units: 3", "unit: 3", ["model.encoder[2].dense has", "\"unit\"; did you mean \"units\"?"]),
    ("corruption:", "coruption:", ["unknown setting \"coruption\"; did you mean \"corruption\"?"]),
    ("epochs: 2", "epochs: 2\nbatchsize: 3", ["did you mean \"batch_size\""]),
    ("gaussian: 0.2", "gausian: 0.2", ["gaussian"]),
    ("patience: 5", "patiense: 5", ["patience"]),
    // Values out of range.
    ("epochs: 2", "epochs: -1", ["epochs is -1", "from 1 to"]), ("epochs: 2", "epochs: 0", ["epochs is 0"]),
    ("epochs: 2", "epochs: 1.5", ["epochs is 1.5"]), ("epochs: 2", "epochs: 1e300", ["epochs is 1e+300"]),
    ("batch_size: 8", "batch_size: 0", ["batch_size is 0"]),
    ("batch_size: 8", "batch_size: 1e9", ["batch_size"]),
    ("seed: 3", "seed: -1", ["seed is -1"]), ("seed: 3", "seed: 1e30", ["seed"]),
    ("limit: 100", "limit: 0", ["limit is 0"]), ("patience: 5", "patience: 0", ["early_stopping.patience"]),
    ("filters: 2", "filters: 1e9", ["filters is 1000000000", "65536"]),
    ("filters: 2", "filters: 0", ["filters is 0"]),
    ("kernel: 3", "kernel: 0", ["kernel is 0"]), ("kernel: 3", "kernel: [3, 3, 3]", ["kernel is [3, 3, 3]"]),
    ("kernel: 3", "kernel: [3, x]", ["kernel is"]), ("stride: 2", "stride: 0", ["stride is 0"]),
    ("stride: 2", "stride: [2]", ["stride is [2]"]), ("units: 3", "units: -3", ["units is -3"]),
    ("units: 3", "units: 99999999999999999999", ["units is"]),
    ("gaussian: 0.2", "gaussian: -1", ["gaussian is -1"]),
    ("validation: 0.25", "validation: 1", ["validation is 1"]),
    ("validation: 0.25", "validation: 0", ["validation"]),
    ("validation: 0.25", "validation: tset", ["validation is \"tset\""]),
    ("input: [1, 4, 4]", "input: [1, 4, 4, 4]", ["model.input is [1, 4, 4, 4]"]),
    ("input: [1, 4, 4]", "input: [0, 4, 4]", ["model.input"]),
    ("input: [1, 4, 4]", "input: []", ["model.input"]),
    ("input: [1, 4, 4]", "input: [65536, 65536, 65536]", ["model's input", "16,777,216"]),
    ("input: [1, 4, 4]", "input: [1, 4, 1e99]", ["model.input"]),
    ("shape: [1, 4, 4]", "shape: [1, 4, 5]", ["decoder.1", "Reshape", "(1, 4, 5)", "16"]),
    ("shape: [1, 4, 4]", "shape: [1000000, 1000000, 1000000]", ["decoder.1", "Reshape"]),
    ("final: 0.1", "final: 2", ["final is 2"]),
    // Wrong types.
    ("epochs: 2", "epochs: two", ["epochs is \"two\""]), ("epochs: 2", "epochs: [2]", ["epochs is [2]"]),
    ("epochs: 2", "epochs: {a: 1}", ["epochs is {a: 1}"]), ("epochs: 2", "epochs: true", ["epochs is true"]),
    ("epochs: 2", "epochs:", ["lacks the setting \"epochs\""]),
    ("name: small", "name: 12", ["name is 12"]), ("name: small", "name: a/b", ["name is \"a/b\""]),
    ("name: small", "name: ''", ["name is \"\""]), ("data: mnist", "data: [a]", ["data is [\"a\"]"]),
    ("optimizer:\n", "optimizer: 3\nx:\n", ["optimizer is 3"]),
    ("objective:\n", "objective: []\nx:\n", ["objective is []"]),
    ("activation: relu", "activation: [relu]", ["activation is [\"relu\"]"]),
    ("stride: 2", "padding: 3", ["padding is 3"]), ("stride: 2", "padding: sane", ["did you mean \"same\""]),
    ("stride: 2", "bias: 1", ["bias is 1"]), ("stride: 2", "initializer: he", ["initializer is \"he\""]),
    ("stride: 2", "weight_regularizer: 0.1", ["weight_regularizer is 0.1"]),
    ("stride: 2", "weight_regularizer: {l3: 1}", ["l3"]), ("- flatten", "- 5", ["model.encoder[1] is 5"]),
    ("- flatten", "- [flatten]", ["model.encoder[1]"]), ("- flatten", "- flatten: 3", ["flatten is 3"]),
    ("- flatten", "- {flatten: , dense: }", ["one layer"]), ("activation: relu", "slope: 0.3", ["slope"]),
    // Twice.
    ("epochs: 2", "epochs: 2\nepochs: 3", ["epochs"]), ("kernel: 3", "kernel: 3, kernel: 5", ["kernel"]),
    // Shapes that do not fit.
    ("units: 16", "units: 15", ["decoder.1", "(15)", "(1, 4, 4)"]),
    ("- flatten", "- batch_norm", ["encoder.2", "Dense", "flatten"]),
    ("input: [1, 4, 4]", "input: [1, 6, 4]", ["(1, 4, 4)", "decoder.2", "(1, 6, 4)"]),
  ]

  @Test(arguments: mistakes.indices)
  func mistakeIsExplained(_ index: Int) {
    let (old, new, words) = Self.mistakes[index]
    let text = smallRecipe.with(old, new)
    expectSentence(words) { _ = try recipe(text) }
  }

  @Test(arguments: ["-1", "0", "nan", ".nan", "inf", ".inf", "-.inf", "1e999", "1e7", "x", "[]", "true"])
  func learningRateThatMakesNoSense(_ value: String) {
    expectSentence(["optimizer.adam.learning_rate is "], .usage) {
      _ = try recipe(smallRecipe.with("learning_rate: 0.01", "learning_rate: \(value)"))
    }
  }

  @Test(arguments: [("mnist-con", "mnist-conv"), ("fashion", "fashion-denoise")])
  func unknownRecipeSuggestsTheNearest(_ name: String, _ nearest: String) {
    expectSentence(["\"\(name)\"", "did you mean \"\(nearest)\""], .usage) {
      _ = try RecipeCatalogue.recipe(name)
    }
  }

  @Test func unknownRecipeWithoutLikenessListsAll() {
    expectSentence(RecipeCatalogue.names, .usage) { _ = try RecipeCatalogue.recipe("zzzzzzzz") }
    expectSentence(["no recipe"]) { _ = try RecipeCatalogue.recipe(String(repeating: "x", count: 1 << 20)) }
  }

  // MARK: Attacks

  @Test func absurdModelsAreRefusedWithoutMemory() {
    func model(_ encoder: String, _ decoder: String, input: String) -> String {
      "name: a\ndata: b\nepochs: 1\nmodel: {input: \(input), encoder: [\(encoder)], decoder: [\(decoder)]}"
    }
    let dense = (0..<3).map { _ in "dense: {units: 16000}" }.map { "{\($0)}" }.joined(separator: ", ")
    let up = Array(repeating: "{upsample2d: {factor: 64}}", count: 30).joined(separator: ", ")
    let same = Array(repeating: "{dropout: {rate: 0.1}}", count: 90).joined(separator: ", ")
    let cases: [(String, [String])] = [
      (
        model("{dense: {units: 1000000}}", "{dense: {units: 65536}}", input: "[65536]"),
        ["encoder.0 (Dense)", "268,435,456"]
      ),
      (model(dense, "{dense: {units: 9}}", input: "[9]"), ["encoder.2 (Dense)", "268,435,456"]),
      (model(up, "", input: "[1, 1, 1]"), ["encoder.2 (Upsample2D)"]),
      (
        model("{conv2d: {filters: 65536, kernel: 255}}", "", input: "[65536, 16, 16]"), ["encoder.0 (Conv2D)"]
      ),
      (
        model("{conv2d_transpose: {filters: 65536, kernel: 255, stride: 255}}", "", input: "[1, 4096, 4096]"),
        ["encoder.0 (Conv2DTranspose)"]
      ),
      (model(same, "", input: "[256, 256, 256]"), ["67,108,864"]),
    ]
    for (text, words) in cases { expectSentence(words, .usage) { _ = try recipe(text) } }
    // 2^29 / (16 * 256 * 256) = 512.
    let normalized =
      "name: a\ndata: b\nepochs: 1\nbatch_size: 512\nmodel: {input: [16, 256, 256], "
      + "encoder: [batch_norm], decoder: []}"
    #expect(throws: Never.self) { try recipe(normalized) }
    expectSentence(["batch_size is 513", "512 at most"], .usage) {
      _ = try recipe(normalized, set: ["batch_size=513"])
    }
  }

  @Test func yamlThatIsMadeToHurtIsRefused() {
    let deep = 100_000
    let laughs = "a0: &a0 [x]\n" + (1...40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
    let texts = [
      String(repeating: "[", count: deep), String(repeating: "{a: ", count: deep),
      String(repeating: "- ", count: deep) + "x", "#\r" + String(repeating: "- ", count: deep) + "x",
      "#\u{2028}" + String(repeating: "- ", count: deep) + "x", String(repeating: "? ", count: deep),
      String(repeating: "[\"]\", ", count: deep), String(repeating: "[ # ]\n", count: deep),
      (0..<1500).map { String(repeating: " ", count: $0) + "a:\r" }.joined(),
      laughs, laughs + "? *a40\n: x\n", "&a [*a]", "a: &a {b: *a}", "a: *b",
      String(repeating: "a: 1\n", count: 50_000), (0..<150_000).map { "a\($0): 1\n" }.joined(),
      "a: [" + String(repeating: "1,", count: 200_000) + "]", "%YAML 9.9\n---\na: b", "--- a\n--- b",
      "a: !!binary x",
      "a:\tb\n\tc: d", "? [a, b]\n: c", "{", "a: 'x", "a: \"\\q\"", "\u{FEFF}", "- a: b\n c: d", "a: |\n",
      "@", "`",
      "name: \(String(repeating: "n", count: 1 << 20))", "[" + String(repeating: "\"", count: 100_001) + "]",
    ]
    for text in texts {
      expectSentence([]) { _ = try recipe(text) }
    }
  }

  @Test func anchorsAreNamedAndAmpersandsAllowed() throws {
    expectSentence(["anchor", "test.yaml"], .badData) {
      _ = try recipe(smallRecipe.with("data: mnist", "data: &x mnist"))
    }
    let found = try recipe(smallRecipe.with("A recipe for tests", "Cats & dogs, R&D"))
    #expect(found.summary == "Cats & dogs, R&D")
  }

  /// A few thousand recipes with bytes changed: each is read or refused.
  @Test(arguments: 0..<4)
  func spoiltRecipesNeverTrap(_ part: Int) throws {
    var random = TestNumbers(UInt64(part))
    let originals =
      try RecipeCatalogue.names.map { Array(try RecipeCatalogue.text($0).utf8) } + [Array(smallRecipe.utf8)]
    let pieces = [
      "[", "]", "{", "}", ":", "-1", "0", "1e9", "1e308", "65536", ".inf", "null", "true", "&a ", "*a", "\n",
      "  ", "\t", "\"",
      "'", "#", "!", "255", "9223372036854775807", "1000000", "dense: {units: 1000000}", "stride", "kernel",
      "flatten",
      "upsample2d: {factor: 64}", "batch_norm", "reshape: {shape: [3]}", ",",
    ].map { Array($0.utf8) }
    var read = 0
    for round in 0..<1000 {
      var bytes = originals[round % originals.count]
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 1...12, using: &random))
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 3:
          bytes.replaceSubrange(place..<min(place + 1, end), with: pieces.randomElement(using: &random)!)
        default: bytes.insert(contentsOf: pieces.randomElement(using: &random)!, at: place)
        }
      }
      guard let text = String(validating: bytes, as: UTF8.self) else { continue }
      do {
        let value = try recipe(text).value
        #expect(try recipe(YAML.text(value)).value == value, "\(text)")
        read += 1
      } catch let error as HourglassError {
        #expect(!error.message.isEmpty && error.message.count < 2000)
      }
    }
    #expect(read > 20, "some changes leave a recipe right")
  }
}
