import HourglassBase
import HourglassPictures

/// Where a recipe's samples come from, and what is done to them before training.
///
/// In a recipe it is a text, `data: fashion-mnist`, or a map:
///
/// ```yaml
/// data:
///   name: cifar10            # or folder: DIR, images: DIR, file: X.npz
///   resize: [64, 64]         # or crop: [64, 64]
///   channels: 1
///   augment: {share: 0.3, transformations: [flip-left-right, flip-up-down, rotate], angle: -30}
///   patches: {size: 40, count: 16384, grey: 0.25, soft: 0.2}   # squares cut from photos, instead of whole pictures
/// ```
public struct DataDescription: Sendable, Hashable {
  public var source: DataSource
  /// What is done to images so that they fit the model.
  public var fitting: PictureFitting
  /// Training images that are added.
  public var augmentation: Augmentation?
  /// Squares that are cut from the pictures of a folder, instead of whole pictures.
  public var patches: PatchSampling?

  public init(
    _ source: DataSource, fitting: PictureFitting = PictureFitting(), augmentation: Augmentation? = nil,
    patches: PatchSampling? = nil
  ) {
    self.source = source
    self.fitting = fitting
    self.augmentation = augmentation
    self.patches = patches
  }

  /// - Parameter path: where the setting stands, for messages.
  /// - Throws: `HourglassError` (usage): unknown or missing settings, values out of range.
  package init(_ value: SettingValue, path: String) throws(HourglassError) {
    switch value {
    case .string(let text) where !text.isEmpty:
      self.init(DataSource(text))
    case .map:
      let reader = try SettingsReader(value, path: path)
      let kinds = DataSource.kinds(reader)
      let fitting = try Self.fitting(reader)
      let augmentation = try Self.augmentation(reader)
      let patches = try Self.patches(reader, fitting, augmentation)
      // A mistyped key explains best why another is missing.
      try reader.finish()
      self.init(
        try DataSource(reader, kinds: kinds), fitting: fitting, augmentation: augmentation, patches: patches)
    case .string, .null, .bool, .number, .list:
      throw HourglassError(
        .usage,
        "\(path) is \(value.shortText), but must be the name of a data set, a path, or a map with name, folder, images "
          + "or file.")
    }
  }

  /// The description as a setting; reading it gives the same description.
  package var value: SettingValue {
    let place = source.setting
    var settings: [Setting] = []
    switch fitting.extent {
    case .resize(let height, let width): settings.append(Setting("resize", Self.list(height, width)))
    case .crop(let height, let width): settings.append(Setting("crop", Self.list(height, width)))
    case nil: break
    }
    if let channels = fitting.channels { settings.append(Setting("channels", channels)) }
    if let augmentation {
      let transformations = augmentation.transformations.map { SettingValue.string($0.rawValue) }
      settings.append(
        Setting(
          "augment",
          .map([
            Setting("share", augmentation.share), Setting("transformations", .list(transformations)),
            Setting("angle", augmentation.angle),
          ])))
    }
    if let patches {
      settings.append(
        Setting(
          "patches",
          .map([
            Setting("size", patches.size), Setting("count", patches.count),
            Setting("grey", patches.greyShare), Setting("soft", patches.softShare),
          ])))
    }
    if settings.isEmpty, DataSource(source.text) == source { return .string(source.text) }
    return .map([place] + settings)
  }

  private static func list(_ numbers: Int...) -> SettingValue { .list(numbers.map { .number(Double($0)) }) }
}

// MARK: - Settings

extension DataDescription {
  private static func fitting(_ reader: SettingsReader) throws(HourglassError) -> PictureFitting {
    var fitting = PictureFitting()
    if reader.value("resize") != nil {
      let size = try size(reader, "resize")
      fitting.extent = .resize(height: size.rows, width: size.columns)
    }
    if reader.value("crop") != nil {
      guard fitting.extent == nil else {
        throw HourglassError(
          .usage, "\(reader.path) has both resize and crop; keep one, since crop scales the images too.")
      }
      let size = try size(reader, "crop")
      fitting.extent = .crop(height: size.rows, width: size.columns)
    }
    if let channels = reader.value("channels") {
      guard channels == .number(1) || channels == .number(3) else {
        throw HourglassError(
          .usage, "\(reader.path).channels is \(channels.shortText), but must be 1 (grey) or 3 (colours).")
      }
      fitting.channels = channels == .number(1) ? 1 : 3
    }
    return fitting
  }

  private static func size(_ reader: SettingsReader, _ key: String) throws(HourglassError) -> Pair {
    let size = try reader.pair(key, in: 1...PNG.Limits.side)
    guard size.rows * size.columns <= PNG.Limits.pixels else {
      throw HourglassError(
        .usage,
        "\(reader.path).\(key) is [\(size.rows), \(size.columns)], more than \(PNG.Limits.pixels) pixels; make it smaller."
      )
    }
    return size
  }

  private static func patches(
    _ reader: SettingsReader, _ fitting: PictureFitting, _ augmentation: Augmentation?
  ) throws(HourglassError) -> PatchSampling? {
    guard reader.value("patches") != nil else { return nil }
    guard fitting.extent == nil, augmentation == nil else {
      throw HourglassError(
        .usage,
        "\(reader.path) has patches and \(fitting.extent == nil ? "augment" : "resize or crop"), but patches are cut from "
          + "pictures as they are, and are turned and flipped already; keep patches alone.")
    }
    let inner = try reader.reader("patches")
    let patches = PatchSampling(
      size: try inner.int("size", in: PatchSampling.Limits.sizes),
      count: try inner.int("count", in: PatchSampling.Limits.counts),
      greyShare: try inner.double("grey", in: 0...1, default: 0),
      softShare: try inner.double("soft", in: 0...1, default: 0))
    try inner.finish()
    try patches.checkSize(channels: fitting.channels ?? 3)
    return patches
  }

  private static func augmentation(_ reader: SettingsReader) throws(HourglassError) -> Augmentation? {
    guard reader.value("augment") != nil else { return nil }
    let inner = try reader.reader("augment")
    let share = try inner.double("share", in: 0...1)
    let known = Augmentation.Transformation.allCases.map(\.rawValue)
    var transformations: [Augmentation.Transformation] = []
    for value in try inner.list("transformations") {
      guard case .string(let name) = value else {
        throw HourglassError(
          .usage,
          "\(inner.path).transformations has \(value.shortText), but must be a list of \(known.joined(separator: ", "))."
        )
      }
      guard let transformation = Augmentation.Transformation(rawValue: name) else {
        throw unknownName(name, what: "\(inner.path).transformations", among: known)
      }
      transformations.append(transformation)
    }
    guard (1...100).contains(transformations.count) else {
      throw HourglassError(
        .usage,
        "\(inner.path).transformations has \(transformations.count) entries, but must be a list of 1 to 100 out of "
          + "\(known.joined(separator: ", ")).")
    }
    let angle = try inner.double("angle", in: -360...360, default: -30)
    try inner.finish()
    return Augmentation(share: share, transformations: transformations, angle: angle)
  }
}
