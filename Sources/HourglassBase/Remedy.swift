extension HourglassError {
  /// What can be done about an error, so that a program can say it with its own names.
  public enum Remedy: Sendable, Equatable, CustomStringConvertible {
    /// Something that is the same everywhere, such as "free some space".
    case text(String)
    /// Another value for this.
    case choose(Argument)
    /// Give this; the text says what it may be, such as "the folder that has its files".
    case give(Argument, String)
    /// A higher number of this.
    case raise(Argument)
    /// A lower number of this.
    case lower(Argument)
    /// Do not give this; the text says what that does, if it needs saying.
    case leaveOut(Argument, String? = nil)
    /// Set all of these in the recipe.
    case set([RecipeSetting])
    /// One of these settings of the recipe does what the text says, such as "make all grey".
    case setOne([RecipeSetting], toDo: String)
    /// Go on with the run that is there, as the call asks for it otherwise.
    case resume
    /// Go on with the run in this folder by its own recipe, which lies there.
    case resumeRun(recipe: String, folder: String)
    /// Make what is missing, or is something else.
    case make(Product)

    /// In terms of the library.
    public var description: String {
      switch self {
      case .text(let text): text
      case .choose(let argument): "choose another \(argument.name)"
      case .give(let argument, let what): "give \(what) as the \(argument.name)"
      case .raise(let argument): "give a higher \(argument.name)"
      case .lower(let argument): "give a lower \(argument.name)"
      case .leaveOut(let argument, let effect):
        "leave the \(argument.name) out\(effect.map { ", \($0)" } ?? "")"
      case .set(let settings):
        "set \(settings.map { "\($0.key) to \($0.value)" }.joined(separator: " and ")) in the recipe"
      case .setOne(let settings, let deed):
        "\(deed), in a recipe by \(settings.map { "\($0.key): \($0.value)" }.joined(separator: " or "))"
      case .resume: "resume it"
      case .resumeRun(let recipe, _): "resume it with its own recipe, \(recipe)"
      case .make(let product): "make \(product.name)"
      }
    }
  }

  /// Something a caller gives, by its name in words. Each use declares its own in extensions.
  public struct Argument: Sendable, Hashable {
    /// Such as "output".
    public let name: String

    public init(_ name: String) { self.name = name }

    /// Where a result is written.
    package static let output = Argument("output")
    /// The samples: a data set's name, a folder or a file.
    package static let data = Argument("data")
    /// How many samples are used at most.
    package static let limit = Argument("limit")
  }

  /// Something that the library makes, by its name in words. Each use declares its own in extensions.
  public struct Product: Sendable, Hashable {
    /// Such as "an index".
    public let name: String

    public init(_ name: String) { self.name = name }
  }

  /// A setting of a recipe, by its path and its value as YAML.
  public struct RecipeSetting: Sendable, Equatable {
    /// Such as "data.channels".
    public var key: String
    /// Such as "1" or "[28, 28]".
    public var value: String

    package init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }
}
