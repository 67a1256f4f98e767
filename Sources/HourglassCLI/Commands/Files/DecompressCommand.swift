import ArgumentParser
import Hourglass

struct DecompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decompress", abstract: "Gives back the picture or the samples in a .hgz file.",
    discussion: """
      The model must be the one that the file was compressed with. A picture becomes a PNG file; samples become a .npy \
      file, or a PNG file with all images side by side.
      """)

  enum Decompressed: OutputKind {
    static let help = "The PNG or .npy file to write."
    static let endings = OutputEndings.oneOf([".png", ".npy"])
  }

  @OptionGroup var source: RunArgument

  @Argument(help: "The file that compress wrote.", completion: .file())
  var file: String

  @OptionGroup var out: RequiredOutput<Decompressed>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func run() throws {
    let threads = threads.count
    try out.file.check(isNot: source.files + [file])
    let compressor = try Compressor(try source.model())
    let bytes = try BoundedFile.read(file, limit: PNG.Limits.fileSize)
    let clock = ContinuousClock()
    let begun = clock.now
    let contents = try Interruption.stops("\(out.path) is as it was") {
      try compressor.decompress(bytes, source: file, threads: threads, progress: ProgressBar().report)
    }
    let seconds = (clock.now - begun) / .seconds(1)
    var result: [String: JSONLine.Value] = [
      "bytes": .integer(bytes.count), "file": .text(file), "out": .text(out.path), "run": .text(source.run),
      "seconds": .number(seconds),
    ]
    switch contents {
    case .picture(let picture):
      try out.file.write { path in
        if path.ends(with: ".npy") {
          try NPY.write(SampleArray([picture]), to: path)
        } else {
          try PNG.write(picture, to: path)
        }
      }
      Terminal.note(
        "\(out.path): \(picture.width) x \(picture.height) pixels, \(ReportText.fixed(seconds, 2)) s")
      result["width"] = .integer(picture.width)
      result["height"] = .integer(picture.height)
      result["channels"] = .integer(picture.channels)
    case .samples(let samples):
      try out.file.write { path in
        if path.ends(with: ".npy") {
          try NPY.write(samples, to: path)
        } else {
          try PNG.write(RateDistortionCurve.sheet(of: samples), to: path)
        }
      }
      Terminal.note(
        "\(out.path): \(grouped(samples.count)) samples of \(samples.shape), \(ReportText.fixed(seconds, 2)) s"
      )
      result["samples"] = .integer(samples.count)
    }
    guard json.isAsked else { return }
    try Terminal.result(JSONLine.text(result))
  }
}
