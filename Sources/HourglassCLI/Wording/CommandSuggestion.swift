import ArgumentParser
import Hourglass

/// What to say of a command that does not exist.
enum CommandSuggestion {
  /// - Parameter arguments: what follows the program's name.
  /// - Returns: nil when the commands exist, and something else must be wrong.
  static func sentence(for arguments: [String]) -> String? {
    var command: any ParsableCommand.Type = HourglassCommand.self
    var path = ["hourglass"]
    for argument in arguments {
      let commands = command.configuration.subcommands
      guard !commands.isEmpty, !argument.hasPrefix("-") else { return nil }
      if let next = commands.first(where: { $0.configuration.commandName == argument }) {
        command = next
        path.append(argument)
        continue
      }
      let names = commands.compactMap { $0.configuration.commandName }
      let whole = path.joined(separator: " ")
      let fact = "\(whole) has no command \(argument.quotedForMessage)"
      let nearest = nearestName(to: argument, among: names)
      return nearest.map { "\(fact); did you mean \($0)?" } ?? "\(fact); see \(whole) --help."
    }
    return nil
  }
}
