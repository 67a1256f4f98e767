import HourglassBase

/// The JSON Schema (draft 2020-12) of recipes: editors complete and check by it, and a form can be made from it.
public enum RecipeSchema {
  /// As JSON, on one line.
  ///
  /// - Parameter catalogue: what recipes may name; add yours to the standard one.
  public static func text(catalogue: Catalogue = .standard) throws -> String {
    try value(catalogue).json.text()
  }

  package static func value(_ catalogue: Catalogue) -> SettingValue {
    RecipeSettings.fields.schema(catalogue).with([
      Setting("$schema", "https://json-schema.org/draft/2020-12/schema"),
      Setting("title", "Recipe"),
      Setting("description", "What hourglass trains: data, model, objective, optimizer."),
      Setting(
        "$defs",
        .map([
          Setting("layer", catalogue.schema(of: catalogue.layers)),
          Setting("objective", catalogue.schema(of: catalogue.objectives)),
        ])),
    ])
  }
}
