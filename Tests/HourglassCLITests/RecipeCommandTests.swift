import Foundation
import Testing

/// `recipes`, `summary` and `explain`.
struct RecipeCommandTests {
  @Test func recipes() throws {
    let scratch = try Scratch(data: false)
    let list = try scratch.hourglass("recipes")
    #expect(list.status == 0 && list.errors.isEmpty)
    #expect(
      list.output.hasPrefix(
        """
        fashion-denoise    Cleans noisy pictures of clothes with a small convolutional autoencoder
        mnist-conv         Rebuilds handwritten digits through a 4,385-parameter convolutional autoencoder

        """))
    let lines = list.output.split(separator: "\n")
    #expect(lines.map { String($0.prefix { $0 != " " }) } == Self.names)
    #expect(lines.allSatisfy { $0.count <= 120 })
    let json = try scratch.hourglass("recipes", "--json").output
    #expect(json.split(separator: "\n").count == 1)
    let entries = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: String]]
    #expect(entries?.map { $0["name"] } == Self.names)
    #expect(entries?.allSatisfy { Set($0.keys) == ["name", "summary", "data"] } ?? false)
  }

  /// What editors read: every key that recipes may have, with what it is.
  @Test func schema() throws {
    let scratch = try Scratch(data: false)
    let outcome = try scratch.hourglass("recipes", "--schema")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let schema = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    #expect(Set(schema["required"] as? [String] ?? []) == ["name", "data", "model", "epochs"])
    let properties = try #require(schema["properties"] as? [String: [String: Any]])
    #expect(properties["epochs"]?["minimum"] as? Int == 1)
    #expect(properties["batch_size"]?["default"] as? Int == 32)
    #expect(properties.values.allSatisfy { $0["description"] is String })
    #expect(try scratch.hourglass("recipes", "--schema", "--json").status == 64)
  }

  /// A run folder stands for its recipe, with what was changed in it.
  @Test func recipesOfRuns() throws {
    let scratch = try Scratch()
    let change = ["--set", "model.encoder.0.conv2d.filters=5"]
    let train = ["train", "mnist-conv", "--data", "data", "--epochs", "1", "--limit", "16", "--out", "run"]
    #expect(try scratch.hourglass(train + change).status == 0)
    for command in [["summary"], ["explain"], ["explain", "--stage", "graph"]] {
      let ofRun = try scratch.hourglass(command + ["run"])
      #expect(ofRun.status == 0, "\(ofRun.errors)")
      #expect(try ofRun.output == scratch.hourglass(command + ["mnist-conv"] + change).output)
      #expect(try ofRun.output == scratch.hourglass(command + ["run/"]).output)
      #expect(try ofRun.output != scratch.hourglass(command + ["mnist-conv"]).output)
    }
    let shown = try scratch.hourglass("recipes", "--show", "run")
    #expect(shown.status == 0, "\(shown.errors)")
    #expect(Array(shown.output.utf8) == (try scratch.read("run/recipe.yaml")))
    for command in [["explain"], ["recipes", "--show"]] {
      expectRefusal(
        try scratch.hourglass(command + ["data"]), status: 1, saying: "data is a folder without a run")
    }
    // A folder does not hide the recipe that ships under its name.
    _ = try scratch.folder("vae")
    #expect(try scratch.hourglass("summary", "vae").status == 0)
  }

  private static let names = [
    "fashion-denoise", "mnist-conv", "cifar-deblur", "undercomplete", "sparse-l1", "sparse-kl", "contractive",
    "denoising", "vae", "vae-fashion", "linear-pca", "stacked", "fashion-codes", "fashion-plane",
    "image-compression", "image-search", "photo-denoise", "photo-deblur", "machine-sound",
    "sound-denoise",
  ]

  /// What is shown is a recipe: written to a file it is the same model.
  @Test(arguments: names)
  func show(name: String) throws {
    let scratch = try Scratch(data: false)
    let text = try scratch.hourglass("recipes", "--show", name).output
    #expect(text.hasPrefix("name: \(name)\n"))
    try scratch.write(text, "mine.yaml")
    let mine = try scratch.hourglass("summary", "mine.yaml")
    #expect(mine.status == 0 && mine.output.contains("Total parameters"))
    #expect(try scratch.hourglass("summary", name).output == mine.output)
  }

  @Test func summary() throws {
    let scratch = try Scratch(data: false)
    #expect(try scratch.hourglass("summary", "mnist-conv").output == Self.mnistSummary)
    #expect(try scratch.hourglass("summary", "fashion-denoise").output == Self.fashionSummary)
    let json = try scratch.hourglass("summary", "mnist-conv", "--json")
    #expect(json.output == "{\"code\":\"(8, 7, 7)\",\"parameters\":4385,\"recipe\":\"mnist-conv\"}\n")
    #expect(json.errors == Self.mnistSummary)
    let smaller = try scratch.hourglass("summary", "mnist-conv", "--set", "model.encoder.0.conv2d.filters=4")
    #expect(smaller.output.contains("(4, 28, 28)"))
  }

  private static let mnistSummary = """
    Layer       Name       Output shape  Parameters
    ───────────────────────────────────────────────
    Input                  (1, 28, 28)            0
    Conv2D      encoder.0  (16, 28, 28)         160
    MaxPool2D   encoder.1  (16, 14, 14)           0
    Conv2D      encoder.2  (8, 14, 14)        1,160
    MaxPool2D   encoder.3  (8, 7, 7)              0
    Conv2D      encoder.4  (8, 7, 7)            584
    Conv2D      decoder.0  (8, 7, 7)            584
    Upsample2D  decoder.1  (8, 14, 14)            0
    Conv2D      decoder.2  (8, 14, 14)          584
    Upsample2D  decoder.3  (8, 28, 28)            0
    Conv2D      decoder.4  (16, 28, 28)       1,168
    Conv2D      decoder.5  (1, 28, 28)          145
    ───────────────────────────────────────────────
    Total parameters: 4,385 (4,385 trained, 0 not)
    Code: (8, 7, 7), 392 numbers for 784

    """

  private static let fashionSummary = """
    Layer            Name       Output shape  Parameters
    ────────────────────────────────────────────────────
    Input                       (1, 28, 28)            0
    Conv2D           encoder.0  (16, 14, 14)         160
    Conv2D           encoder.1  (8, 7, 7)          1,160
    Conv2DTranspose  decoder.0  (8, 14, 14)          584
    Conv2DTranspose  decoder.1  (16, 28, 28)       1,168
    Conv2D           decoder.2  (1, 28, 28)          145
    ────────────────────────────────────────────────────
    Total parameters: 3,217 (3,217 trained, 0 not)
    Code: (8, 7, 7), 392 numbers for 784

    """

  @Test(arguments: ["fashion-denoise", "mnist-conv"])
  func explain(name: String) throws {
    let scratch = try Scratch(data: false)
    let expected: [(String, [String])] = [
      ("graph", ["input", "convolution", "output"]), ("gradient", ["convolution", "loss"]),
      ("passes", ["# simplify", "# merge-upsampling"]),
      ("fuse", ["stage 0, once:", "for every sixteen samples:", "pack weights"]),
      ("memory", ["stage 0: arena of", "KiB a worker", "at 0 KiB"]),
      ("profile", ["GFLOP/s", "%", "samples a second"]),
    ]
    for (stage, pieces) in expected {
      let outcome = try scratch.hourglass("explain", name, "--stage", stage)
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(stage): \(outcome.errors)")
      for piece in pieces {
        #expect(outcome.output.lowercased().contains(piece.lowercased()), "\(stage): \(piece)")
      }
    }
    let usual = try scratch.hourglass("explain", name).output
    #expect(try scratch.hourglass("explain", name, "--stage", "fuse").output == usual)
  }
}
