/// What went wrong: a fact that names the thing, the place and the value, and what can be done about it.
///
/// Programs that have their own names for what they are given, such as options, word the remedies themselves with
/// `sentence`; `message` words them in terms of the library.
public struct HourglassError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; the command line turns it into an exit status.
  public enum Code: Sendable, Equatable, CaseIterable {
    /// A request that makes no sense as asked: an unknown name, a value out of range, shapes that do not fit.
    case usage
    /// Data from outside that is malformed, damaged or of the wrong kind.
    case badData
    /// The file system, the network or the machine refused.
    case environment
    /// Training met a value that is not finite.
    case notFinite
  }

  public var code: Code
  /// What, where, which value: a sentence without the full stop at its end. A remedy that needs no typed one may stand
  /// in it, behind a semicolon.
  public var fact: String
  /// What can be done, each instead of the others.
  public var remedies: [Remedy]

  /// - Parameters:
  ///   - message: what, where, which value; a full stop at its end may be left out.
  ///   - remedies: what can be done, each instead of the others.
  package init(_ code: Code, _ message: String, remedies: [Remedy]) {
    self.code = code
    fact = message.ends(with: ".") && !message.ends(with: "..") ? message.dropping(ending: ".") : message
    self.remedies = remedies
  }

  /// - Parameters:
  ///   - message: what, where, which value; a full stop at its end may be left out.
  ///   - remedy: what can be done, each instead of the others.
  public init(_ code: Code, _ message: String, _ remedy: Remedy...) {
    self.init(code, message, remedies: remedy)
  }

  /// One sentence with a full stop: what, where, which value, the remedy.
  public var message: String { sentence { $0.description } }

  public var description: String { message }

  /// The fact and the remedies as one sentence, which ends with a full stop, a question mark or an exclamation mark.
  ///
  /// - Parameter words: what to say of a remedy, such as "choose another output".
  public func sentence(_ words: (Remedy) -> String) -> String {
    let clauses = remedies.map(words)
    let choice =
      (clauses.dropLast().isEmpty ? [] : [clauses.dropLast().joined(separator: ", ")]) + clauses.suffix(1)
    let text = clauses.isEmpty ? fact : "\(fact); \(choice.joined(separator: ", or "))"
    return text.isEmpty || text.endsSentence ? text : "\(text)."
  }
}

// MARK: - Catching by kind: `catch HourglassError.badData`

extension HourglassError {
  public static var usage: Code { .usage }
  public static var badData: Code { .badData }
  public static var environment: Code { .environment }
  public static var notFinite: Code { .notFinite }
}

extension HourglassError.Code {
  /// Whether an error is a `HourglassError` of this kind.
  public static func ~= (code: Self, error: any Error) -> Bool { (error as? HourglassError)?.code == code }
}
