import Hourglass

/// What a command says of a file that it writes; the option groups in `OutputOptions.swift` do the rest.
protocol OutputKind {
  /// Names the file.
  static var option: String { get }
  static var valueName: String { get }
  /// What is written, and, of an optional file, what if nobody names it.
  static var help: String { get }
  static var endings: OutputEndings { get }
}

extension OutputKind {
  static var option: String { "out" }
  static var valueName: String { "file" }
  static var endings: OutputEndings { .any }
}

/// A file that is written whether or not somebody names it.
protocol UsualOutputKind: OutputKind {
  static var usualPath: String { get }
}

/// How the name of a file ends that a command can write.
enum OutputEndings {
  case any
  /// One of these, letter by letter.
  case oneOf([String])
  /// That of a kind of picture, in capitals or not.
  case picture

  /// What is wrong with a path, in a sentence; nil when it can be used. An ending alone is no name.
  func complaint(about path: String, of option: String) -> String? {
    guard !path.isEmpty else { return "--\(option) is empty; name what is to be written." }
    let endings: [String]
    let isRight: Bool
    switch self {
    case .any: return nil
    case .oneOf(let list):
      endings = list
      isRight = list.contains { path.ends(with: $0) && path != $0 && !path.ends(with: "/\($0)") }
    case .picture:
      endings = [".png", ".jpg", ".jpeg"]
      isRight = (try? Picture.checkEnding(of: path)) != nil
    }
    guard !isRight else { return nil }
    let last = endings.last ?? ""
    let choice = endings.count < 2 ? last : "\(endings.dropLast().joined(separator: ", ")) or \(last)"
    return "--\(option) is \"\(path)\", but must name a file that ends in \(choice)."
  }
}
