import ArgumentParser
import Hourglass

struct InverseTransformCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inverse-transform", abstract: "Rebuilds samples from codes.",
    discussion: """
      CODES is what transform wrote, or what another tool made of it: a .npy or .csv file. The result is an array in \
      FILE.npy, a sheet of all pictures in FILE.png, or a folder with a PNG file for each.
      """)

  @OptionGroup var source: RunArgument

  @Argument(help: "A .npy or .csv file with a code for each sample.", completion: .file())
  var codes: String

  @Option(
    help: ArgumentHelp("A .npy file, a .png file or a folder to write.", valueName: "file"),
    completion: .file())
  var out = "samples.npy"

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(
      codes.hasSuffix(".npy") || codes.hasSuffix(".csv"),
      "The codes are in \"\(codes)\", but must be in a .npy or .csv file.")
  }

  func run() throws {
    let threads = threads.count
    if out.hasSuffix(".npy") || out.hasSuffix(".png") {
      try out.checkOut(isNot: source.files + [codes])
    } else {
      try out.checkIsNone(of: source.files + [codes])
    }
    let model = try source.model()
    let shape = try model.model.codeShape
    if !out.hasSuffix(".npy"), !model.model.input.isPicture {
      throw HourglassError(
        .usage,
        "The model in \(source.run) makes \(model.model.inputShape), no pictures; give --out FILE.npy.")
    }
    let read =
      try codes.hasSuffix(".npy")
      ? NPY.read(path: codes, shape: shape) : CodeTable.read(path: codes, shape: shape)
    let samples = try model.decode(read, threads: threads)
    if out.hasSuffix(".npy") { try NPY.write(samples, to: out) } else { try writePictures(samples) }
    Terminal.note("\(grouped(samples.count)) samples of shape \(samples.shape) in \(out)")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "out": JSONLine.Value.text(out), "run": .text(source.run), "samples": .integer(samples.count),
        "shape": .list(samples.shape.dimensions.map(Double.init)),
      ]))
  }

  private func writePictures(_ samples: SampleArray) throws {
    func picture(_ index: Int) throws -> Picture {
      try Picture(samples: samples.sample(index), shape: samples.shape)
    }
    guard out.hasSuffix(".png") else {
      try Folder(out).create()
      let digits = String(max(samples.count - 1, 0)).count
      for index in 0..<samples.count {
        let number = String(index)
        let name = String(repeating: "0", count: digits - number.count) + number
        try PNG.write(picture(index), to: "\(Folder(out).path)/\(name).png")
      }
      return
    }
    let columns = min(20, samples.count)
    let rows = try stride(from: 0, to: samples.count, by: columns).map { first in
      try (first..<min(first + columns, samples.count)).map(picture)
    }
    try PNG.write(ContactSheet(rows: rows).composed(), to: out)
  }
}
