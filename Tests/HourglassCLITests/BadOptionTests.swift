import Foundation
import Hourglass
import Testing

/// Options, recipes and settings that make no sense.
struct BadOptionTests {
  @Test func numbersOutOfRange() throws {
    let scratch = try Scratch()
    let cases: [([String], String)] = [
      (["--epochs=0"], "--epochs is 0, but must be from 1 to 1,000,000"), (["--epochs=-3"], "--epochs is -3"),
      (["--epochs", "-3"], "--epochs is -3"),
      (["--checkpoint-seconds", "-.5"], "--checkpoint-seconds is -0.5"),
      (["--epochs=9223372036854775807"], "--epochs is 9223372036854775807, but must be from 1 to"),
      (["--batch-size=0"], "--batch-size is 0, but must be from 1 to 65,536"),
      (["--batch-size=-1"], "--batch-size is -1"), (["--batch-size=1000000"], "--batch-size is 1000000"),
      (["--threads=0"], "--threads is 0"), (["--threads=-2"], "--threads is -2"),
      (["--threads=100000"], "from 1 to 1024"), (["--limit=0"], "limit is 0"),
      (["--limit=-5"], "limit is -5"),
      (["--seed=-1"], "--seed is -1, but must be from 0 to 9,007,199,254,740,992"),
      (["--seed=9223372036854775807"], "--seed is 9223372036854775807"),
      (["--set", "epochs=0"], "epochs is 0"), (["--set", "batch_size=0"], "batch_size is 0"),
      (["--set", "seed=-1"], "seed is -1"),
      (["--checkpoint-seconds=-1"], "--checkpoint-seconds"),
      (["--checkpoint-seconds=nan"], "--checkpoint-seconds"),
      (["--checkpoint-seconds=inf"], "--checkpoint-seconds"), (["--out", ""], "--out is empty"),
      (["--set", "epochs"], "no \"=\""), (["--set", "=5"], "--set"),
      (["--set", "epoch=5"], "did you mean \"epochs\"?"),
      (["--set", "epochs=many"], "epochs is \"many\""), (["--set", "epochs=1e300"], "epochs"),
      (["--set", "epochs=2.5"], "epochs is 2.5"), (["--set", "epochs.deep=5"], "epochs"),
      (["--set", "model.encoder.9.conv2d.filters=3"], "entries"),
      (["--set", "model.encoder.0.conv2d.filters=-3"], "filters"),
      (["--set", "model.input=[1, 65536, 65536]"], "65536"),
      (["--set", "optimizer.adam.learning_rate=1e30"], "learning_rate"),
      (["--set", "optimizer.adm.learning_rate=1"], "optimizer"),
      (["--set", "validation=1.5"], "validation"), (["--set", "objective=denoise"], "denoising"),
    ]
    for (options, piece) in cases {
      let outcome = try scratch.hourglass(
        ["train", "mnist-conv", "--data", "data", "--out", "run"] + options)
      expectRefusal(outcome, status: 64, saying: piece)
    }
    #expect(!scratch.exists("run"))
  }

  /// Options that change a recipe take what recipes take.
  @Test func optionsAndSettingsHaveTheSameLimits() throws {
    let scratch = try Scratch(data: false)
    let schema = try scratch.hourglass("recipes", "--schema").json
    let settings = try #require(schema["properties"] as? [String: [String: Any]])
    for (option, setting) in [("--epochs", "epochs"), ("--batch-size", "batch_size"), ("--seed", "seed")] {
      let least = try #require(settings[setting]?["minimum"] as? Int)
      let most = try #require(settings[setting]?["maximum"] as? Int)
      for number in [least, most] {
        let outcome = try scratch.hourglass("summary", "undercomplete", "\(option)=\(number)")
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
      for number in [least - 1, most + 1] {
        expectRefusal(
          try scratch.hourglass("summary", "undercomplete", "\(option)=\(number)"), status: 64,
          saying: "\(option) is \(number), but must be from \(least) to \(grouped(most))")
      }
    }
    #expect(settings["epochs"]?["maximum"] as? Int == DetectorOptions.Limits.epochs.upperBound)
  }

  /// An option of two names is called as it was typed.
  @Test func shortAndLongNames() throws {
    let scratch = try Scratch(data: false)
    for (typed, name) in [(["--count", "0"], "--count"), (["--count=0"], "--count"), (["-n", "0"], "-n")] {
      expectRefusal(
        try scratch.hourglass(["generate", "run"] + typed), status: 64,
        saying: "error: \(name) is 0, but must be from 1 to 10,000;")
    }
  }

  /// What the argument parser itself refuses, with the command that explains more.
  @Test func unparsableArguments() throws {
    let scratch = try Scratch(data: false)
    let cases: [([String], String, String)] = [
      (["train", "mnist-conv", "--epochs", "abc"], "'abc'", "train --help"),
      (["train", "mnist-conv", "--epochs", "99999999999999999999"], "99999999999999999999", "train --help"),
      (["train", "mnist-conv", "--epochs"], "--epochs", "train --help"),
      (["train", "mnist-conv", "--epochs", "-1"], "--epochs", "train --help"),
      (["train", "mnist-conv", "--ephocs", "3"], "--epochs", "train --help"),
      (["train"], "recipe", "train --help"),
      (["train", "mnist-conv", "extra"], "extra", "train --help"),
      (["nonsense"], "nonsense", "hourglass --help"),
      (["evaluate"], "run", "evaluate --help"),
      (["explain", "mnist-conv", "--stage", "nothing"], "nothing", "explain --help"),
      (["--nonsense"], "--nonsense", "hourglass --help"),
      (["train", "mnist-conv", "--checkpoint-seconds", "soon"], "soon", "train --help"),
    ]
    for (arguments, piece, help) in cases {
      expectRefusal(try scratch.hourglass(arguments), status: 64, saying: piece, help)
    }
    #expect(scratch.names("").isEmpty)
  }

  @Test func namesThatDoNotExist() throws {
    let scratch = try Scratch()
    expectRefusal(
      try scratch.hourglass("train", "mnist-con", "--data", "data"), status: 64,
      saying: "\"mnist-con\"", "did you mean \"mnist-conv\"?")
    expectRefusal(
      try scratch.hourglass("recipes", "--show", "fashon-denoise"), status: 64, saying: "fashion-denoise")
    expectRefusal(try scratch.hourglass("summary", "no/such.yaml"), status: 1, saying: "no/such.yaml")
    expectRefusal(try scratch.hourglass("summary", "two\nlines"), status: 64, saying: "two lines")
  }

  @Test func malformedRecipes() throws {
    let scratch = try Scratch()
    let good = try scratch.hourglass("recipes", "--show", "mnist-conv").output
    let cases: [(String, Int32, String)] = [
      ("", 65, "is empty"), ("name: [1,", 65, "not valid YAML"), ("\tname: x", 65, "not valid YAML"),
      (String(repeating: "[", count: 100_000), 65, "levels deep"), ("just text", 64, "map"),
      ("- a\n- b", 64, "map"),
      ("name: x", 64, "lacks the setting"),
      (good.replacing("conv2d:", with: "conv2:"), 64, "did you mean \"conv2d\"?"),
      (good.replacing("filters:", with: "filter:"), 64, "did you mean \"filters\"?"),
      (good.replacing("batch_size:", with: "batchsize:"), 64, "did you mean \"batch_size\"?"),
      (good.replacing("relu", with: "rleu"), 64, "did you mean \"relu\"?"),
      (good.replacing("input: [1, 28, 28]", with: "input: [1, 27, 27]"), 64, "reconstruction"),
      (good + "epochs: 3\n", 65, "epochs"), (good + "a: &x [*x]\n", 65, ""),
      ("name: \u{0}", 65, "not valid YAML"),
    ]
    for (text, status, piece) in cases {
      try scratch.write(text, "recipe.yaml")
      let outcome = try scratch.hourglass("train", "recipe.yaml", "--data", "data", "--out", "run")
      expectRefusal(outcome, status: status, saying: piece.isEmpty ? "recipe.yaml" : piece)
    }
    try scratch.write([0xff, 0xfe, 0x00], "recipe.yaml")
    expectRefusal(try scratch.hourglass("summary", "recipe.yaml"), status: 65, saying: "UTF-8")
    #expect(!scratch.exists("run"))
  }

  @Test func modelsTooLargeForTheMachine() throws {
    let scratch = try Scratch()
    try scratch.write(
      """
      name: huge
      data: data
      model:
        input: [1, 28, 28]
        encoder: [flatten, {dense: {units: 1000000}}, {dense: {units: 1000000}}]
        decoder: [{dense: {units: 784}}, {reshape: {shape: [1, 28, 28]}}]
      epochs: 1
      """, "huge.yaml")
    let outcome = try scratch.hourglass("train", "huge.yaml", "--out", "run")
    expectRefusal(outcome, status: 64, saying: "parameters", "268,435,456")
    #expect(!scratch.exists("run"))
  }

  @Test func manyThreadsWork() throws {
    let scratch = try Scratch()
    let arguments = ["train", "mnist-conv", "--data", "data", "--limit", "40", "--epochs", "1", "--json"]
    let many = try scratch.hourglass(arguments + ["--threads", "64", "--out", "many"])
    #expect(many.status == 0, "\(many.errors)")
    #expect(try scratch.hourglass(arguments + ["--threads", "1", "--out", "one"]).weights == many.weights)
  }
}
