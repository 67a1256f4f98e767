import ArgumentParser
import Hourglass

/// How pictures of any size get the model's.
enum PictureFit: String, ExpressibleByArgument, CaseIterable {
  case resize, crop

  /// - Throws: `HourglassError` (usage) when the model takes no pictures.
  func fitting(to form: SampleForm) throws -> PictureFitting {
    let shape = form.shape
    guard form.isPicture else {
      throw HourglassError(.usage, "--fit is for pictures, but the model takes \(shape); leave it out.")
    }
    let extent: PictureFitting.Extent =
      switch self {
      case .resize: .resize(height: shape[1], width: shape[2])
      case .crop: .crop(height: shape[1], width: shape[2])
      }
    return PictureFitting(extent: extent, channels: shape[0])
  }
}

/// The options that choose samples.
struct DataOptions: ParsableArguments {
  @OptionGroup var source: DataSourceOptions<OtherData>

  @OptionGroup var split: SplitOptions

  @OptionGroup var part: LimitOptions

  @Option(help: "Bring pictures of any size into the model's: resize them, or crop what is too long.")
  var fit: PictureFit?

  var data: String? { source.name }
  var axes: ChannelAxis? { source.axes }
  var limit: Int? { part.count }

  /// The samples that the options choose.
  ///
  /// - Parameter usual: the part if nobody chooses one.
  func part(of source: RunArgument, for model: TrainedModel, usual: Split) async throws -> DataPart {
    let set = try await source.dataSet(for: model, self.source.choice, fit: fit, hasFit: true)
    return try DataPart(set, split: split.part, usual: usual, limit: limit)
  }
}
