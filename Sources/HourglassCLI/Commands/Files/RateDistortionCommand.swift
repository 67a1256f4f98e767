import ArgumentParser
import Hourglass

struct RateDistortionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rate-distortion",
    abstract: "Draws the bits and errors of models that compress, beside those of JPEG and WebP.",
    discussion: """
      All images go into one file of each model, and side by side on one sheet into JPEG and WebP files of many \
      qualities. Beside the page CURVE.html it writes the chart as CURVE.png and all files' figures as CURVE.csv.
      """)

  enum Page: UsualOutputKind {
    static let valueName = "curve.html"
    static let help = "The page to write."
    static let endings = OutputEndings.oneOf([".html"])
    static let usualPath = "rate-distortion.html"
  }

  @OptionGroup var source: RunArgument

  @Argument(
    help: "More runs: models of the same input, trained with other weights of the rate.", completion: .file())
  var others: [String] = []

  @OptionGroup var data: DataSourceOptions<OtherData>

  @OptionGroup var split: TestSplitOptions

  @OptionGroup var limit: LimitOptions

  @OptionGroup var out: UsualOutput<Page>

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func run() async throws {
    let threads = threads.count
    let arguments = ([source.run] + others).map { run in
      var argument = RunArgument()
      argument.run = run
      return argument
    }
    try checkFiles(areNot: arguments.flatMap(\.files) + [data.name])
    let models = try arguments.map { (name: $0.run, model: try Compressor(try $0.model())) }
    let first = models[0].model.model
    let set = try await source.dataSet(for: first, data.choice)
    try checkFiles(areNot: set.trainingNames + set.testNames)
    let isTest = split.part == .test && set.hasTest
    let images = try (isTest ? set.test : set.training).prefix(limit.count ?? .max).array()
    let curve = try Interruption.stops("no curve was written") {
      try RateDistortionCurve(of: images, models: models, threads: threads, progress: ProgressBar().report)
    }
    let subject =
      "\(grouped(images.count)) \(isTest ? "test " : "")images of \(set.name)"
    let page = RateDistortionPage(curve, subject: subject)
    try files.write { try page.write(to: out.path) }
    for point in curve.models.points { Terminal.note(line(point, curve)) }
    Terminal.note(page.verdict)
    Terminal.note("curve: \(out.path)")
    guard json.isAsked else { return }
    try Terminal.result(JSONLine.text(Result(curve, page: out.path, samples: images.count)))
  }

  /// The files that are written, the page first.
  private var files: [OutputFile] {
    let stem = out.path.dropping(ending: "html")
    return [out.file] + ["png", "csv"].map { out.file.companion("\(stem)\($0)") }
  }

  private func checkFiles(areNot inputs: [String?]) throws {
    for file in files { try file.check(isNot: inputs) }
  }

  private func line(_ point: RateDistortionCurve.Point, _ curve: RateDistortionCurve) -> String {
    let quality = point.quality
    let ratio = quality.peakSignalToNoiseRatio
    func other(_ series: RateDistortionCurve.Series) -> String {
      guard let rate = series.bitsPerPixel(at: ratio) else { return "\(series.name) not reached" }
      return
        "\(series.name) \(ReportText.fixed(rate, 4)) (\(ReportText.fixed(100 * quality.bitsPerPixel / rate, 1)) %)"
    }
    return
      "\(point.name): \(ReportText.fixed(ratio, 2)) dB at \(ReportText.fixed(quality.bitsPerPixel, 4)) bits per pixel; "
      + "\(other(curve.jpeg)), \(other(curve.webp))"
  }

  private struct Result: Encodable {
    struct File: Encodable {
      var name: String
      var bytes: Int
      var bitsPerPixel: Double
      var psnr: Double
      var similarity: Double?
      /// Bits per pixel of the others at the same PSNR.
      var jpegBitsPerPixel: Double?
      var webpBitsPerPixel: Double?

      enum CodingKeys: String, CodingKey {
        case name, bytes, psnr
        case bitsPerPixel = "bits_per_pixel"
        case similarity = "ms_ssim"
        case jpegBitsPerPixel = "jpeg_bits_per_pixel"
        case webpBitsPerPixel = "webp_bits_per_pixel"
      }
    }
    var hourglass: [File]
    var jpeg: [File]
    var webp: [File]
    var page: String
    var samples: Int
    var webpOvertakesAt: Double?

    enum CodingKeys: String, CodingKey {
      case hourglass, jpeg, webp, page, samples
      case webpOvertakesAt = "webp_overtakes_at"
    }

    init(_ curve: RateDistortionCurve, page: String, samples: Int) {
      func files(_ series: RateDistortionCurve.Series, compared: Bool = false) -> [File] {
        series.points.map { point in
          let quality = point.quality
          let ratio = quality.peakSignalToNoiseRatio
          return File(
            name: point.name, bytes: quality.bytes, bitsPerPixel: quality.bitsPerPixel, psnr: ratio,
            similarity: quality.similarity,
            jpegBitsPerPixel: compared ? curve.jpeg.bitsPerPixel(at: ratio) : nil,
            webpBitsPerPixel: compared ? curve.webp.bitsPerPixel(at: ratio) : nil)
        }
      }
      hourglass = files(curve.models, compared: true)
      jpeg = files(curve.jpeg)
      webp = files(curve.webp)
      self.page = page
      self.samples = samples
      webpOvertakesAt = curve.webpOvertakesAt
    }
  }
}
