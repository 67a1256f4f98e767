import HourglassBase
import HourglassMessages
import HourglassPictures

/// What an event tells under a tag. Tags with a slash stand in groups.
package struct EventValue: Sendable {
  let message: TensorBoardSummary.Value

  private init(_ tag: String, _ fill: (inout TensorBoardSummary.Value) throws -> Void) rethrows {
    var message = TensorBoardSummary.Value()
    message.tag = tag
    try fill(&message)
    self.message = message
  }

  /// A point of a curve.
  package static func scalar(_ tag: String, _ value: Double) -> EventValue {
    EventValue(tag) { $0.simpleValue = Float(value) }
  }

  /// A picture, stored as PNG.
  ///
  /// - Throws: `HourglassError` when it is too large for one.
  package static func picture(_ tag: String, _ picture: Picture) throws -> EventValue {
    try EventValue(tag) { message in
      message.image = .with {
        ($0.height, $0.width) = (Int32(clamping: picture.height), Int32(clamping: picture.width))
        $0.colorspace = Int32(picture.channels)
      }
      message.image.encodedImageString = try .init(PNG.encode(picture))
    }
  }

  /// How numbers are spread; those that are not finite are left out.
  package static func histogram(_ tag: String, of numbers: [Float]) -> EventValue {
    EventValue(tag) { $0.histo = Histogram(numbers).message }
  }

  /// A text that keeps its lines and blanks. TensorBoard takes texts for Markdown, to which lines with four blanks before them
  /// are code, whatever is in them.
  package static func code(_ tag: String, _ text: String) -> EventValue {
    let lines = text.showingControls(keepsLines: true).parts(at: "\n").map { "    \($0)" }
    return EventValue("\(tag)/text_summary") { message in
      message.metadata = metadata("text")
      message.tensor = .with {
        $0.dtype = .string
        $0.stringVal = [.init(Array(lines.joined(separator: "\n").utf8))]
      }
    }
  }

  /// The settings of a run, by their paths, for TensorBoard's table of runs. What all runs together have for columns is not
  /// said: then TensorBoard takes the settings of all of them, else those of the first run alone.
  ///
  /// - Parameter seconds: when it began, since 1970.
  package static func settings(_ settings: [Setting], begun seconds: Double) -> EventValue {
    var start = TensorBoardSessionStart()
    start.startTimeSecs = seconds
    for setting in settings {
      var value = TensorBoardSettingValue()
      switch setting.value {
      case .number(let number): value.numberValue = number
      case .string(let text): value.stringValue = text.showingControls()
      case .bool(let isTrue): value.boolValue = isTrue
      case .null, .list, .map: continue
      }
      start.hparams[setting.key] = value
    }
    return hyperparameters("session_start_info") { $0.sessionStartInfo = start }
  }

  /// That a run has come to its end.
  ///
  /// - Parameter seconds: when, since 1970.
  package static func end(_ seconds: Double) -> EventValue {
    hyperparameters("session_end_info") { content in
      content.sessionEndInfo = .with {
        $0.status = .success
        $0.endTimeSecs = seconds
      }
    }
  }

  private static func hyperparameters(
    _ name: String, _ fill: (inout TensorBoardHyperparametersContent) -> Void
  ) -> EventValue {
    var content = TensorBoardHyperparametersContent()
    fill(&content)
    return EventValue("_hparams_/\(name)") { message in
      message.metadata = metadata("hparams")
      // Some settings take far less than the 2 GiB at which encoding fails.
      message.metadata.pluginData.content = .init((try? content.encoded()) ?? [])
      // No numbers; what counts is in the metadata.
      message.tensor = .with {
        $0.dtype = .float
        $0.tensorShape.dim = [.init()]
      }
    }
  }

  private static func metadata(_ plugin: String) -> TensorBoardSummaryMetadata {
    .with { metadata in
      metadata.pluginData.pluginName = plugin
      if plugin == "text" { metadata.dataClass = .tensor }
    }
  }
}
