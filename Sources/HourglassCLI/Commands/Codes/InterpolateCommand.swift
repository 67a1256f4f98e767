import ArgumentParser
import Hourglass

struct InterpolateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interpolate", abstract: "Draws what lies between the codes of two images.",
    discussion: """
      Each end is a PNG, JPEG or WebP file of any size, or the number of a test image of the run's data, from 0. The picture has \
      two rows: along a straight line between the codes, and along a great circle.
      """)

  enum Strip: UsualOutputKind {
    static let help = "The PNG or JPEG file to write."
    static let endings = OutputEndings.picture
    static let usualPath = "interpolation.png"
  }

  @OptionGroup var source: RunArgument

  @Option(help: ArgumentHelp("Where to start.", valueName: "image"), completion: .file())
  var from: String

  @Option(help: ArgumentHelp("Where to end.", valueName: "image"), completion: .file())
  var to: String

  @Option(help: "Images in a row, both ends included.")
  var steps = 10

  @OptionGroup var data: DataSourceOptions<OtherData>

  @OptionGroup var out: UsualOutput<Strip>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(steps, in: 2...1000, option: "--steps")
  }

  func run() async throws {
    let threads = threads.count
    try out.file.check(isNot: source.files + [from, to, data.name])
    let model = try source.model()
    let shape = model.model.inputShape
    guard model.model.input.isImage else {
      throw HourglassError(
        .usage, "The model in \(source.run) takes \(shape), no images; interpolate needs a model of images.")
    }
    var ends: [Float] = []
    for end in [from, to] { ends += try await image(end, model) }
    if let note = model.pictured(SampleArray(trustedFloats: [], count: 0, shape: shape)).note {
      Terminal.note(note)
    }
    let pair = SampleArray(trustedFloats: ends, count: 2, shape: shape)
    let rows = try CodePath.allCases.map { path in
      let samples = try model.pictured(
        model.interpolate(between: pair, steps: steps, path: path, threads: threads)
      ).samples
      return try (0..<steps).map { try Picture(samples: samples.sample($0), shape: shape) }
    }
    let sheet = try ContactSheet(rows: rows, labels: CodePath.allCases.map(\.rawValue)).composed()
    try out.file.write { try sheet.write(to: $0) }
    Terminal.note("\(steps) steps in \(out.path)")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "from": JSONLine.Value.text(from), "out": .text(out.path), "run": .text(source.run),
        "steps": .integer(steps),
        "to": .text(to),
      ]))
  }

  private func image(_ name: String, _ model: TrainedModel) async throws -> [Float] {
    let shape = model.model.inputShape
    guard let number = Int(name) else {
      let fitting = PictureFitting(
        extent: .resize(height: shape[1], width: shape[2]), channels: shape[0] == 1 ? 1 : 3)
      let (picture, note) = try model.matched(
        SampleArray([Picture.read(path: name).fitted(fitting)]), named: name)
      if let note { Terminal.note(note) }
      return try picture.numbers(of: 0)
    }
    let (test, samples) = try await source.testSamples(for: model, data.choice)
    guard samples.indices.contains(number) else {
      throw HourglassError(
        .usage,
        "There is no test image \(number) among \(grouped(samples.count)); choose a number from 0 to "
          + "\(samples.count - 1), or give a file.")
    }
    return try test.numbers(of: Int(samples[number]))
  }
}
