/// A type that recipes name and give settings to: a layer, an activation, a loss, an objective, a corruption.
public protocol Configurable: Sendable {
  /// The name in recipes, such as `conv2d`.
  static var kind: String { get }
  /// Other names under which it is read.
  static var aliases: [String] { get }
  /// What it is, in one sentence, for lists and editors.
  static var summary: String { get }
  /// All its settings.
  static var fields: Fields<Self> { get }
}

extension Configurable {
  public static var aliases: [String] { [] }

  /// - Throws: `HourglassError` (usage): missing settings, values out of range.
  package init(_ reader: SettingsReader) throws(HourglassError) { self = try Self.fields.read(reader) }

  /// The settings that make this value again; defaults may be left out.
  public var settings: [Setting] { Self.fields.settings(of: self) }

  /// Reads what stands under the name.
  package static func read(_ value: SettingValue, at place: SettingPlace) throws(HourglassError) -> Self {
    let reader = try SettingsReader(
      value, path: "\(place.path).\(kind)", catalogue: place.catalogue, bare: fields.bare)
    let result = try fields.read(reader)
    try reader.finish()
    return result
  }

  /// What stands under the name.
  package var value: SettingValue { Self.fields.value(of: self) }

  /// What stands under the name, of settings that are made already.
  static func value(of settings: [Setting]) -> SettingValue { fields.value(of: settings) }

  /// Its own type and those it is made of.
  package var kinds: [any Configurable.Type] { [Self.self] + Self.fields.kinds(in: self) }

  static var names: [String] { [kind] + aliases }
}

/// What recipes and model files can name: all that the library has, and what you add to it.
///
/// ```swift
/// let catalogue = Catalogue.standard.adding(Swish.self, LogCosh.self)
/// let trained = try TrainedModel.read(path: "model.safetensors", catalogue: catalogue)
/// ```
public struct Catalogue: Sendable {
  /// The latest first.
  package private(set) var added: [any Configurable.Type] = []

  /// What the library has.
  public static let standard = Catalogue()

  /// - Parameter kinds: layers, activations, losses, objectives or corruptions; one that has the name of another takes its place.
  public func adding(_ kinds: any Configurable.Type...) -> Catalogue { adding(kinds) }

  package func adding(_ kinds: [any Configurable.Type]) -> Catalogue {
    var result = self
    result.added = kinds + added
    return result
  }

  /// Those added of one sort, then the library's own that have other names.
  package func kinds<Kind>(_ own: [Kind]) -> [Kind] {
    guard !added.isEmpty else { return own }
    var names: Set<String> = []
    return (added.compactMap { $0 as? Kind } + own).filter { kind in
      (kind as? any Configurable.Type).map { names.insert($0.kind).inserted } ?? false
    }
  }
}

extension [any Configurable.Type] {
  /// The one of this name, or of this other name.
  func named(_ name: String) -> (any Configurable.Type)? { first { $0.names.contains(name) } }

  var allNames: [String] { flatMap { $0.names } }
}
