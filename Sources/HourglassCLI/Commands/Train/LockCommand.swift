import ArgumentParser
import Hourglass

struct LockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock",
    abstract: "Lists the SHA-256 of all files of a run, so that what changes later is found.",
    discussion: """
      The list is the run's SHA256SUMS, which sha256sum --check reads as well. hourglass verify checks it first. Sign that one file to sign the run.
      """)

  @Argument(help: ArgumentHelp("A run folder.", valueName: "run"), completion: .directory)
  var path: String

  func run() throws {
    let folder = RunFolder(path)
    // What cannot be read is replaced all the same.
    let before = try? RunSeal.read(folder)?.check().differences
    let seal = try RunSeal.seal(folder)
    if let before, !before.isEmpty {
      Terminal.note(
        "It replaces a list from which \(ReportText.count(before.count, "file")) differed: \(before[0])\(before.count == 1 ? "" : ", and others")"
      )
    }
    Terminal.note("\(ReportText.count(seal.count, "file")) listed in \(RunSeal.path(folder))")
  }
}
