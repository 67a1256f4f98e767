/// What went wrong, said in one sentence that names the thing, the place, the value and the remedy.
public struct HourglassError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure; the command line turns it into an exit status.
  public enum Code: Sendable, Equatable {
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
  /// One sentence: what, where, which value, the remedy.
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
