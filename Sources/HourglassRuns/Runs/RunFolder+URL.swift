import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension RunFolder {
  public init(_ url: URL) throws {
    self.init(try url.checkedPath())
  }
}

extension RecipeCatalogue {
  /// The recipe in a YAML file.
  ///
  /// - Parameters:
  ///   - overrides: `KEY=VALUE`, the key a path such as `optimizer.adam.learning_rate`.
  ///   - catalogue: what layers, objectives and so on are looked up in; add yours to the standard one.
  public static func recipe(
    from url: URL, overrides: [String] = [], catalogue: Catalogue = .standard
  ) throws -> Recipe {
    try recipe(url.checkedPath(), overrides: overrides, catalogue: catalogue)
  }
}
