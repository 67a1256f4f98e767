import HourglassBase
import HourglassData
import HourglassModels
import HourglassNN

/// The tables of settings in the documentation, in Markdown, from the fields that recipes are read by.
package enum SettingsTables {
  /// The tables by the names that their marker comments have: those of docs/recipes.md, and one of each objective by
  /// itself, for the page of its family.
  package static func all(_ catalogue: Catalogue = .standard) -> [(name: String, text: String)] {
    func kinds(_ kinds: [any Configurable.Type]) -> String {
      kinds.map { kind in
        section(kind.kind, kind.aliases, kind.summary, kind.descriptions(catalogue))
      }.joined(separator: "\n")
    }
    func forms<Value>(_ type: SettingType<Value>) -> String {
      type.forms.map { section($0.name, [], $0.help, $0.settings(catalogue)) }
        .joined(separator: "\n")
    }
    return [
      (
        "recipe",
        table(RecipeSettings.fields.descriptions(catalogue), whole: ["data", "model", "optimizer"])
      ),
      ("data", table(SettingType<DataDescription>.data.parts(catalogue))),
      ("model", table(SettingType<Autoencoder>.model.parts(catalogue))),
      ("layers", kinds(catalogue.layers)),
      ("activations", kinds(catalogue.activations)),
      ("objectives", kinds(catalogue.objectives)),
      ("losses", kinds(catalogue.losses)),
      (
        "corruptions",
        table(SettingType<Corruption>.corruption.parts(catalogue))
      ),
      ("optimizers", forms(SettingType<Optimizer>.optimizer)),
      ("schedules", forms(SettingType<LearningRateSchedule.Shape>.schedule)),
    ]
      + catalogue.objectives.map { kind in
        ("objective:\(kind.kind)", table(kind.descriptions(catalogue), whole: tabledElsewhere))
      }
  }

  /// Settings of kinds whose parts have a table of their own.
  private static let tabledElsewhere: Set = ["corruption", "schedule"]

  private static func section(
    _ name: String, _ aliases: [String], _ help: String, _ settings: [SettingDescription]
  ) -> String {
    let also = aliases.isEmpty ? "" : " (also \(aliases.map { "`\($0)`" }.joined(separator: ", ")))"
    let table = table(settings, whole: tabledElsewhere)
    return "### `\(name)`\n\n\(help.dropLast())\(also).\n" + (table.isEmpty ? "" : "\n\(table)")
  }

  /// - Parameter whole: settings whose parts have a table elsewhere.
  private static func table(_ settings: [SettingDescription], whole: Set<String> = []) -> String {
    let rows = rows(settings, within: "", whole: whole)
    guard !rows.isEmpty else { return "" }
    return (["| setting | what it must be | default | what it is |", "|---|---|---|---|"] + rows)
      .map { $0 + "\n" }.joined()
  }

  private static func rows(
    _ settings: [SettingDescription], within path: String, whole: Set<String>
  ) -> [String] {
    settings.flatMap { setting -> [String] in
      // The settings beside an activation or a loss stand in its own table.
      guard setting.condition == nil else { return [] }
      let name = path + setting.name
      let parts = whole.contains(name) ? [] : setting.parts
      let standard = setting.isRequired ? "required" : setting.defaultValue.map(text) ?? ""
      let cells = ["`\(name)`", setting.expected, parts.isEmpty ? standard : "", setting.help]
      let row = "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
      return [row] + rows(parts, within: name + ".", whole: whole)
    }
  }

  private static func text(_ value: SettingValue) -> String {
    switch value {
    case .string(let text): "`\(text)`"
    case .map(let settings) where settings.count == 1: "`\(settings[0].key)`"
    case .null, .bool, .number, .list, .map: "`\(value.text)`"
    }
  }
}
