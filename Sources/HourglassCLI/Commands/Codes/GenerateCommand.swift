import ArgumentParser
import Hourglass

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Draws new images from a variational model.",
    discussion:
      "Codes are drawn from the standard normal distribution and decoded. The same seed gives the same images."
  )

  @OptionGroup var source: RunArgument

  @Option(name: [.customShort("n"), .long], help: "How many images.")
  var count = 64

  @OptionGroup var seed: SeedOptions

  @Option(help: ArgumentHelp("The PNG or JPEG file to write.", valueName: "file"), completion: .file())
  var out = "samples.png"

  @Flag(help: "A grid over a code of two numbers instead, each image standing for an equal share of all.")
  var grid = false

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(1...10_000 ~= count, "-n is \(count), but must be from 1 to 10,000.")
    try checked { try Picture.checkEnding(of: out) }
  }

  func run() throws {
    let threads = threads.count
    try out.checkOut(isNot: source.files)
    let model = try source.model()
    let side = Int(Double(count).squareRoot().rounded(.up))
    let samples =
      try grid
      ? model.codeGrid(side: max(side, 2), threads: threads)
      : model.generate(count, seed: seed.value, threads: threads)
    try samples.writeSheet(to: out, columns: grid ? max(side, 2) : side)
    Terminal.note("\(grouped(samples.count)) images in \(out)")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "images": JSONLine.Value.integer(samples.count), "out": .text(out), "run": .text(source.run),
        "seed": .integer(seed.number),
      ]))
  }
}

extension SampleArray {
  /// Writes images row by row into one PNG or JPEG file.
  ///
  /// - Throws: `HourglassError` (usage) when the samples are no images; environment when the disk refuses.
  func writeSheet(to path: String, columns: Int) throws {
    let pictures = try (0..<count).map { try Picture(samples: sample($0), shape: shape) }
    let rows = stride(from: 0, to: count, by: columns).map { Array(pictures[$0..<min($0 + columns, count)]) }
    try ContactSheet(rows: rows).composed().write(to: path)
  }
}
