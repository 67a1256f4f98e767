import Foundation
import HourglassBase
import HourglassFiles
import HourglassSound

extension DataDescription {
  /// Finds, or downloads and checks, the data and fits images as the settings say. Augmentation is left to the run,
  /// which knows the seed. Files are read on a thread that is not one of Swift's cooperative pool.
  ///
  /// - Parameters:
  ///   - shape: what a model takes; pictures in a folder must agree with it in what the settings leave open.
  ///   - seed: where patches are cut depends on it.
  ///   - progress: told, on some other thread, how far a download has come, or how many pictures are read.
  /// - Throws: `HourglassError`: `usage` for a mistyped name or settings that do not suit the data, `environment` if
  ///   the data are not there or cannot be had, `badData` if they are damaged.
  public func load(
    for shape: Shape? = nil, seed: UInt64 = 1, progress: WorkProgress.Notice? = nil
  ) async throws -> DataSet {
    try await load(for: shape, seed: seed, adaptation: nil, progress: progress)
  }

  /// As `load`.
  ///
  /// - Parameter adaptation: what may be done where the pictures of a folder do not fit the shape; `nil` refuses them.
  package func load(
    for shape: Shape?, seed: UInt64, adaptation: PictureAdaptation?, progress: WorkProgress.Notice?
  ) async throws -> DataSet {
    if let axes, source.kind != .file {
      throw HourglassError(
        .usage,
        "Channels are the \(axes.rawValue) axis in arrays of NumPy's, but the data are \(source.text)",
        .leaveOut(.axes, "which is for .npy and .npz files"))
    }
    try checkKeeping()
    if let patches {
      guard source.kind == .folder || source.kind == .images else {
        throw HourglassError(
          .usage,
          "Patches are cut from the photos in a folder, but the data are \(source.text)",
          .give(.data, "a folder"))
      }
      return try await onOwnThread { cancellation in
        try patches.load(
          directory: source.text, channels: fitting.channels ?? shape?[0] ?? 3, seed: seed,
          isStrict: isStrict, watch: LoadingWatch(cancellation: cancellation, progress: progress))
      }
    }
    @Sendable func request(_ cancellation: Cancellation) -> PictureRequest {
      PictureRequest(
        fitting: fitting, shape: shape, isStrict: isStrict, adaptation: adaptation,
        watch: LoadingWatch(cancellation: cancellation, progress: progress), keep: keep)
    }
    switch source.kind {
    case .name:
      let data = try await NamedDataSet.named(source.text).load(
        places: DataSetPlaces(), keep: keep, progress: progress)
      return try await onOwnThread { _ in try data.fitted(fitting) }
    case .file:
      return try await onOwnThread { cancellation in
        let watch = LoadingWatch(cancellation: cancellation, progress: progress)
        return try ArrayDataSet.load(path: source.text, axes: axes, KeepingRequest(keep: keep, watch: watch))
          .fitted(fitting)
      }
    case .images:
      return try await onOwnThread { cancellation in
        try ImageFolderDataSet.load(directory: source.text, request(cancellation))
      }
    case .sounds:
      return try await onOwnThread { cancellation in
        let watch = LoadingWatch(cancellation: cancellation, progress: progress)
        if let mixture {
          return try mixture.load(directory: source.text, seed: seed, isStrict: isStrict, watch: watch)
        }
        return try SoundDataSet.load(
          directory: source.text, spectrum ?? SpectrumSettings(), isStrict: isStrict, watch: watch)
      }
    case .folder:
      let entry = try FileEntry.at(source.text)
      let isFolder = if case .folder = entry { true } else { false }
      if entry != nil, !isFolder {
        throw HourglassError(
          .badData,
          "\(source.text) is a file, but neither .npy, .npz nor .safetensors; give a folder with data, or a file of these kinds."
        )
      }
      if !source.text.utf8.contains(UInt8(ascii: "/")) && !isFolder {
        // A mistyped name is told what is near; anything else was meant as a folder.
        let names = NamedDataSet.all.map(\.name)
        if nearestName(to: source.text, among: names) != nil { _ = try NamedDataSet.named(source.text) }
        throw HourglassError(
          .environment,
          "There is no folder \(source.text), and no data set of that name; check the path, or name one of "
            + "\(names.joined(separator: ", ")).")
      }
      return try await onOwnThread { cancellation in
        try DataFolder.load(source.text, request(cancellation))
      }
    }
  }

  /// - Throws: `HourglassError` (usage) when samples are to stay in their file, but are made of what lies there.
  private func checkKeeping() throws {
    guard keep == .file else { return }
    let cause =
      switch true {
      case patches != nil: "patches are cut from pictures"
      case augmentation != nil: "augment makes more of them"
      case !fitting.isEmpty: "they are resized, cropped or recoloured"
      case source.kind == .images: "pictures are unpacked"
      case source.kind == .sounds: "they are made of recordings"
      default: nil as String?
      }
    guard let cause else { return }
    throw HourglassError(
      .usage, "The samples of \(source.text) cannot stay in their file, since \(cause), which needs memory",
      .readIntoMemory)
  }
}
