import ArgumentParser
import Hourglass

struct CompressCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress", abstract: "Compresses a picture, or a set of samples, with a trained model.",
    discussion: """
      RUN is a model whose code is quantised, such as the recipe image-compression trains; how small files become is \
      settled in training. A picture of any size is cut into tiles of the model's; with --data all samples of a set go \
      into one file. The file is decompressed at once to measure what it has lost. decompress needs the same model.
      """)

  enum Compressed: OutputKind {
    static let valueName = "x.hgz"
    static let help = "The .hgz file to write."
    static let endings = OutputEndings.oneOf([".hgz"])
  }

  @OptionGroup var source: RunArgument

  @Argument(help: "The PNG, JPEG or WebP file to compress.", completion: .file())
  var picture: String?

  @OptionGroup var data: DataSourceOptions<DataToCompress>

  @OptionGroup var split: TestSplitOptions

  @OptionGroup var limit: LimitOptions

  @OptionGroup var out: RequiredOutput<Compressed>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(
      (picture == nil) != (data.name == nil),
      picture == nil
        ? "Nothing says what to compress; give a PNG, JPEG or WebP file, or a set with --data."
        : "Both a picture, \(picture ?? ""), and --data are given; compress one at a time.")
    try require(
      picture == nil || data.axes == nil,
      "--axes is for arrays, but \(picture ?? "") is a picture; leave it out.")
    try require(
      picture == nil || !data.pictures.isStrict,
      "--strict is for folders, but \(picture ?? "") is a picture; leave it out.")
  }

  func run() async throws {
    let threads = threads.count
    try out.file.check(isNot: source.files + [picture, data.name])
    if let picture {
      try checkIsNoFolder(
        picture, butA: "picture", give: "a PNG, JPEG or WebP file, or all samples of a folder")
    }
    let model = try source.model()
    let compressor = try Compressor(model)
    let clock = ContinuousClock()
    let begun = clock.now
    let pixels = try picture.map { try Picture.read(path: $0) }
    let original: SampleArray
    if let pixels {
      original = try SampleArray([pixels])
    } else {
      original = try await source.samples(for: model, data.choice, split: split.part)
        .prefix(
          limit.count ?? .max
        ).array()
    }
    try Interruption.stops("\(out.path) is as it was") {
      let bar = ProgressBar()
      let bytes =
        try pixels.map { try compressor.compress($0, threads: threads, progress: bar.report) }
        ?? compressor.compress(original, threads: threads, progress: bar.report)
      let encoded = clock.now
      let decompressed: SampleArray =
        switch try compressor.decompress(
          bytes, source: out.path, threads: threads, progress: bar.report)
        {
        case .picture(let picture): try SampleArray([picture])
        case .samples(let samples): samples
        }
      let decoded = clock.now
      let quality = try CompressionQuality(original: original, decompressed: decompressed, bytes: bytes.count)
      try Interruption.check()
      try out.file.write { try AtomicFile.write(bytes, to: $0) }
      let jpeg = try JPEGComparison(of: original, atLeast: quality.peakSignalToNoiseRatio)
      try report(
        quality, of: original, compressor, jpeg, encoding: (encoded - begun) / .seconds(1),
        decoding: (decoded - encoded) / .seconds(1))
    }
  }

  private func report(
    _ quality: CompressionQuality, of original: SampleArray, _ compressor: Compressor,
    _ jpeg: JPEGComparison?, encoding: Double, decoding: Double
  ) throws {
    let scales = quality.scales < 5 ? " (\(quality.scales) of 5 scales)" : ""
    let similarity = quality.similarity.map { "  ms-ssim \(ReportText.fixed($0, 4))\(scales)" } ?? ""
    Terminal.note(
      "\(grouped(quality.bytes)) bytes, \(ReportText.fixed(quality.bitsPerPixel, 4)) bits per pixel  "
        + "psnr \(ReportText.fixed(quality.peakSignalToNoiseRatio, 2))\(similarity)")
    Terminal.note(
      "\(out.path): compressed in \(ReportText.fixed(encoding, 2)) s, decompressed to measure it in \(ReportText.fixed(decoding, 2)) s"
    )
    if let jpeg { Terminal.note(jpeg.verdict(on: quality)) }
    guard json.isAsked else { return }
    var result: [String: JSONLine.Value] = [
      "bits_per_pixel": .number(quality.bitsPerPixel), "bytes": .integer(quality.bytes),
      "decode_seconds": .number(decoding), "encode_seconds": .number(encoding),
      "model": .text(compressor.modelDigest), "mse": .number(quality.meanSquaredError),
      "out": .text(out.path),
      "pixels": .integer(quality.pixels), "psnr": .number(quality.peakSignalToNoiseRatio),
      "run": .text(source.run), "samples": .integer(original.count),
    ]
    if let jpeg {
      result["jpeg_bytes"] = .integer(jpeg.bytes)
      result["jpeg_psnr"] = .number(jpeg.peakSignalToNoiseRatio)
      result["verdict"] = .text(jpeg.verdict(on: quality))
    }
    if let similarity = quality.similarity {
      result["ms_ssim"] = .number(similarity)
      result["ms_ssim_scales"] = .integer(quality.scales)
    }
    try Terminal.result(JSONLine.text(result))
  }
}
