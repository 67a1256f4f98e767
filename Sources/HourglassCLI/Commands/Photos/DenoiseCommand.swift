import ArgumentParser
import Hourglass

struct DenoiseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "denoise",
    abstract:
      "Cleans or sharpens a photo of any size, or a folder of them, or a recording, with a trained model.",
    discussion: """
      A model of the recipe photo-denoise takes noise away, one of photo-deblur sharpens soft photos. \
      Takes PNG, JPEG and WebP files, grey or coloured. Transparent places become white, and 16-bit samples 8-bit ones. A \
      folder's sub-folders and names are kept, but WebP files become PNG.

      A model of sound-denoise takes noise off voices: IN is a WAV, FLAC or OGG file of any length, rate and number of channels, and \
      --out names a WAV or FLAC file.
      """)

  enum Photo: OutputKind {
    static let valueName = "out.png"
    static let help =
      "The PNG or JPEG file to write, the WAV or FLAC file of a recording; a folder if IN is one."
  }

  enum Figure: OutputKind {
    static let option = "figure"
    static let help =
      "A PNG or JPEG file for a part of each photo, up to eight of them: as it was, mended, original."
    static let endings = OutputEndings.picture
  }

  @OptionGroup var source: RunArgument

  @Argument(
    help: ArgumentHelp("A photo, a folder of photos, or a recording.", valueName: "in"), completion: .file())
  var input: String

  @OptionGroup var out: RequiredOutput<Photo>

  @Option(
    help: ArgumentHelp(
      "The clean original, or a folder with those of the same names: PSNR and SSIM before and after are measured.",
      valueName: "original"), completion: .file())
  var clean: String?

  @Option(
    help: ArgumentHelp(
      "To try the model out: IN is the clean original, to which noise of this deviation, in levels of 255, is added.",
      valueName: "sigma"))
  var noise: Double?

  @Option(
    help: ArgumentHelp(
      "To try the model out: IN is the sharp original, which is blurred by a Gaussian of this deviation, in pixels, before any noise.",
      valueName: "sigma"))
  var blur: Double?

  @Option(
    help: ArgumentHelp(
      "How strongly IN is spoilt, for a model that is told: the deviation of its blur in pixels, such as 0.8, or of its noise in levels of 255. Without it a trial's own, else the model's usual one.",
      valueName: "sigma"))
  var level: Double?

  @OptionGroup var seed: SeedOptions<SeedOne>

  @Flag(
    help:
      "With an original: also measure simple filters at the settings that suit it best: median and Gaussian for noise, unsharp masking and Richardson-Lucy for blur."
  )
  var compare = false

  @OptionGroup var figure: OptionalOutput<Figure>

  @Option(help: ArgumentHelp("Pixels along a side of the tiles that the model takes.", valueName: "pixels"))
  var tile = PhotoDenoiser.usualTileSize

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  /// Whether IN is an original that is spoilt first.
  var isTrial: Bool { noise != nil || blur != nil }

  func validate() throws {
    try require(
      noise == nil || clean == nil,
      "--noise and --clean exclude each other: with --noise the photo itself is the clean original.")
    try require(
      noise.map { $0 > 0 && $0 <= 255 } ?? true,
      "--noise is \(noise ?? 0), but must be above 0 and at most 255 (levels), such as 25.")
    try require(
      blur == nil || clean == nil,
      "--blur and --clean exclude each other: with --blur the photo itself is the sharp original.")
    try require(
      blur.map { 0.1...20 ~= $0 } ?? true,
      "--blur is \(blur ?? 0), but must be from 0.1 to 20 (pixels), such as 1.")
    try require(
      !compare || isTrial || clean != nil,
      "--compare needs the clean original; add --clean ORIGINAL, or --noise SIGMA or --blur SIGMA to spoil a clean photo."
    )
    try require(tile, in: 32...1024, option: "--tile")
    try requireDifferent([out.file, figure.file])
  }

  func run() throws {
    if SoundKind.isSound(input) { return try SoundDenoisingSession.run(self) }
    let threads = threads.count
    let isFolder = try Folder(input).exists
    let tree = try isFolder ? PictureTree(input) : nil
    if let tree, tree.pictures.isEmpty {
      throw HourglassError(
        .environment, "\(tree.folder) has no \(PictureKinds.readNames) picture; give a folder that has some.")
    }
    let inputs = source.files + [input, clean]
    let photos = tree.map { tree in tree.pictures.map { "\(tree.folder)/\($0)" } } ?? []
    let outputs = tree?.outputs ?? []
    if isFolder {
      try out.file.checkIsNone(of: inputs)
      try out.file.checkIsOutside(input)
      // In a folder around it, results may have the very places of photos.
      try outputs.map { "\(out.path)/\($0)" }.checkAreNone(of: photos, as: out.file.name)
    } else {
      if let complaint = OutputEndings.picture.complaint(about: out.path, of: Photo.option) {
        throw HourglassError(.usage, complaint)
      }
      try out.file.check(isNot: inputs)
    }
    try figure.file?.check(isNot: inputs + photos)
    let denoiser = try PhotoDenoiser(
      source.model(), tileSize: tile, overlap: min(PhotoDenoiser.usualOverlap, tile / 2), threads: threads)
    if let level { try denoiser.check(level: level) }
    let session = DenoisingSession(self, denoiser)
    try Interruption.stops("\(session.results.count) photos were written") {
      if let tree {
        for other in tree.others { Terminal.note("\(other): no PNG, JPEG or WebP by its name, passed over") }
        for (name, output) in zip(tree.pictures, outputs) {
          try session.tryRun(name, in: tree, outputName: output)
        }
      } else {
        try session.run(input, input: input, output: out.file, original: clean)
      }
    }
    try session.conclude(passedOver: tree?.others.count ?? 0)
  }
}
