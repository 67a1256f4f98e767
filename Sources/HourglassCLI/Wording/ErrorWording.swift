import Hourglass

/// Words what the libraries say can be done with the names of the program's options. No other place knows both.
package enum ErrorWording {
  /// The whole sentence for people at a terminal.
  package static func sentence(_ error: HourglassError) -> String { error.sentence(words) }

  /// The same error, with `--fit` as one more way to give pictures a size.
  package static func withFit(_ error: HourglassError) -> HourglassError {
    HourglassError(
      error.code, error.fact,
      remedies: error.remedies.map { remedy in
        guard case .setOne = remedy else { return remedy }
        return .text("\(words(remedy)), here by --fit resize or --fit crop")
      })
  }

  /// The same error for a command that knows no recipe, but has `--size`.
  package static func withSize(_ error: HourglassError) -> HourglassError {
    HourglassError(
      error.code, error.fact,
      remedies: error.remedies.map { remedy in
        guard case .setOne(let settings, let deed) = remedy else { return remedy }
        guard let size = settings.first(where: { $0.key == "data.resize" })?.value else {
          return .text("\(deed) first")
        }
        let sides = size.filter { !"[ ]".contains($0) }
        return .text("\(deed) by --size \(sides.contains(",") ? sides : "\(sides),\(sides)")")
      })
  }

  /// What people type instead of an argument of the library: the option, and what stands behind it.
  private static let options: [HourglassError.Argument: (name: String, value: String)] = [
    .output: ("--out", ""),
    .data: ("--data", "DIR"),
    .limit: ("--limit", ""),
    .shardSize: ("--shard-size", ""),
    .split: ("--split", ""),
    .axes: ("--axes", ""),
    .separator: ("--separator", "CHARACTER"),
    .labelColumn: ("--label-column", "COLUMN"),
    .ignoredColumns: ("--ignore", "COLUMNS"),
    .normalClass: ("--normal", "CLASS"),
    .figure: ("--figure", "FILE"),
    .originals: ("--clean", "ORIGINAL"),
    .metric: ("--metric", ""),
    .approximation: ("--approximate, --m and --ef-construction", ""),
    .map: ("--into", "MAP.html"),
    .tensorBoard: ("--tensorboard", "DIR"),
  ]

  /// The command that makes what a library says is missing.
  private static let commands: [HourglassError.Product: String] = [
    .codes: "transform", .detector: "detect fit", .index: "index", .map: "project",
    .shards: "data shard",
  ]

  private static func words(_ remedy: HourglassError.Remedy) -> String {
    switch remedy {
    case .text(let text): text
    case .choose(let argument): "choose another \(name(argument))"
    case .give(let argument, let what): "give \(what) with \(nameAndValue(argument))"
    case .raise(let argument): "give a higher \(name(argument))"
    case .lower(let argument): "give a lower \(name(argument))"
    case .leaveOut(let argument, let effect):
      "leave \(name(argument)) out\(effect.map { ", \($0)" } ?? "")"
    case .set(let settings): "add \(settings.map(option).joined(separator: " "))"
    case .setOne(let settings, let deed):
      "\(deed), in training by \(settings.map(option).joined(separator: " or "))"
    case .resume: "add --resume to go on with it"
    case .resumeRun(let recipe, let folder):
      "go on with it by \(resumption(recipe: recipe, folder: folder))"
    case .make(let product):
      "make \(product.name)\(commands[product].map { " with hourglass \($0)" } ?? "")"
    }
  }

  /// The command that goes on with a run, to be copied.
  package static func resumption(recipe: String, folder: String) -> String {
    "hourglass train \(recipe.shellPath) --resume --out \(folder.shellPath)"
  }

  private static func name(_ argument: HourglassError.Argument) -> String {
    options[argument]?.name ?? argument.name
  }

  private static func nameAndValue(_ argument: HourglassError.Argument) -> String {
    guard let option = options[argument] else { return "the \(argument.name)" }
    return option.value.isEmpty ? option.name : "\(option.name) \(option.value)"
  }

  private static func option(_ setting: HourglassError.RecipeSetting) -> String {
    "--set \("\(setting.key)=\(setting.value)".shellWord)"
  }
}
