import HourglassBase
import HourglassData

extension AnomalyDetector {
  /// Images in the shape that the model takes: fitted as those of the fit were, else scaled to its size, grey or coloured
  /// as it is.
  ///
  /// - Parameters:
  ///   - axes: where the arrays of a file have their channels; nil takes those of the fit, if somebody said them there and
  ///     they give the model's shape, else goes by their extents.
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
    var images = try await fittedImages(of: source, axes: axes, isStrict: isStrict, progress: progress)
    if let axes, let own = self.axes, axes != own {
      images.valueNotes.append(
        "The detector was fitted to arrays whose channels are the \(own.rawValue) axis of an image; of \(images.name) they "
          + "were taken from the \(axes.rawValue), as asked.")
    }
    return images
  }

  private func fittedImages(
    of source: DataSource, axes: ChannelAxis?, isStrict: Bool, progress: WorkProgress.Notice?
  ) async throws -> DataSet {
    let shape = model.model.inputShape
    if axes == nil, let own = self.axes, source.kind == .file {
      let images = try await DataDescription(source, axes: own).load(progress: progress)
      if images.training.shape == shape { return images }
    }
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
