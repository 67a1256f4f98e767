import ArgumentParser
import Foundation
import Hourglass

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Makes a run of an autoencoder that another program trained.",
    discussion: """
      FILE.onnx is what PyTorch, Keras or scikit-learn exports of an autoencoder: one input of a fixed size but for the batch, and an \
      output of its shape. An operator that no layer here does is refused by its name.

      FILE.safetensors holds the weights of a PyTorch model, as save_file(model.state_dict(), ...) writes them, and --recipe says what \
      layers they belong to. Which tensor became which parameter is printed.

      The run is like any other, and train --resume trains it further, from these weights.
      """)

  /// What the run belongs to.
  enum ImportedData: DataUse {
    static let words = "that the run belongs to, as its recipe is to say"
  }

  @Argument(help: "The .onnx or .safetensors file.", completion: .file(extensions: ["onnx", "safetensors"]))
  var file: String

  @OptionGroup var data: DataSourceOptions<ImportedData>

  @Option(
    help: ArgumentHelp(
      "The value or the node of an .onnx file that is the code; the narrowest between input and reconstruction if not given.",
      valueName: "node"))
  var code: String?

  @Option(
    help: ArgumentHelp(
      "The recipe whose model has the layers of a .safetensors file: one that ships with the program, a YAML file or a run folder.",
      valueName: "recipe"), completion: .custom { _, _, word in RecipeArgument.completions(of: word) })
  var recipe: String?

  @OptionGroup var out: RunFolderOptions

  @OptionGroup var json: JSONOptions

  private var holdsWeights: Bool { file.ends(with: ".safetensors") }

  func validate() throws {
    if holdsWeights {
      try require(
        recipe != nil, "\(file) holds weights without layers; say with --recipe which model they belong to.")
      try require(code == nil, "--code is for .onnx files; the recipe of \(file) says what the code is.")
    } else {
      try require(
        recipe == nil, "--recipe is for weights in a .safetensors file; \(file) has its layers in itself.")
    }
  }

  func run() async throws {
    if let recipe { try await importWeights(recipe) } else { try await importModel() }
  }

  private func importModel() async throws {
    let model = try TrainedModel.readONNX(path: file, code: code)
    let name = URL(filePath: file).deletingPathExtension().lastPathComponent
    var description = DataDescription(DataSource(data.name ?? "data"))
    description.take(data.choice)
    description.source = try description.source.absolute
    let place = try await out.inFolder(named: name) { folder in
      try folder.write(
        imported: model, name: name, source: URL(filePath: file).lastPathComponent, data: description)
      return folder.path
    }
    try tell(model, place, [:])
  }

  private func importWeights(_ name: String) async throws {
    var recipe = try RecipeArgument.load(name)
    recipe.data.take(data.choice)
    recipe.data.source = try recipe.data.source.absolute
    let mapping = try StateDictMapping(
      path: file, model: recipe.model, objective: recipe.objective, seed: recipe.plan.seed)
    let place = try await out.inFolder(named: recipe.name) { [recipe] folder in
      try folder.write(weights: mapping.model, recipe: recipe)
      return folder.path
    }
    if !mapping.ignored.isEmpty {
      let names =
        mapping.ignored.prefix(3).joined(separator: ", ") + (mapping.ignored.count > 3 ? ", ..." : "")
      Terminal.note(
        "\(grouped(mapping.ignored.count)) counters that no layer here has were left out: \(names)")
    }
    let byOrder = Set(mapping.rows.filter { $0.reason == .order }.map(\.layer)).count
    if byOrder > 0 {
      Terminal.note(
        "\(byOrder) layers have weights of the same shapes as others; they were taken in the order of their names, which the table shows."
      )
    }
    for note in mapping.notes { Terminal.note("\(note).") }
    if !json.isAsked { try show(mapping) }
    let tensors: [[String: JSONLine.Value]] = mapping.rows.map { row in
      [
        "parameter": .text(row.parameter), "tensor": .text(row.tensor),
        "found_by": .text(row.reason.rawValue),
      ]
    }
    try tell(mapping.model, place, ["tensors": .objects(tensors)])
  }

  private func show(_ mapping: StateDictMapping) throws {
    let table = TextTable(
      columns: [
        .init(heading: "parameter", isNumber: false), .init(heading: "shape", isNumber: false),
        .init(heading: "tensor", isNumber: false), .init(heading: "shape there", isNumber: false),
        .init(heading: "found by", isNumber: false),
      ],
      rows: mapping.rows.map { row in
        [row.parameter, "\(row.shape)", row.tensor, "\(row.tensorShape)", row.reason.rawValue]
      })
    try Terminal.result(lines: table.lines(width: Terminal.outputWidth, keepsColumns: true).lines)
  }

  /// What was made.
  private func tell(_ model: TrainedModel, _ place: String, _ more: [String: JSONLine.Value]) throws {
    let parameters = try model.model.parameterCount()
    let shape = try model.model.codeShape
    Terminal.note(
      "\(place): \(grouped(parameters)) parameters, samples \(model.model.inputShape), codes \(shape)")
    guard json.isAsked else { return }
    let facts: [String: JSONLine.Value] = [
      "code_shape": .list(shape.dimensions.map(Double.init)), "file": .text(file),
      "parameters": .integer(parameters),
      "run": .text(place), "weights_sha256": .text(model.weightsDigest),
    ]
    try Terminal.result(JSONLine.text(facts.merging(more) { first, _ in first }))
  }
}
