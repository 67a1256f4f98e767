import ArgumentParser
import Foundation
import Hourglass

/// Runs a command and turns what it throws into one sentence and an exit status: 0 done, 64 usage, 65 bad data,
/// 1 the rest.
@main
enum Main {
  static func main() async {
    // A closed pipe is an error like any other, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    // Files opened later must not take the place of a closed standard stream. Writing to these fails, as it should.
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 { _ = open("/dev/null", O_RDONLY) }
    Processes.listenToStarter()
    do {
      try ProcessLimits.check()
      var command = try HourglassCommand.parseAsRoot(NegativeNumbers.joined(arguments))
      try Processes.check(command)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      try Processes.conclude()
    } catch {
      let status = tell(error)
      // After people were told: to leave may take longer than the time that is left.
      Processes.leave(error)
      guard let status else { HourglassCommand.exit(withError: error) }
      exit(status)
    }
  }

  /// Says what went wrong in one sentence.
  ///
  /// - Returns: the exit status; nil for what the parser tells in its way, such as help.
  private static func tell(_ error: any Error) -> Int32? {
    do {
      throw error
    } catch let error as HourglassError {
      Terminal.error(ErrorWording.sentence(error))
      return error.code.exitStatus
    } catch  where HourglassCommand.exitCode(for: error) == .failure {
      // None of the parser's own: it would print this in its way.
      Terminal.error(error.localizedDescription)
      return 1
    } catch  where HourglassCommand.exitCode(for: error) == .validationFailure {
      Terminal.error(sentence(for: error))
      return 64
    } catch {
      // Help is given of the command nearest to what was asked for, which may not be a command at all.
      if HourglassCommand.exitCode(for: error) == .success,
        let suggestion = CommandSuggestion.sentence(for: arguments)
      {
        Terminal.error(suggestion)
        return 64
      }
      return nil
    }
  }

  /// What follows the program's name.
  private static var arguments: [String] { Array(CommandLine.arguments.dropFirst()) }

  /// What the parser says of arguments it cannot read, with the command that explains them.
  private static func sentence(for error: any Error) -> String {
    if let suggestion = CommandSuggestion.sentence(for: arguments) {
      return suggestion
    }
    let message = HourglassCommand.message(for: error).split(separator: "\n").joined(separator: " ")
    let whole = HourglassCommand.fullMessage(for: error)
    let help = whole.split(separator: "'").first { $0.hasSuffix("--help") } ?? "hourglass --help"
    let end = message.endsSentence
    // What says itself what to do needs no help.
    if message.contains("; ") { return message }
    return "\(end ? String(message.unicodeScalars.dropLast()) : message); see \(help)."
  }
}

extension HourglassError.Code {
  var exitStatus: Int32 {
    switch self {
    case .usage: 64
    case .badData: 65
    case .environment, .notFinite: 1
    }
  }
}
