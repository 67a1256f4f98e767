import ArgumentParser
import Hourglass

struct TransformCommand: AsyncParsableCommand, WorksInProcesses {
  static let configuration = CommandConfiguration(
    commandName: "transform", abstract: "Writes a model's codes of samples, for other tools.",
    discussion: """
      The codes are those of the test part of the run's data, or of those that --data names. FILE.npy holds 32-bit floats of shape [samples] + the code's shape; FILE.csv a code a line, each number with as many \
      digits as bring it back exactly, and the file of each sample that has one. inverse-transform goes the other way.
      """)

  enum Codes: UsualOutputKind {
    static let help = "The .npy or .csv file to write."
    static let endings = OutputEndings.oneOf([".npy", ".csv"])
    static let usualPath = "codes.npy"
  }

  enum Labels: OutputKind {
    static let option = "labels"
    static let valueName = "labels.npy"
    static let help = "Also write the samples' classes, as 64-bit integers, to this .npy file."
    static let endings = OutputEndings.oneOf([".npy"])
  }

  @OptionGroup var source: RunArgument
  @OptionGroup var options: DataOptions

  @OptionGroup var out: UsualOutput<Codes>

  @OptionGroup var labels: OptionalOutput<Labels>

  @Flag(help: "Write the samples' classes as the column \"label\" of a .csv file.")
  var labelColumn = false

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(
      !labelColumn || out.path.ends(with: ".csv"),
      "--label-column is for .csv files, but --out is \(out.path); write labels to a file of their own with --labels."
    )
    try requireDifferent([out.file, labels.file])
  }

  func run() async throws {
    let processes = try Processes.join()
    let threads = threads.count
    try source.checkSaysData(options.data)
    if processes.isFirst {
      try out.file.check(isNot: source.files + [options.data])
      try labels.file?.check(isNot: source.files + [options.data])
    }
    let model = try source.model()
    let part = try await options.part(of: source, for: model, usual: .test)
    guard labels.path == nil && !labelColumn || !part.labels.isEmpty else {
      throw HourglassError(.usage, "\(part.name) has no labels; leave out --labels and --label-column.")
    }
    try Processes.agree(model: source.modelFile(), samples: part.samples)
    let clock = ContinuousClock()
    let begun = clock.now
    let codes = try Interruption.stops("no codes were written") {
      try model.encode(
        part.samples, threads: threads, processes: processes, progress: ProgressBar().report)
    }
    guard processes.isFirst else { return }
    let seconds = (clock.now - begun) / .seconds(1)
    try out.file.write { path in
      if path.ends(with: ".npy") {
        try NPY.write(codes, to: path)
      } else {
        try CodeTable.write(codes, labels: labelColumn ? part.labels : [], names: part.files, to: path)
      }
    }
    try labels.file?.write { try NPY.write(labels: part.labels, to: $0) }
    let speed = Double(codes.count) / max(seconds, 1e-9)
    Terminal.note(
      "\(grouped(codes.count)) codes of shape \(codes.shape) in \(out.path)  \(grouped(Int(speed))) samples/s"
    )
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "out": JSONLine.Value.text(out.path), "run": .text(source.run), "samples": .integer(codes.count),
        "samples_per_second": .number(speed), "seconds": .number(seconds),
        "shape": .list(codes.shape.dimensions.map(Double.init)), "weights_sha256": .text(model.weightsDigest),
      ]))
  }
}
