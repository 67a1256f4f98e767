import ArgumentParser
import Hourglass

extension ChannelAxis: ExpressibleByArgument {}

/// Where the arrays of a NumPy file have their channels.
struct AxesOptions: ParsableArguments {
  @Option(
    name: .customLong("axes"),
    help: ArgumentHelp(
      "Whether the channels of images in a .npy or .npz file are the first axis of an image or the last; found by their number, 1 to 4, if not given.",
      valueName: "first|last"))
  var channels: ChannelAxis?
}

extension DataSet {
  /// The data set itself, after a note of each axis that was taken for channels where another might hold them, and of what
  /// numbers were taken for where they could mean something else.
  func tellingReading() -> DataSet {
    for note in axisNotes { Terminal.note("\(note); --axes first or --axes last decides.") }
    for note in valueNotes { Terminal.note(note) }
    return self
  }
}

extension DataDescription {
  /// Takes what `--data` and `--axes` say instead of its own.
  ///
  /// - Throws: `HourglassError` (usage) when `--data` is given and says nothing.
  mutating func take(data: String?, axes: ChannelAxis?) throws {
    if let data {
      source = DataSource(data)
      // What a recipe says of its file says nothing of a folder.
      if source.kind != .file { self.axes = nil }
    }
    if let axes { self.axes = axes }
  }
}
