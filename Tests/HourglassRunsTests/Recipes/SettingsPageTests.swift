import Foundation
import HourglassBase
import HourglassModels
import HourglassRuns
import Testing

/// docs/recipes.md names everything that a recipe can hold.
@Suite struct SettingsPageTests {
  private let page: String

  init() throws {
    let place = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../../docs/recipes.md")
    page = try String(contentsOf: place.standardized, encoding: .utf8)
  }

  @Test func namesEveryKind() {
    let catalogue = Catalogue.standard
    for kind in catalogue.layers + catalogue.activations + catalogue.objectives + catalogue.losses {
      #expect(page.contains("### `\(kind.kind)`\n"), "\(kind.kind)")
      #expect(page.contains(String(kind.summary.dropLast())), "what \(kind.kind) is")
    }
    for kind in catalogue.corruptions { #expect(page.contains("| `\(kind.kind)`"), "\(kind.kind)") }
    for name in ["sgd", "adam", "adamw", "rmsprop", "constant", "step", "cosine", "reduce_on_plateau"] {
      #expect(page.contains("### `\(name)`\n"), "\(name)")
    }
  }

  /// Every key and every name that the schema knows, wherever in it.
  @Test func namesEveryKeyOfTheSchema() throws {
    let schema = try JSONSerialization.jsonObject(with: Data(RecipeSchema.text().utf8))
    var keys: Set<String> = []
    var names: Set<String> = []
    func visit(_ value: Any) {
      if let list = value as? [Any] { for part in list { visit(part) } }
      guard let map = value as? [String: Any] else { return }
      if let properties = map["properties"] as? [String: Any] { keys.formUnion(properties.keys) }
      for choice in map["enum"] as? [Any] ?? [] { if let name = choice as? String { names.insert(name) } }
      for part in map.values { visit(part) }
    }
    visit(schema)
    #expect(keys.count > 60 && names.count > 20)
    let words = Set(page.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }.map(String.init))
    for key in keys.union(names).sorted() { #expect(words.contains(key), "\(key)") }
  }
}
