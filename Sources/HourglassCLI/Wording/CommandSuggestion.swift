import ArgumentParser
import Hourglass

/// What to say of a command that does not exist.
enum CommandSuggestion {
  /// - Parameter arguments: what follows the program's name.
  /// - Returns: nil when the commands exist, and something else must be wrong.
  static func sentence(for arguments: [String]) -> String? {
    var command: any ParsableCommand.Type = HourglassCommand.self
    var path = ["hourglass"]
    // The program's own help, which takes the words of a command.
    let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
    for word in words {
      let commands = command.configuration.subcommands
      guard !commands.isEmpty, !word.begins(with: "-") else { return nil }
      if let next = commands.first(where: { $0.configuration.commandName == word }) {
        command = next
        path.append(word)
        continue
      }
      // Only the program has the command, and its help has a help too.
      let help = path.count == 1 ? ["help"] : []
      guard !help.contains(word) else { return nil }
      // A command that can be left out is followed by a file as well.
      let canBeFile = command.configuration.defaultSubcommand != nil
      guard !canBeFile || !isFile(word) else { return nil }
      let names = commands.compactMap { $0.configuration.commandName } + help
      let whole = path.joined(separator: " ")
      let fact = "\(whole) has no command \(word.quotedForMessage)"
      if let nearest = nearestName(to: word, among: names) { return "\(fact); did you mean \(nearest)?" }
      // Help is asked of commands only.
      guard canBeFile, arguments.first != "help" else { return "\(fact); see \(whole) --help." }
      return "\(fact), and there is no file of that name; check the name, or see \(whole) --help."
    }
    return nil
  }

  /// Whether a word is a file, or looks like the name of one.
  private static func isFile(_ word: String) -> Bool {
    if word.unicodeScalars.contains(where: { $0 == "." || $0 == "/" }) || DatabaseAddress.isOne(word) {
      return true
    }
    // What cannot be looked at is not taken for absent.
    return (try? FileEntry.exists(word)) ?? true
  }
}
