import ArgumentParser
import Hourglass

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Trains a run again from its recipe and its data, and compares bit by bit.",
    discussion: """
      It prints identical and the weights' SHA-256 where nothing differs, and else says what does first: a locked file, the data, the recipe, an epoch or the weights, with exit status 65. The run itself is only read. Pictures and reports are not made again.
      """)

  @Argument(help: ArgumentHelp("A run folder.", valueName: "run"), completion: .directory)
  var path: String

  @OptionGroup var data: DataSourceOptions<OtherData>

  @Option(
    help: ArgumentHelp("Compare the first epochs only, and no weights; all if not given.", valueName: "n"))
  var epochs: Int?

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func validate() throws { try require(epochs, in: EpochOptions.range, option: "--epochs") }

  func run() async throws {
    let folder = RunFolder(path)
    guard try folder.holdsRun else {
      throw HourglassError(.usage, "There is no run in \(path)", .text("give the folder of one"))
    }
    // Before anything else is read of it.
    let notes = try folder.checkSeal()
    var recipe = try RecipeCatalogue.recipe(folder.recipe)
    recipe.data.take(data.choice)
    let (loaded, samples) = try await recipe.loadDataHeedingSignals(adapts: false)
    let progress = TrainingProgress()
    let (epochs, threads) = (self.epochs, threads.count)
    let verification = try await Interruption.stops("the run was not verified") {
      try await folder.verify(
        recipe: loaded, data: samples, epochs: epochs, threads: threads, notes: notes
      ) { event in
        progress.report(event)
        try Interruption.check()
      }
    }
    for note in verification.notes { Terminal.note(note) }
    let counted = ReportText.count(verification.epochs, "epoch")
    if json.isAsked {
      var members: [String: JSONLine.Value] = [
        "identical": .boolean(true), "epochs": .integer(verification.epochs), "run": .text(path),
      ]
      members["weights_sha256"] = verification.weightsSHA256.map { .text($0) }
      try Terminal.result(JSONLine.text(members))
    } else if let digest = verification.weightsSHA256 {
      try Terminal.result("identical  \(digest)  (\(counted))")
    } else {
      try Terminal.result("identical in the first \(counted); weights are compared without --epochs")
    }
  }
}
