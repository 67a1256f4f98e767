import HourglassBase
import HourglassPictures
import HourglassSound

/// What stands in the map under `data`.
private struct DataSettings: Sendable {
  var name: String?
  var folder: String?
  var images: String?
  var file: String?
  var sounds: String?
  var axes: ChannelAxis?
  var keep: DataKeeping?
  var window: Int?
  var resize: Pair?
  var crop: Pair?
  var channels: Int?
  var augment: Augmentation?
  var patches: PatchSampling?
  var spectrum: SpectrumSettings?
  var mixture: NoiseMixture?
  var isStrict = false

  static let fields = Fields(DataSettings()) {
    Field("name", \.name, .dataSetName, "a data set known by name, found or downloaded")
    Field(
      "folder", \.folder, .text,
      "a folder with IDX files, batches of CIFAR-10, shards or pictures, whichever it has")
    Field("images", \.images, .text, "a folder of pictures, whatever else lies in it")
    Field("file", \.file, .text, "a .npy, .npz or .safetensors file")
    Field("sounds", \.sounds, .text, "a folder of recordings: WAV, FLAC or OGG")
    Field(
      "axes", \.axes, .choice, "whether the channels of a file's images are their first axis or their last")
    Field(
      "keep", \.keep, .choice,
      "memory reads all samples first; file leaves them in their file until they are needed, as is done with more than a quarter of the memory"
    )
    Field(
      "window", \.window, .whole(1...ShardManifest.Limits.parts),
      "shards that are shuffled together, in a drawn order, for disks that are slow at random places; all samples are shuffled together otherwise"
    )
    Field("resize", \.resize, .pictureSize, "rows and columns to which images are scaled")
    Field("crop", \.crop, .pictureSize, "rows and columns that images are scaled to fill, and cut to")
    Field("channels", \.channels, .channels, "1 makes images grey, 3 coloured")
    Field("augment", \.augment, .nested(Augmentation.fields), "training images that are added")
    Field(
      "patches", \.patches, .nested(PatchSampling.fields), "squares cut from photos instead of whole pictures"
    )
    Field("spectrum", \.spectrum, .nested(SpectrumSettings.fields), "what a sample of a recording is")
    Field(
      "mixture", \.mixture, .nested(NoiseMixture.fields), "noises that recordings of voices are mixed with")
    Field(
      "strict", \.isStrict, .yesOrNo,
      "whether a broken picture or recording in a folder is refused, rather than left out")
  }

  init() {}

  init(_ data: DataDescription) {
    switch data.source.kind {
    case .name: name = data.source.text
    case .folder: folder = data.source.text
    case .images: images = data.source.text
    case .file: file = data.source.text
    case .sounds: sounds = data.source.text
    }
    (spectrum, mixture) = (data.spectrum, data.mixture)
    axes = data.axes
    keep = data.keep
    window = data.window
    switch data.fitting.extent {
    case .resize(let height, let width): resize = Pair(height, width)
    case .crop(let height, let width): crop = Pair(height, width)
    case nil: break
    }
    channels = data.fitting.channels
    augment = data.augmentation
    patches = data.patches
    isStrict = data.isStrict
  }

  func description(path: String) throws(HourglassError) -> DataDescription {
    var fitting = PictureFitting(channels: channels)
    if let resize { fitting.extent = .resize(height: resize.rows, width: resize.columns) }
    if let crop {
      guard resize == nil else {
        throw HourglassError(
          .usage, "\(path) has both resize and crop; keep one, since crop scales the images too.")
      }
      fitting.extent = .crop(height: crop.rows, width: crop.columns)
    }
    if let patches {
      guard fitting.extent == nil, augment == nil else {
        throw HourglassError(
          .usage,
          "\(path) has patches and \(fitting.extent == nil ? "augment" : "resize or crop"), but patches are cut from "
            + "pictures as they are, and are turned and flipped already; keep patches alone.")
      }
      try patches.checkSize(channels: channels ?? 3)
    }
    let source = try source(path: path)
    for (name, isGiven) in [("spectrum", spectrum != nil), ("mixture", mixture != nil)]
    where isGiven && source.kind != .sounds {
      throw HourglassError(
        .usage, "\(path) has \(name), which is for recordings, but no sounds; name their folder with sounds.")
    }
    guard spectrum == nil || mixture == nil else {
      throw HourglassError(
        .usage, "\(path) has both spectrum and mixture; keep one, since a mixture says what a sample is.")
    }
    if source.kind == .sounds,
      axes != nil || keep != nil || window != nil || !fitting.isEmpty || augment != nil || patches != nil
    {
      throw HourglassError(
        .usage,
        "\(path) has recordings, for which spectrum, mixture and strict are; leave the other settings out.")
    }
    try spectrum?.check(path: "\(path).spectrum")
    try mixture?.settings.check(path: "\(path).mixture")
    var description = DataDescription(
      source, axes: axes, keep: keep, window: window, fitting: fitting, augmentation: augment,
      patches: patches,
      isStrict: isStrict)
    (description.spectrum, description.mixture) = (spectrum, mixture)
    return description
  }

  private func source(path: String) throws(HourglassError) -> DataSource {
    let all: [(DataSource.Kind, String?)] = [
      (.name, name), (.folder, folder), (.images, images), (.file, file), (.sounds, sounds),
    ]
    let given = all.compactMap { kind, text in text.map { (kind, $0) } }
    guard let (kind, text) = given.first, given.count == 1 else {
      let names = DataSource.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      let found =
        given.isEmpty ? "none of them" : given.map { $0.0.rawValue }.joined(separator: " and ")
      throw HourglassError(
        .usage, "\(path) must say with one of \(names) where the data are, but has \(found).")
    }
    guard !text.isEmpty else {
      throw HourglassError(.usage, "\(path).\(kind.rawValue) is \"\", but must say where the data are.")
    }
    return DataSource(kind, text)
  }
}

extension DataDescription {
  /// - Parameter path: where the setting stands, for messages.
  /// - Throws: `HourglassError` (usage): unknown or missing settings, values out of range.
  package init(_ value: SettingValue, path: String) throws(HourglassError) {
    self = try SettingType<DataDescription>.data.read(value, SettingPlace(path: path))
  }

  /// The description as a setting; reading it gives the same description.
  package var value: SettingValue { SettingType<DataDescription>.data.write(self) }
}

extension SettingType where Value == DataDescription {
  /// The name of a data set, a path, or a map.
  package static var data: Self {
    let map = SettingType<DataSettings>.nested(DataSettings.fields)
    let expected = "the name of a data set, a path, or a map with name, folder, images, file or sounds"
    var type = Self(
      expected: expected,
      schema: { catalogue in
        func has(_ keys: String...) -> SettingValue {
          .map([Setting("required", .list(keys.map { .string($0) }))])
        }
        func not(_ schema: SettingValue) -> SettingValue { .map([Setting("not", schema)]) }
        let text = SettingValue.map([
          Setting("type", "string"), Setting("minLength", 1),
          Setting("examples", .list(NamedDataSet.all.map { .string($0.name) })),
        ])
        return .oneOf([
          text,
          map.schema(catalogue).with([
            Setting("oneOf", .list(DataSource.Kind.allCases.map { has($0.rawValue) })),
            Setting(
              "allOf",
              .list([
                not(has("resize", "crop")), not(has("patches", "resize")), not(has("patches", "crop")),
                not(has("patches", "augment")),
              ])),
          ]),
        ])
      },
      read: { (value, place) throws(HourglassError) in
        switch value {
        case .string(let text) where !text.isEmpty: return DataDescription(DataSource(text))
        case .map: return try map.read(value, place).description(path: place.path)
        case .string, .null, .bool, .number, .list: throw place.error(value, mustBe: expected)
        }
      },
      write: { data in
        let settings = DataSettings(data)
        let isPlain =
          data.axes == nil && data.keep == nil && data.window == nil && data.fitting.isEmpty
          && data.augmentation == nil
          && data.patches == nil && data.spectrum == nil && data.mixture == nil
          && !data.isStrict
        return isPlain && DataSource(data.source.text) == data.source
          ? .string(data.source.text) : map.write(settings)
      })
    type.parts = map.parts
    return type
  }
}

extension SettingType where Value == String {
  fileprivate static var dataSetName: Self {
    let names = NamedDataSet.all.map(\.name)
    return Self(
      expected: "one of the names \(names.joined(separator: ", "))", schema: { _ in .names(names) },
      read: { (value, place) throws(HourglassError) in
        let text = try SettingType.text.read(value, place)
        // Nothing at all is explained as for the others.
        guard text.isEmpty || names.contains(text) else {
          throw unknownName(text, what: place.path, among: names)
        }
        return text
      }, write: { .string($0) })
  }
}

extension SettingType where Value == Pair {
  fileprivate static var pictureSize: Self {
    var type = SettingType.pair(1...PNG.Limits.side).converted(
      { (size, place) throws(HourglassError) in
        guard size.rows * size.columns <= PNG.Limits.pixels else {
          throw HourglassError(
            .usage,
            "\(place.path) is [\(size.rows), \(size.columns)], more than \(PNG.Limits.pixels) pixels; make it smaller."
          )
        }
        return size
      }, back: { $0 })
    type.write = { .list([.number(Double($0.rows)), .number(Double($0.columns))]) }
    return type
  }
}

extension SettingType where Value == Int {
  fileprivate static var channels: Self {
    Self(
      "1 (grey) or 3 (colours)", schema: .map([Setting("enum", .list([.number(1), .number(3)]))]),
      read: { [1: 1, 3: 3][$0.whole(in: 1...3) ?? 0] }, write: { .number(Double($0)) })
  }
}

extension Augmentation {
  fileprivate static let fields = Fields(
    Augmentation(trustedShare: 0, transformations: [.rotate], angle: -30)
  ) {
    Field("share", \.share, .number(0...1), "images that are added, as a share of those there are", .required)
    Field("transformations", \.transformations, .transformations, "what they may go through", .required)
    Field("angle", \.angle, .number(-360...360), "by which rotate turns, in degrees", .written)
  }
}

extension SettingType where Value == [Augmentation.Transformation] {
  fileprivate static var transformations: Self {
    let names = Augmentation.Transformation.allCases.map(\.rawValue)
    let known = names.joined(separator: ", ")
    return Self(
      expected: "a list of \(known)", schema: { _ in .array(of: .names(names), 1...100) },
      read: { (value, place) throws(HourglassError) in
        guard case .list(let list) = value else { throw place.error(value, mustBe: "a list") }
        var transformations: [Augmentation.Transformation] = []
        for value in list {
          guard case .string(let name) = value else {
            throw HourglassError(
              .usage, "\(place.path) has \(value.shortText), but must be a list of \(known).")
          }
          guard let transformation = Augmentation.Transformation(rawValue: name) else {
            throw unknownName(name, what: place.path, among: names)
          }
          transformations.append(transformation)
        }
        guard (1...100).contains(transformations.count) else {
          throw HourglassError(
            .usage,
            "\(place.path) has \(transformations.count) entries, but must be a list of 1 to 100 out of \(known)."
          )
        }
        return transformations
      }, write: { .list($0.map { .string($0.rawValue) }) })
  }
}

extension PatchSampling {
  fileprivate static let fields = Fields(PatchSampling(trustedSize: 40, count: 1)) {
    Field("size", \.size, .whole(Limits.sizes), "rows and columns of a patch", .required)
    Field("count", \.count, .whole(Limits.counts), "patches for training", .required)
    Field("grey", \.greyShare, .number(0...1), "share of the patches that are made grey", .written)
    Field("soft", \.softShare, .number(0...1), "share of the patches that are softened", .written)
  }
}
