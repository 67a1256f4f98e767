import ArgumentParser
import Hourglass

struct FromScratchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "from-scratch",
    abstract:
      "Works an autoencoder and some steps of its training out by hand, or shows what an untrained one makes of an image."
  )

  enum Drawing: OutputKind {
    static let help = "The PNG or JPEG file to write; from-scratch.png if not given."
    static let endings = OutputEndings.picture
  }

  @Option(
    help: ArgumentHelp(
      "A PNG, JPEG or WebP file: draw it, 28x28 and grey, beside its reconstruction by 784-100-784 random weights.",
      valueName: "file"), completion: .file())
  var image: String?

  @OptionGroup var out: OptionalOutput<Drawing>

  @OptionGroup var seed: SeedOptions<SeedOne>

  @OptionGroup var json: JSONOptions

  func validate() throws {
    for (name, isGiven) in [("--out", out.path != nil), ("--seed", seed.given != nil)] {
      try require(image != nil || !isGiven, "\(name) is for a drawing; name an image with --image FILE.")
    }
  }

  func run() throws {
    if let image { return try drawReconstruction(of: image) }
    let example = WorkedExample()
    let lines = example.explanation.parts(at: "\n")
    guard json.isAsked else { return try Terminal.result(lines: lines) }
    Terminal.note(lines: lines)
    try Terminal.result(
      JSONLine.text([
        "input": JSONLine.Value.list(example.input), "code": .list(example.code),
        "reconstruction": .list(example.reconstruction), "squared_errors": .list(example.squaredErrors),
        "mean_squared_error": .number(example.meanSquaredError), "learning_rate": .number(WorkedExample.rate),
        "errors_of_steps": .list(
          example.steps(WorkedExample.stepCount, rate: WorkedExample.rate).map(\.meanSquaredError)),
      ]))
  }

  private func drawReconstruction(of path: String) throws {
    let file = out.file ?? OutputFile("from-scratch.png", option: Drawing.option)
    try file.check(isNot: [path])
    let reconstruction = try UntrainedReconstruction(imagePath: path, seed: UInt64(seed.number))
    try file.write { try reconstruction.writeFigure(to: $0) }
    Terminal.note(
      "\(path) as 28x28 grey pixels, and what \(grouped(reconstruction.weightCount)) random weights make of it: "
        + "values up to \(ReportText.fixed(reconstruction.largestOutput, 2)), drawn with that as white")
    Terminal.note("figure: \(file.path)")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "image": JSONLine.Value.text(path), "figure": .text(file.path), "seed": .integer(seed.number),
        "parameters": .integer(reconstruction.weightCount),
        "mean_squared_error": .number(reconstruction.meanSquaredError),
      ]))
  }
}
