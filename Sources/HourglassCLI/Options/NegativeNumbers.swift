/// Lets an option's value be a negative number: the parser takes a word that begins with a minus for an option, and would
/// say of `--epochs -3` that the value is missing.
enum NegativeNumbers {
  /// The arguments with each such value joined to its option: `--epochs=-3`.
  static func joined(_ arguments: [String]) -> [String] {
    var joined: [String] = []
    for (place, argument) in arguments.enumerated() {
      if argument == "--" { return joined + arguments[place...] }
      if isNegative(argument), let option = joined.last, option.hasPrefix("--"), !option.contains("=") {
        joined[joined.count - 1] = "\(option)=\(argument)"
      } else {
        joined.append(argument)
      }
    }
    return joined
  }

  private static func isNegative(_ text: String) -> Bool {
    text.hasPrefix("-") && text.dropFirst().first.map { $0.isASCII && ($0.isNumber || $0 == ".") } ?? false
  }
}
