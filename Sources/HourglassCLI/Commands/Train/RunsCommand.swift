import ArgumentParser
import Hourglass

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "Lists the runs below a folder, finished or not, in one table.",
    discussion: """
      Columns are run, kind, state, recipe, data, epochs, train_loss (loss), validation_loss (validation), seconds, \
      samples_per_second, parameters, seed, weights_sha256 (digest), changed, every measure, such as psnr, and every setting of a \
      recipe by its path, such as optimizer.adam.learning_rate. A terminal shows as many as fit.
      """)

  @Argument(
    help: ArgumentHelp("The folder; runs if not given.", valueName: "folder"), completion: .directory)
  var folder = "runs"

  @Option(help: ArgumentHelp("The column to sort by; run if not given.", valueName: "column"))
  var sort = "run"

  @Flag(help: "Put the greatest first.")
  var descending = false

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Show only runs for which this holds, such as recipe=vae, \"loss<0.01\" or data~photos (=, !=, <, <=, >, >=, and ~ for a part of a text); may be repeated.",
      valueName: "condition"))
  var conditions: [String] = []

  @Option(help: ArgumentHelp("The columns to show, separated by commas.", valueName: "columns"))
  var columns: String?

  @OptionGroup var json: JSONOptions

  @Flag(
    help: "Print a table with commas on standard output, with all columns if --columns does not say which.")
  var csv = false

  func validate() throws {
    try require(folder != "", "The folder is empty; name the folder that your runs are in.")
    try require(!(json.isAsked && csv), "--json and --csv each ask for something else; give one of them.")
    try require(
      !json.isAsked || columns == nil, "--columns is for tables; --json has all that is known of each run.")
    _ = try filters()
  }

  private func filters() throws -> [RunFilter] {
    try conditions.map { text in try checked { try RunFilter(text) } }
  }

  func run() throws {
    let listing = try RunListing(below: folder)
    for note in listing.notes { Terminal.note(note) }
    var table = RunTable(listing.runs)
    let found = table.runs.count
    // Of no runs nobody knows the columns.
    if found > 0 {
      try table.keep(filters())
      try table.sort(by: sort, descending: descending)
    }
    if json.isAsked {
      try Terminal.result(JSONLine.text(["runs": table.runs]))
    } else if csv {
      let chosen = try chosenColumns(of: table) ?? table.allColumns
      try Terminal.result(
        lines: [chosen.map(\.name.tableCell).joined(separator: ",")]
          + table.runs.map { run in
            chosen.map { $0.value(of: run).plainText.tableCell }.joined(separator: ",")
          })
    } else if !table.runs.isEmpty {
      try show(table, chosenColumns(of: table))
    }
    if table.runs.isEmpty {
      Terminal.note(
        found == 0
          ? "There are no runs in \(folder); hourglass train and hourglass detect fit make some."
          : "Of \(ReportText.count(found, "run")) none is as --where says.")
    }
    for run in table.runs {
      if let complaint = run.complaint { Terminal.note("\(run.path): \(complaint)") }
    }
  }

  private func chosenColumns(of table: RunTable) throws -> [RunColumn]? {
    try columns.map { list in try list.parts(at: ",").map { try table.column($0) } }
  }

  private func show(_ table: RunTable, _ chosen: [RunColumn]?) throws {
    let columns = try chosen ?? table.usualColumns(sortedBy: sort)
    let text = TextTable(
      columns: columns.map { .init(heading: $0.heading, isNumber: $0.isNumber, isPath: $0.isPath) },
      rows: table.runs.map { run in columns.map { $0.text(of: run) } })
    let (lines, leftOut) = text.lines(width: Terminal.outputWidth, keepsColumns: chosen != nil)
    try Terminal.result(lines: lines)
    if !leftOut.isEmpty {
      Terminal.note(
        "Left out for want of room: \(leftOut.joined(separator: ", ")); --columns chooses, --csv has all.")
    }
  }
}
