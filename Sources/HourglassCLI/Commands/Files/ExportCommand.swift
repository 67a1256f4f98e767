import ArgumentParser
import Hourglass

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a model as a file that other programs run.",
    discussion: """
      FILE.onnx takes "input", any number of samples, and gives "code" and "reconstruction"; of a variational model also \
      "mean" and "log_variance". Samples are as the data of the training were: of bytes, such as pictures, numbers from 0 to 255. \
      A denoiser of convolutions takes images of any size; one that is told a level takes it as "level", which may be left out.

      Of an anomaly detector all is written: the file takes the columns of a table by their names, or images, and gives "score", \
      "is_alert" and what is expected.
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

  @OptionGroup var verification: ExportVerificationOptions

  @OptionGroup var json: JSONOptions

  func run() async throws {
    try out.file.check(isNot: source.files + [verification.verifyData].compactMap(\.self))
    let detector = try source.detector()
    let (export, model, isTurned) = try detector.map(exported) ?? exported()
    try out.file.write { try export.write(to: $0) }
    Terminal.note("\(out.path): takes \(Self.text(export.inputs)), gives \(Self.text(export.outputs))")
    let verified = try await verified(detector, export, model, isTurned)
    guard json.isAsked else { return }
    var members = [
      "inputs": JSONLine.Value.texts(export.inputs.map(\.name)), "out": .text(out.path),
      "outputs": .texts(export.outputs.map(\.name)), "part": .text(part.rawValue), "run": .text(source.run),
      "weights_sha256": .text(model.weightsDigest),
    ]
    if let verified {
      members["differences"] = .numbers(
        Dictionary(verified.differences.map { ($0.output, $0.difference) }, uniquingKeysWith: max))
      members["verified_by"] = .text(verified.runner)
      members["verified_samples"] = .integer(verified.samples)
      if let alerts = verified.equalAlerts { members["equal_alerts"] = .integer(alerts) }
    }
    try Terminal.result(JSONLine.text(members))
  }

  private typealias Written = (export: ONNXExport, model: TrainedModel, hasChannelsLast: Bool)

  private func exported() throws -> Written {
    let model = try source.model()
    let isTurned = try (axes ?? source.axes()) == .last
    return (
      try ONNXExport(model, part: part, hasChannelsLast: isTurned, name: source.name()), model, isTurned
    )
  }

  private func exported(_ detector: AnomalyDetector) throws -> Written {
    guard part == .whole else {
      throw HourglassError(
        .usage, "\(source.run) holds an anomaly detector, which is written as a whole; leave --part out.")
    }
    let isTurned = (axes ?? detector.axes) == .last
    let export = try ONNXExport(detector, hasChannelsLast: isTurned, name: source.detectorName)
    return (export, detector.model, isTurned)
  }

  /// What `--verify` finds, after telling it; nil where it is not asked for, or nothing is there to verify by.
  private func verified(
    _ detector: AnomalyDetector?, _ export: ONNXExport, _ model: TrainedModel, _ isTurned: Bool
  ) async throws -> ExportVerification? {
    guard verification.verify != nil else { return nil }
    guard let detector else {
      let library = try verification.library()
      do {
        let found = try await verification.verified(
          export, of: model, from: source, file: out.path, hasChannelsLast: isTurned, library)
        found.tell("sample")
        return found
      } catch let error as HourglassError where library == nil && error.code == .badData {
        // What this program cannot read itself may be a sound file.
        Terminal.note("\(Self.unverified) This program cannot read it itself: \(error.message)")
        return nil
      }
    }
    let found = try await verification.verified(
      detector, in: source.run, file: out.path, hasChannelsLast: isTurned)
    guard let found else {
      Terminal.note(Self.unverified)
      return nil
    }
    found.tell(detector.takesTables ? "row" : "image")
    return found
  }

  private static let unverified =
    "The file was not verified, since ONNX Runtime is not there: name its library, libonnxruntime.so, with --runtime; Python's "
    + "package onnxruntime has it in its folder capi."

  /// Such as "input (batch, 1, 28, 28)".
  private static func text(_ ports: [ONNXExport.Port]) -> String {
    ports.map { $0.axes.isEmpty ? $0.name : "\($0.name) (\($0.axes.joined(separator: ", ")))" }
      .joined(separator: ", ")
  }
}

extension ONNXExport.Part: ExpressibleByArgument {}
