import ArgumentParser
import Hourglass

struct TransformCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transform", abstract: "Writes a model's codes of samples, for other tools.",
    discussion: """
      The codes are those of the test part of the run's data, or of those that --data names. FILE.npy holds 32-bit floats of shape [samples] + the code's shape; FILE.csv a code a line, each number with as many \
      digits as bring it back exactly, and the file of each sample that has one. inverse-transform goes the other way.
      """)

  @OptionGroup var source: RunArgument
  @OptionGroup var options: DataOptions

  @Option(help: ArgumentHelp("The .npy or .csv file to write.", valueName: "file"))
  var out = "codes.npy"

  @Option(
    help: ArgumentHelp(
      "Also write the samples' classes, as 64-bit integers, to this .npy file.", valueName: "labels.npy"))
  var labels: String?

  @Flag(help: "Write the samples' classes as the column \"label\" of a .csv file.")
  var labelColumn = false

  @Option(help: "Worker threads; all cores if not given. The result does not depend on it.")
  var threads: Int?

  @Flag(help: "End with one line of JSON on standard output.")
  var json = false

  func run() async throws {
    try options.check()
    let threads = try threads?.checkedThreads()
    guard out.hasSuffix(".npy") || out.hasSuffix(".csv") else {
      throw HourglassError(.usage, "--out is \"\(out)\", but must name a .npy or .csv file.")
    }
    guard !labelColumn || out.hasSuffix(".csv") else {
      throw HourglassError(
        .usage,
        "--label-column is for .csv files, but --out is \(out); write labels to a file of their own with --labels."
      )
    }
    guard labels?.hasSuffix(".npy") ?? true else {
      throw HourglassError(.usage, "--labels is \"\(labels ?? "")\", but must name a .npy file.")
    }
    try source.checkSaysData(options.data)
    try out.checkOut(isNot: source.files + [options.data])
    try labels?.checkOut(isNot: source.files + [options.data], as: "--labels")
    let model = try source.model()
    let part = try await options.part(of: source, for: model, usual: .test)
    guard labels == nil && !labelColumn || !part.labels.isEmpty else {
      throw HourglassError(.usage, "\(part.name) has no labels; leave out --labels and --label-column.")
    }
    let clock = ContinuousClock()
    let begun = clock.now
    let progress = SampleProgress("encoding", of: part.samples.count)
    let codes = try Interruption.stops("no codes were written") {
      try model.encode(part.samples, threads: threads, progress: progress.report)
    }
    let seconds = (clock.now - begun) / .seconds(1)
    if out.hasSuffix(".npy") {
      try NPY.write(codes, to: out)
    } else {
      try CodeTable.write(codes, labels: labelColumn ? part.labels : [], names: part.files, to: out)
    }
    if let labels { try NPY.write(labels: part.labels, to: labels) }
    let speed = Double(codes.count) / max(seconds, 1e-9)
    Terminal.note(
      "\(grouped(codes.count)) codes of shape \(codes.shape) in \(out)  \(grouped(Int(speed))) samples/s")
    guard json else { return }
    try Terminal.result(
      JSONLine.text([
        "out": JSONLine.Value.text(out), "run": .text(source.run), "samples": .integer(codes.count),
        "samples_per_second": .number(speed), "seconds": .number(seconds),
        "shape": .list(codes.shape.dimensions.map(Double.init)), "weights_sha256": .text(model.weightsDigest),
      ]))
  }
}

struct InverseTransformCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inverse-transform", abstract: "Rebuilds samples from codes.",
    discussion: """
      CODES is what transform wrote, or what another tool made of it: a .npy or .csv file. The result is an array in \
      FILE.npy, a sheet of all pictures in FILE.png, or a folder with a PNG file for each.
      """)

  @OptionGroup var source: RunArgument

  @Argument(help: "A .npy or .csv file with a code for each sample.")
  var codes: String

  @Option(help: ArgumentHelp("A .npy file, a .png file or a folder to write.", valueName: "file"))
  var out = "samples.npy"

  @Option(help: "Worker threads; all cores if not given. The result does not depend on it.")
  var threads: Int?

  @Flag(help: "End with one line of JSON on standard output.")
  var json = false

  func run() throws {
    let threads = try threads?.checkedThreads()
    guard codes.hasSuffix(".npy") || codes.hasSuffix(".csv") else {
      throw HourglassError(.usage, "The codes are in \"\(codes)\", but must be in a .npy or .csv file.")
    }
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
    guard json else { return }
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
