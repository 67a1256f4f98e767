import ArgumentParser
import Foundation
import Hourglass

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Makes a run of an autoencoder that another program trained.",
    discussion: """
      FILE.onnx is what PyTorch, Keras or scikit-learn exports of an autoencoder: one input of a fixed size but for the batch, and an \
      output of its shape. The run is like any other, and train --resume trains it further, from these weights. An operator that no \
      layer here does is refused by its name.
      """)

  /// What the run belongs to.
  enum ImportedData: DataUse {
    static let words = "that the run belongs to, as its recipe is to say"
  }

  @Argument(help: "The .onnx file.", completion: .file(extensions: ["onnx"]))
  var file: String

  @OptionGroup var data: DataSourceOptions<ImportedData>

  @Option(
    help: ArgumentHelp(
      "The value or the node of the file that is the code; the narrowest between input and reconstruction if not given.",
      valueName: "node"))
  var code: String?

  @OptionGroup var out: RunFolderOptions

  @OptionGroup var json: JSONOptions

  func run() async throws {
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
    let parameters = try model.model.parameterCount()
    let shape = try model.model.codeShape
    Terminal.note(
      "\(place): \(grouped(parameters)) parameters, samples \(model.model.inputShape), codes \(shape)")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "code_shape": JSONLine.Value.list(shape.dimensions.map(Double.init)), "file": .text(file),
        "parameters": .integer(parameters), "run": .text(place), "weights_sha256": .text(model.weightsDigest),
      ]))
  }
}
