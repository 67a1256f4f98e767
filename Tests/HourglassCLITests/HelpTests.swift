import Foundation
import Testing

/// Every command and every option says what it is for.
struct HelpTests {
  /// What the argument parser knows of a command.
  private struct Command: Decodable {
    struct Argument: Decodable {
      struct Name: Decodable { var name: String }
      var kind: String
      var names: [Name]?
      var valueName: String?
      var abstract: String?
      var title: String { names?.last?.name ?? valueName ?? "?" }
    }
    var commandName: String
    var abstract: String?
    var arguments: [Argument]?
    var subcommands: [Command]?
  }

  private func tree(_ scratch: Scratch) throws -> Command {
    struct Dump: Decodable { var command: Command }
    let text = try scratch.hourglass("--experimental-dump-help").output
    return try JSONDecoder().decode(Dump.self, from: Data(text.utf8)).command
  }

  @Test func everythingHasAText() throws {
    let scratch = try Scratch(data: false)
    let root = try tree(scratch)
    let commands = root.subcommands ?? []
    #expect(commands.count >= 7)
    // Its own help is the argument parser's.
    for command in [root] + commands where command.commandName != "help" {
      #expect(command.abstract?.hasSuffix(".") ?? false, "\(command.commandName) has no abstract")
      for argument in command.arguments ?? [] where argument.title != "help" && argument.title != "version" {
        let text = argument.abstract ?? ""
        #expect(text.hasSuffix("."), "\(command.commandName) \(argument.title): \"\(text)\"")
      }
    }
  }

  @Test func everyCommandHasHelp() throws {
    let scratch = try Scratch(data: false)
    let root = try tree(scratch)
    for command in root.subcommands ?? [] where command.commandName != "help" {
      let outcome = try scratch.hourglass(command.commandName, "--help")
      #expect(outcome.status == 0 && outcome.errors.isEmpty)
      // It is broken into lines of a terminal's width.
      let text = outcome.output.split { $0.isWhitespace }.joined(separator: " ")
      #expect(text.hasPrefix("OVERVIEW: \(command.abstract ?? "?")"), "\(text)")
      #expect(text.contains("USAGE: hourglass \(command.commandName)"), "\(outcome.output)")
    }
    let help = try scratch.hourglass("--help")
    #expect(help.status == 0)
    for command in root.subcommands ?? [] { #expect(help.output.contains(command.commandName)) }
    #expect(try scratch.hourglass().output == help.output)
  }

  @Test func version() throws {
    let scratch = try Scratch(data: false)
    let outcome = try scratch.hourglass("--version")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains(/^\d+\.\d+\.\d+\n$/), "\(outcome.output)")
  }
}
