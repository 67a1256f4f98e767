import ArgumentParser
import Hourglass

struct DataShardCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shard",
    abstract: "Writes data as a folder of shards, which train reads as it needs them.",
    discussion: """
      A folder of shards holds samples in files of NumPy's, train/part-00000.npy and so on, and their counts and SHA-256 in manifest.json. Data are \
      written a block at a time, however large they are. Of a table the columns of numbers are the samples.
      """)

  @Argument(
    help: ArgumentHelp(
      "The name of a data set, a folder, a .npy, .npz or .safetensors file, or a table: a CSV file, sqlite:FILE?table=T or postgresql://HOST/NAME?table=T.",
      valueName: "source"), completion: .file())
  var source: String

  @Option(
    help: ArgumentHelp("The folder to write; nothing may lie there yet.", valueName: "dir"),
    completion: .directory)
  var out: String

  @Option(help: ArgumentHelp("Megabytes that a file has at most.", valueName: "megabytes"))
  var shardSize = 256

  @Option(help: ArgumentHelp("Scale pictures to this height and width.", valueName: "height,width"))
  var resize: String?

  @Option(
    help: ArgumentHelp(
      "Scale pictures to fill this height and width, and cut them to it.", valueName: "height,width"))
  var crop: String?

  @Option(help: "Make pictures grey (1) or coloured (3).")
  var channels: Int?

  @OptionGroup var arrays: AxesOptions

  @OptionGroup var pictures: StrictOptions

  @Option(
    help: ArgumentHelp(
      "Between two cells of a CSV file; found out if not given. \"tab\" is a tabulator.",
      valueName: "character"))
  var separator: String?

  @Flag(
    inversion: .prefixedNo, help: "Whether the first line of a CSV file holds names; found out if not given.")
  var header: Bool?

  @Option(help: ArgumentHelp("Columns of a table to leave out, separated by commas.", valueName: "columns"))
  var ignore: String?

  func validate() throws {
    try requireNamed(source)
    try require(out != "", "--out is empty; name the folder to write.")
    try require(shardSize, in: 1...1_000_000, option: "--shard-size")
    try require(
      resize == nil || crop == nil, "Give either --resize or --crop, since crop scales pictures too.")
    for (option, text) in [("--resize", resize), ("--crop", crop)] {
      try require(
        text == nil || Self.sides(text) != nil,
        "\(option) is \"\(text ?? "")\", but must be height and width, such as 64,64.")
    }
    try require([nil, 1, 3].contains(channels), "--channels is \(channels ?? 0), but must be 1 or 3.")
    try require(
      separator == nil || character != nil,
      "--separator is \"\(separator ?? "")\", but must be one character, such as \";\", or tab.")
  }

  /// - Throws: `HourglassError` (usage) when an option is given that is for other data.
  private func checkOptions(isTable: Bool) throws {
    let options = [
      ("--separator", separator != nil, true), ("--header", header != nil, true),
      ("--ignore", ignore != nil, true),
      ("--resize", resize != nil, false), ("--crop", crop != nil, false),
      ("--channels", channels != nil, false),
      ("--axes", arrays.channels != nil, false), ("--strict", pictures.isStrict, false),
    ]
    for (option, isGiven, isForTables) in options where isGiven && isForTables != isTable {
      throw HourglassError(
        .usage,
        "\(option) is for \(isForTables ? "tables" : "pictures and arrays"), but \(source) is \(isTable ? "a table" : "none"); leave it out."
      )
    }
  }

  private static func sides(_ text: String?) -> (height: Int, width: Int)? {
    let sides = ColumnNames.split(text ?? "", known: []).map { Int($0) }
    guard sides.count == 2, let height = sides[0], let width = sides[1], 1...4096 ~= height, 1...4096 ~= width
    else { return nil }
    return (height, width)
  }

  private var character: Character? {
    let text = separator == "tab" || separator == "\\t" ? "\t" : separator ?? ""
    return text.count == 1 ? text.first : nil
  }

  /// Whether the source is a table: a database's, or a file that is no other kind of data.
  private var isTable: Bool {
    get throws {
      if DatabaseAddress.isOne(source) { return true }
      guard DataSource(source).kind == .folder else { return false }
      return try FileEntry.at(source) == .file
    }
  }

  func run() async throws {
    let (source, out, bytes) = (source, out, shardSize * 1_000_000)
    let files: Int
    let samples: Int
    let isTable = try self.isTable
    try checkOptions(isTable: isTable)
    if isTable {
      var format = TableFormat(hasHeader: header)
      format.separator = character
      let ignored = try Set(
        ColumnNames.split(ignore ?? "", known: TableReader(path: source, format: format).columnNames))
      let written = try await Interruption.cancels("no shards were written") { [format] in
        try await onOwnThread { cancellation in
          let bar = ProgressBar()
          return try ShardFolder.write(
            table: source, format: format, ignoring: ignored, to: out, bytes: bytes
          ) {
            try cancellation.check()
            bar.show($0)
          }
        }
      }
      (files, samples) = (written.files, written.samples)
      Terminal.note("A sample is a row of \(ReportText.count(written.columns.count, "column")).")
    } else {
      var fitting = PictureFitting(channels: channels)
      if let (height, width) = Self.sides(resize) { fitting.extent = .resize(height: height, width: width) }
      if let (height, width) = Self.sides(crop) { fitting.extent = .crop(height: height, width: width) }
      let description = DataDescription(
        DataSource(source), axes: arrays.channels, fitting: fitting, isStrict: pictures.isStrict)
      let written = try await Interruption.cancels("no shards were written") {
        try await ShardFolder.write(description, to: out, bytes: bytes, progress: ProgressBar().show)
      }
      (files, samples) = (written.files, written.samples)
      for note in written.notes { Terminal.note(note) }
    }
    try Terminal.result(
      "\(out): \(ReportText.count(samples, "sample")) in \(ReportText.count(files, "shard"))")
  }
}

struct DataCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Compares the files of a folder of shards with their SHA-256.")

  @Argument(help: ArgumentHelp("A folder of shards.", valueName: "dir"), completion: .directory)
  var folder: String

  func validate() throws { try requireNamed(folder) }

  func run() async throws {
    let folder = folder
    let (files, samples) = try await Interruption.cancels("the shards were not checked") {
      try await onOwnThread { cancellation in
        let bar = ProgressBar()
        return try ShardFolder.check(folder) {
          try cancellation.check()
          bar.show($0)
        }
      }
    }
    try Terminal.result(
      "\(folder): \(ReportText.count(samples, "sample")) in \(ReportText.count(files, "file")), as the manifest says"
    )
  }
}
