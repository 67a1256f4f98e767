import ArgumentParser
import Hourglass

struct InverseTransformCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inverse-transform", abstract: "Rebuilds samples from codes.",
    discussion: """
      CODES is what transform wrote, or what another tool made of it: a .npy or .csv file. The result is an array in \
      FILE.npy, a sheet of all pictures in FILE.png or FILE.jpg, or a folder with a PNG file for each.
      """)

  enum Samples: UsualOutputKind {
    static let help = "A .npy file, a .png or .jpg file, or a folder to write."
    static let usualPath = "samples.npy"
  }

  @OptionGroup var source: RunArgument

  @Argument(help: "A .npy or .csv file with a code for each sample.", completion: .file())
  var codes: String

  @OptionGroup var out: UsualOutput<Samples>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(
      codes.ends(with: ".npy") || codes.ends(with: ".csv"),
      "The codes are in \"\(codes)\", but must be in a .npy or .csv file.")
  }

  func run() throws {
    let threads = threads.count
    let place = out.path
    if place.ends(with: ".npy") || isSheet {
      try out.file.check(isNot: source.files + [codes])
    } else {
      try out.file.checkIsNone(of: source.files + [codes])
    }
    let model = try source.model()
    let shape = try model.model.codeShape
    if !place.ends(with: ".npy"), !model.model.input.isPicture {
      throw HourglassError(
        .usage,
        "The model in \(source.run) makes \(model.model.inputShape), no pictures; give --out FILE.npy.")
    }
    let read =
      try codes.ends(with: ".npy")
      ? NPY.read(path: codes, shape: shape) : CodeTable.read(path: codes, shape: shape)
    let samples = try model.decode(read, threads: threads)
    if place.ends(with: ".npy") {
      try out.file.write { try NPY.write(samples, to: $0) }
    } else {
      let (shown, note) = model.pictured(samples)
      if let note { Terminal.note(note) }
      try writePictures(shown)
    }
    Terminal.note("\(grouped(samples.count)) samples of shape \(samples.shape) in \(place)")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "out": JSONLine.Value.text(place), "run": .text(source.run), "samples": .integer(samples.count),
        "shape": .list(samples.shape.dimensions.map(Double.init)),
      ]))
  }

  /// Whether all pictures go into one file.
  private var isSheet: Bool { (try? Picture.checkEnding(of: out.path)) != nil }

  private func writePictures(_ samples: SampleArray) throws {
    func picture(_ index: Int) throws -> Picture {
      try Picture(samples: samples.sample(index), shape: samples.shape)
    }
    guard isSheet else {
      let folder = Folder(out.path)
      try folder.create()
      let digits = String(max(samples.count - 1, 0)).count
      let files = (0..<samples.count).map { index in
        let number = String(index)
        let name = String(repeating: "0", count: digits - number.count) + number
        return out.file.companion("\(folder.path)/\(name).png")
      }
      return try files.write {
        for (index, file) in files.enumerated() { try PNG.write(picture(index), to: file.path) }
      }
    }
    let columns = min(20, samples.count)
    let rows = try stride(from: 0, to: samples.count, by: columns).map { first in
      try (first..<min(first + columns, samples.count)).map(picture)
    }
    let sheet = try ContactSheet(rows: rows).composed()
    try out.file.write { try sheet.write(to: $0) }
  }
}
