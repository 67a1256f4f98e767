import HourglassBase
import HourglassData

extension AnomalyDetector {
  /// Images in the shape that the model takes: fitted as those of the fit were, else scaled to its size, grey or coloured
  /// as it is.
  ///
  /// - Parameters:
  ///   - axes: where the arrays of a file have their channels; nil goes by their extents.
  ///   - isStrict: whether a broken picture in a folder is refused, rather than left out.
  ///   - progress: told, on some other thread, how far a download has come.
  /// - Throws: `HourglassError`: usage when the detector takes tables, and as `DataDescription.load`.
  package func images(
    of source: DataSource, axes: ChannelAxis? = nil, isStrict: Bool = false,
    progress: WorkProgress.Notice? = nil
  ) async throws -> DataSet {
    guard case .images = input else {
      throw HourglassError(.usage, "The detector was fitted to a table, not to images; give a CSV file.")
    }
    let shape = model.model.inputShape
    var description = DataDescription(source, axes: axes, isStrict: isStrict)
    guard model.model.input.isPicture else { return try await description.load(progress: progress) }
    var fitting = fitting
    fitting.extent = fitting.extent ?? .resize(height: shape[1], width: shape[2])
    fitting.channels = shape[0]
    guard source.kind == .file else {
      description.fitting = fitting
      return try await description.load(for: shape, progress: progress)
    }
    // Numbers that are no bytes cannot be fitted, but may have the shape already.
    let images = try await description.load(progress: progress)
    return images.training.shape == shape ? images : try images.fitted(fitting)
  }
}
