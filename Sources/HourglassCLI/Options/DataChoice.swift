import Hourglass

/// What `--data` and the options beside it say.
struct DataChoice: Sendable {
  /// nil for the run's or the recipe's own data.
  var name: String?
  var axes: ChannelAxis?
  var isStrict = false
}

extension DataDescription {
  /// Takes what the options say instead of its own.
  mutating func take(_ choice: DataChoice) {
    if let name = choice.name {
      // A recipe for recordings gets recordings.
      source = source.kind == .sounds ? DataSource(.sounds, name) : DataSource(name)
      // What a recipe says of its file says nothing of a folder.
      if source.kind != .file { self.axes = nil }
    }
    if let axes = choice.axes { self.axes = axes }
    if choice.isStrict { isStrict = true }
  }
}

extension DataSet {
  /// The data set itself, after a note of all that a person should know of it: of each axis that was taken for channels where
  /// another might hold them, of what numbers were taken for where they could mean something else, of what was left out.
  func tellingNotes() -> DataSet {
    for note in axisNotes { Terminal.note("\(note); --axes first or --axes last decides.") }
    for note in valueNotes + notes { Terminal.note(note) }
    return self
  }
}
