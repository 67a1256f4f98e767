import ArgumentParser
import Hourglass

/// What a detector looks at: a table, or images.
struct TableOrImagesOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A CSV file, plain or .gz; - is standard input; or of a database sqlite:FILE?table=TABLE or postgresql://USER@HOST/DATABASE?table=TABLE.",
      valueName: "file"),
    completion: .file())
  var file: String?

  @Option(
    help: ArgumentHelp("What is read of a database instead of a table: one SELECT.", valueName: "select"))
  var query: String?

  @Option(
    help: ArgumentHelp(
      "Images instead of a table: a folder, a .npy or .npz file, or the name of a data set.", valueName: "dir"
    ), completion: .file())
  var data: String?

  @OptionGroup var arrays: AxesOptions

  @OptionGroup var pictures: StrictOptions

  var axes: ChannelAxis? { arrays.channels }

  /// The table: a path, or the address of a table or query of a database.
  var table: String? {
    guard let file, let query else { return file }
    return "\(file)\(file.utf8.contains(UInt8(ascii: "?")) ? "&" : "?")query=\(query)"
  }

  /// Where a database is named.
  var database: DatabaseAddress? {
    get throws { try table.flatMap { DatabaseAddress.isOne($0) ? try DatabaseAddress($0) : nil } }
  }

  /// The file that a table lies in, if it lies in one.
  var tableFile: String? {
    get throws { if let database = try database { database.path } else { file } }
  }

  func validate() throws {
    try requireNamed(data)
    let database = try checked { () throws -> DatabaseAddress? in try self.database }
    if query != nil {
      let isOpen = try database != nil && checked { try DatabaseAddress(file ?? "").selection == nil }
      try require(
        isOpen,
        "--query is for databases; give it with sqlite:FILE or postgresql://USER@HOST/DATABASE and no table.")
    }
    try require(axes == nil || data != nil, "--axes is for images; give them with --data FILE.npy.")
    try require(
      !pictures.isStrict || data != nil, "--strict is for pictures; give them with --data DIR.")
  }
}
