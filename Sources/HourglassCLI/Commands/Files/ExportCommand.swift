import ArgumentParser
import Hourglass

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a model as a file that other programs run.",
    discussion: """
      FILE.onnx takes "input", any number of samples, and gives "code" and "reconstruction"; of a variational model also \
      "mean" and "log_variance". Samples are as the data of the training were: of bytes, such as pictures, numbers from 0 to 255. \
      A denoiser of convolutions takes images of any size; one that is told a level takes it as "level", which may be left out.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case onnx
  }

  enum Exported: OutputKind {
    static let help = "The .onnx file to write."
    static let endings = OutputEndings.oneOf([".onnx"])
  }

  @OptionGroup var source: RunArgument

  @Option(name: .customLong("to"), help: ArgumentHelp("The format.", valueName: "onnx"))
  var format = Format.onnx

  @Option(help: ArgumentHelp("What of the model is written.", valueName: "whole|encoder|decoder"))
  var part = ONNXExport.Part.whole

  @Option(
    help: ArgumentHelp(
      "Whether the channels of images are the first axis of an image or the last in the file; as the run's recipe says, else first, if not given.",
      valueName: "first|last"))
  var axes: ChannelAxis?

  @OptionGroup var out: RequiredOutput<Exported>

  @OptionGroup var json: JSONOptions

  func run() throws {
    try out.file.check(isNot: source.files)
    let model = try source.model()
    let axes = try axes ?? source.axes() ?? .first
    let export: ONNXExport
    switch format {
    case .onnx:
      export = try ONNXExport(model, part: part, hasChannelsLast: axes == .last, name: source.name())
    }
    try out.file.write { try export.write(to: $0) }
    Terminal.note("\(out.path): takes \(Self.text(export.inputs)), gives \(Self.text(export.outputs))")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "inputs": JSONLine.Value.texts(export.inputs.map(\.name)), "out": .text(out.path),
        "outputs": .texts(export.outputs.map(\.name)), "part": .text(part.rawValue), "run": .text(source.run),
        "weights_sha256": .text(model.weightsDigest),
      ]))
  }

  /// Such as "input (batch, 1, 28, 28)".
  private static func text(_ ports: [ONNXExport.Port]) -> String {
    ports.map { $0.axes.isEmpty ? $0.name : "\($0.name) (\($0.axes.joined(separator: ", ")))" }
      .joined(separator: ", ")
  }
}

extension ONNXExport.Part: ExpressibleByArgument {}
