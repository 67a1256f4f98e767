import Foundation
import Testing

/// Every command and every option says what it is for.
struct HelpTests {
  /// What the argument parser knows of a command.
  private struct Command: Decodable {
    struct Argument: Decodable {
      /// Only its name counts.
      struct Completion: Decodable {}
      struct Name: Decodable { var name: String }
      var kind: String
      var names: [Name]?
      var valueName: String?
      var abstract: String?
      var completionKind: [String: Completion]?
      var title: String { names?.last?.name ?? valueName ?? "?" }
    }
    var commandName: String
    var abstract: String?
    var arguments: [Argument]?
    var subcommands: [Command]?

    /// All commands below this one, each with the words that call it; the argument parser's own help is not among them.
    var descendants: [(path: [String], command: Command)] {
      (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { child in
        [([child.commandName], child)]
          + child.descendants.map { ([child.commandName] + $0.path, $0.command) }
      }
    }
  }

  private func tree(_ scratch: Scratch) throws -> Command {
    struct Dump: Decodable { var command: Command }
    let text = try scratch.hourglass("--experimental-dump-help").output
    return try JSONDecoder().decode(Dump.self, from: Data(text.utf8)).command
  }

  @Test func everythingHasAText() throws {
    let scratch = try Scratch(data: false)
    let root = try tree(scratch)
    let commands = root.descendants
    #expect(commands.contains { $0.path == ["detect", "fit"] })
    for (path, command) in [([], root)] + commands {
      #expect(command.abstract?.hasSuffix(".") ?? false, "\(path) has no abstract")
      for argument in command.arguments ?? [] where argument.title != "help" && argument.title != "version" {
        let text = argument.abstract ?? ""
        #expect(text.hasSuffix("."), "\(path) \(argument.title): \"\(text)\"")
      }
    }
  }

  @Test func everyCommandHasHelp() throws {
    let scratch = try Scratch(data: false)
    let root = try tree(scratch)
    for (path, command) in root.descendants {
      let outcome = try scratch.hourglass(path + ["--help"])
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      // It is broken into lines of a terminal's width.
      let text = outcome.output.split { $0.isWhitespace }.joined(separator: " ")
      #expect(text.hasPrefix("OVERVIEW: \(command.abstract ?? "?")"), "\(text)")
      #expect(text.contains("USAGE: hourglass \(path.joined(separator: " "))"), "\(outcome.output)")
      for child in command.subcommands ?? [] where child.commandName != "help" {
        #expect(
          outcome.output.contains("\n  \(child.commandName) "), "\(path) does not list \(child.commandName)")
      }
    }
    let help = try scratch.hourglass("--help")
    #expect(help.status == 0)
    for command in root.subcommands ?? [] { #expect(help.output.contains(command.commandName)) }
    for group in ["TRAIN", "CODES", "SEARCH", "DETECT", "PHOTOS", "FILES", "LEARN"] {
      #expect(help.output.contains("\n\(group) SUBCOMMANDS:\n"))
    }
    #expect(try scratch.hourglass().output == help.output)
  }

  /// Options that several commands have mean the same everywhere; but what threads do is what `benchmark-peak` measures, and `verify`
  /// trains no longer than the run.
  @Test func sharedOptionsHaveOneText() throws {
    let scratch = try Scratch(data: false)
    let commands = try tree(scratch).descendants.map(\.command)
    for (option, least) in [("threads", 10), ("json", 10), ("limit", 8), ("epochs", 4)] {
      let other = ["threads": "benchmark-peak", "epochs": "verify"][option]
      let alike = commands.filter { $0.commandName != other }
      let texts = alike.flatMap { $0.arguments ?? [] }.filter { $0.title == option }.map(\.abstract)
      #expect(texts.count >= least && Set(texts).count == 1, "--\(option): \(Set(texts))")
    }
    let seeds = commands.flatMap { $0.arguments ?? [] }.filter { $0.title == "seed" }.map {
      $0.abstract ?? ""
    }
    #expect(seeds.count >= 8)
    for text in seeds {
      #expect(
        text.hasPrefix("The same seed gives the same result, bit for bit; ")
          && text.hasSuffix("if not given."))
    }
  }

  /// `--out` says what is written, and shells complete it.
  @Test func outputsSayWhatTheyAre() throws {
    let scratch = try Scratch(data: false)
    var count = 0
    for (path, command) in try tree(scratch).descendants {
      for argument in command.arguments ?? [] where argument.title == "out" {
        count += 1
        let text = argument.abstract ?? ""
        let isFolder = argument.completionKind?.keys.contains("directory") ?? false
        #expect(
          isFolder && text.hasPrefix("The run folder; ") || text.contains(" to write"), "\(path): \(text)")
        #expect(isFolder || argument.completionKind?.keys.contains("file") ?? false, "\(path)")
        #expect(argument.valueName != "out", "\(path)")
      }
    }
    #expect(count == 22)
  }

  @Test func mistypedCommandsAreNamed() throws {
    let scratch = try Scratch(data: false)
    let cases: [([String], String)] = [
      (["trian"], "hourglass has no command \"trian\"; did you mean train?"),
      (["Train", "mnist-conv"], "hourglass has no command \"Train\"; did you mean train?"),
      (["detect", "fti", "x.csv"], "hourglass detect has no command \"fti\"; did you mean fit?"),
      (
        ["detect", "plain"],
        "hourglass detect has no command \"plain\", and there is no file of that name; check the name, or see "
          + "hourglass detect --help."
      ),
      (
        ["help", "detect", "plain"], "hourglass detect has no command \"plain\"; see hourglass detect --help."
      ),
      (["nonsense"], "hourglass has no command \"nonsense\"; see hourglass --help."),
      (["help", "trian"], "hourglass has no command \"trian\"; did you mean train?"),
      (["help", "detect", "socre"], "hourglass detect has no command \"socre\"; did you mean score?"),
      (["detect", "socre", "--help"], "hourglass detect has no command \"socre\"; did you mean score?"),
      (["hlep"], "hourglass has no command \"hlep\"; did you mean help?"),
    ]
    for (arguments, sentence) in cases {
      expectRefusal(try scratch.hourglass(arguments), status: 64, saying: "error: \(sentence)\n")
    }
  }

  @Test func version() throws {
    let scratch = try Scratch(data: false)
    let outcome = try scratch.hourglass("--version")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains(/^\d+\.\d+\.\d+\n$/), "\(outcome.output)")
  }
}
