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
      guard command.configuration.defaultSubcommand == nil || !isFile(word) else { return nil }
      let names = commands.compactMap { $0.configuration.commandName } + help
      let whole = path.joined(separator: " ")
      let fact = "\(whole) has no command \(word.quotedForMessage)"
      let nearest = nearestName(to: word, among: names)
      return nearest.map { "\(fact); did you mean \($0)?" } ?? "\(fact); see \(whole) --help."
    }
    return nil
  }

  /// Whether a word is a file, or looks like the name of one.
  private static func isFile(_ word: String) -> Bool {
    if word.unicodeScalars.contains(where: { $0 == "." || $0 == "/" }) { return true }
    return (try? FileEntry.exists(word)) ?? false
  }
}
