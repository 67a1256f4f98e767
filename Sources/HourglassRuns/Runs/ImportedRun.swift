import HourglassBase
import HourglassData
import HourglassFiles
import HourglassModels
import HourglassNN

/// A run whose model was trained elsewhere: a folder with a recipe and a model, but no history yet. Resuming it trains on from the
/// model's weights.
extension RunFolder {
  /// Makes the run of an imported model.
  ///
  /// - Parameters:
  ///   - name: of its recipe: letters, digits, "-", "_" and "."; others become "-".
  ///   - source: where the model comes from, for the recipe's summary.
  ///   - data: what it is to be trained on and measured with.
  /// - Throws: `HourglassError`: usage when the folder holds a run or other files, environment when it cannot be written.
  package func write(
    imported model: TrainedModel, name: String, source: String, data: DataDescription
  ) throws {
    let settings = [
      Setting("name", Self.recipeName(name)), Setting("summary", "Imported from \(source)"),
      Setting("data", data.value), Setting("validation", "none"), Setting("model", model.model.value),
      Setting("objective", ObjectiveCatalogue.value(model.objective)), Setting("epochs", 10),
    ]
    try write(model, recipe: Recipe(.map(settings)))
  }

  /// Makes the run of a recipe whose weights were trained elsewhere. What the recipe says of first weights is left out.
  ///
  /// - Throws: as `write(imported:name:source:data:)`.
  package func write(weights model: TrainedModel, recipe: Recipe) throws {
    var recipe = recipe
    (recipe.start, recipe.pretraining) = (nil, nil)
    try write(model, recipe: recipe)
  }

  private func write(_ model: TrainedModel, recipe: Recipe) throws {
    let text = try YAML.text(recipe.value)
    try Folder(path).create()
    let lock = try FileLock(self.lock, of: path, work: "importing into")
    defer { withExtendedLifetime(lock) {} }
    if try holdsRun {
      // One that was broken off before its model was there is gone on with.
      let isBegun = try !holdsModel && BoundedFile.read(self.recipe, limit: 1 << 24) == Array(text.utf8)
      guard isBegun else { throw HourglassError(.usage, "\(path) already holds a run", .choose(.output)) }
    }
    try refuseOtherFiles()
    try refuseLinks()
    if lock.isHeld { removeLeftovers() }
    // As a run that trains, which has no model before it is finished.
    try AtomicFile.write(text, to: self.recipe)
    try model.write(to: self.model)
  }

  private static func recipeName(_ name: String) -> String {
    let scalars = name.unicodeScalars.prefix(100).map { scalar -> Character in
      let isPlain = scalar.isASCII && scalar.properties.isAlphabetic || "0"..."9" ~= scalar
      return isPlain || "-_.".unicodeScalars.contains(scalar) ? Character(scalar) : "-"
    }
    let text = String(scalars)
    return text.isEmpty || text.begins(with: ".") ? "imported\(text)" : text
  }

  /// The model that training begins with; nil where the run has a history of its own, or no model.
  ///
  /// - Throws: `HourglassError`: badData when it is damaged, environment when it cannot be read.
  func importedModel() throws -> TrainedModel? {
    guard try holdsModel, try !FileEntry.exists(history), try !FileEntry.exists(result) else { return nil }
    return try TrainedModel.read(path: model)
  }
}
