import ArgumentParser
import Hourglass

struct FromScratchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "from-scratch",
    abstract: "Works an autoencoder out by hand, or shows what an untrained one makes of an image.")

  @Option(
    help: ArgumentHelp(
      "A PNG or JPEG file: draw it, 28x28 and grey, beside its reconstruction by 784-100-784 random weights.",
      valueName: "file"), completion: .file())
  var image: String?

  @Option(
    help: ArgumentHelp("Where the drawing goes; from-scratch.png if not given.", valueName: "file"),
    completion: .file())
  var out: String?

  @Option(help: "The same seed gives the same random weights; 1 if not given.")
  var seed: Int?

  @OptionGroup var json: JSONOptions

  func validate() throws {
    for (name, isGiven) in [("--out", out != nil), ("--seed", seed != nil)] {
      try require(image != nil || !isGiven, "\(name) is for a drawing; name an image with --image FILE.")
    }
    try require(
      0...1 << 53 ~= seed ?? 1, "--seed is \(seed ?? 1), but must be from 0 to 9007199254740992.")
    try require(out != "", "--out is empty; name a file for the drawing.")
  }

  func run() throws {
    if let image { return try drawReconstruction(of: image) }
    let example = WorkedExample()
    guard json.isAsked else { return try Terminal.result(example.explanation) }
    Terminal.note(example.explanation)
    try Terminal.result(
      JSONLine.text([
        "input": JSONLine.Value.list(example.input), "code": .list(example.code),
        "reconstruction": .list(example.reconstruction), "squared_errors": .list(example.squaredErrors),
        "mean_squared_error": .number(example.meanSquaredError),
      ]))
  }

  private func drawReconstruction(of path: String) throws {
    let seed = seed ?? 1
    let out = out ?? "from-scratch.png"
    try out.checkOut(isNot: [path])
    let reconstruction = try UntrainedReconstruction(imagePath: path, seed: UInt64(seed))
    try reconstruction.writeFigure(to: out)
    Terminal.note(
      "\(path) as 28x28 grey pixels, and what \(grouped(reconstruction.weightCount)) random weights make of it: "
        + "values up to \(ReportText.fixed(reconstruction.largestOutput, 2)), drawn with that as white\nfigure: \(out)"
    )
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "image": JSONLine.Value.text(path), "figure": .text(out), "seed": .integer(seed),
        "parameters": .integer(reconstruction.weightCount),
        "mean_squared_error": .number(reconstruction.meanSquaredError),
      ]))
  }
}
