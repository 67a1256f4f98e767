import ArgumentParser
import Hourglass

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Draws new images from a variational model.",
    discussion:
      "Codes are drawn from the standard normal distribution and decoded. The same seed gives the same images."
  )

  enum Images: UsualOutputKind {
    static let help = "The PNG or JPEG file to write."
    static let endings = OutputEndings.picture
    static let usualPath = "samples.png"
  }

  @OptionGroup var source: RunArgument

  @Option(name: [.customShort("n"), .long], help: "How many images.")
  var count = 64

  @OptionGroup var seed: SeedOptions<SeedOne>

  @OptionGroup var out: UsualOutput<Images>

  @Flag(help: "A grid over a code of two numbers instead, each image standing for an equal share of all.")
  var grid = false

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws { try require(count, in: 1...10_000, option: typed("--count", or: "-n")) }

  func run() throws {
    let threads = threads.count
    try out.file.check(isNot: source.files)
    let model = try source.model()
    let side = Int(Double(count).squareRoot().rounded(.up))
    let samples =
      try grid
      ? model.codeGrid(side: max(side, 2), threads: threads)
      : model.generate(count, seed: UInt64(seed.number), threads: threads)
    let (shown, note) = model.pictured(samples)
    if let note { Terminal.note(note) }
    let sheet = try shown.sheet(columns: grid ? max(side, 2) : side)
    try out.file.write { try sheet.write(to: $0) }
    Terminal.note("\(grouped(samples.count)) images in \(out.path)")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "images": JSONLine.Value.integer(samples.count), "out": .text(out.path), "run": .text(source.run),
        "seed": .integer(seed.number),
      ]))
  }
}

extension SampleArray {
  /// Images row by row on one picture.
  ///
  /// - Throws: `HourglassError` (usage) when the samples are no images.
  fileprivate func sheet(columns: Int) throws -> Picture {
    let pictures = try (0..<count).map { try Picture(samples: sample($0), shape: shape) }
    let rows = stride(from: 0, to: count, by: columns).map { Array(pictures[$0..<min($0 + columns, count)]) }
    return try ContactSheet(rows: rows).composed()
  }
}
