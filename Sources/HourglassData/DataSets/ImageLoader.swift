import HourglassBase
import HourglassFiles
import HourglassPictures
import Synchronization

/// Reads pictures into samples of one shape.
struct ImageLoader {
  /// Says that pictures are coloured where all so far were grey.
  struct ColoursAmongGrey: Error {}

  private(set) var shape: Shape
  private var fitting: PictureFitting
  private let broken: BrokenFiles
  /// Who wants that shape, for messages.
  private let authority: String
  /// nil where pictures have to be as they are wanted.
  private let adaptation: PictureAdaptation?
  /// What was asked for.
  private let givenExtent: PictureFitting.Extent?
  private let sizes = PictureSizes()
  /// Whether colours are news that somebody waits for.
  private var awaitsColours: Bool
  /// Whether pictures turned out to be coloured.
  private var foundColours = false

  /// - Parameter paths: the pictures for training; the first sound one has the shape where nobody says which.
  init(_ paths: [String], _ request: PictureRequest, _ broken: BrokenFiles) throws {
    let wanted = request.shape.flatMap { SampleForm($0).isPicture ? $0 : nil }
    var channels = request.fitting.channels ?? wanted?[0]
    var size = request.fitting.extent?.size ?? wanted.map { (height: $0[1], width: $0[2]) }
    var authority = "the model's input"
    if channels == nil || size == nil {
      var first: Picture?
      for path in paths where first == nil {
        first = try broken.sound(path, Picture.read)
        authority = path
      }
      guard let first else { throw broken.refusal(of: paths) }
      channels = channels ?? first.channels
      size = size ?? (first.height, first.width)
    }
    self.broken = broken
    self.authority = wanted == nil ? authority : "the model's input"
    fitting = request.fitting
    shape = [channels ?? 1, size?.height ?? 1, size?.width ?? 1]
    adaptation = wanted == nil ? nil : request.adaptation
    awaitsColours = adaptation != nil && channels == 1 && request.fitting.channels == nil
    if adaptation != nil, fitting.extent == nil {
      fitting.extent = .resize(height: shape[1], width: shape[2])
    }
    givenExtent = request.fitting.extent
  }

  /// Coloured pictures make the samples coloured, or become grey.
  mutating func takeColours() {
    (awaitsColours, foundColours) = (false, true)
    let channels = adaptation?.admitsColours == true ? 3 : 1
    fitting.channels = channels
    shape = [channels, shape[1], shape[2]]
  }

  /// - Returns: the samples of the sound pictures, in their order.
  /// - Throws: `ColoursAmongGrey`, and what makes pictures useless.
  func load(_ paths: [String], _ counter: LoadingCount) throws -> SampleArray {
    let size = shape.count
    var count = paths.count
    let samples = try SampleArray(byteCount: paths.count, shape: shape) { memory in
      // Each index writes to a place of its own.
      nonisolated(unsafe) let target = memory
      try concurrently(paths.count) { index in
        try picture(paths[index])?.writePlanes(
          to: .init(rebasing: target[index * size..<(index + 1) * size]))
        try counter.add()
      }
      let sound = broken.sound(paths)
      count = sound.count
      // Those behind a broken one move up.
      for (place, index) in sound.enumerated() where place != index {
        target[place * size..<(place + 1) * size].copyBytes(from: target[index * size..<(index + 1) * size])
      }
    }
    return samples.prefix(count)
  }

  /// - Returns: nil for a broken one.
  private func picture(_ path: String) throws -> Picture? {
    guard let given = try broken.sound(path, Picture.read) else { return nil }
    if awaitsColours, given.channels > 1 { throw ColoursAmongGrey() }
    sizes.add(given)
    let picture = try given.fitted(fitting)
    guard picture.height == shape[1], picture.width == shape[2] else {
      let settings = ["resize", "crop"].map {
        PictureFitting.setting($0, height: shape[1], width: shape[2])
      }
      throw HourglassError(
        .badData,
        "\(path) has \(picture.height) x \(picture.width) pixels (rows x columns), but \(authority) has \(shape[1]) x "
          + "\(shape[2])", .setOne(settings, toDo: "give all that size"))
    }
    guard picture.channels <= shape[0] else {
      throw HourglassError(
        .badData,
        "\(path) is coloured, but \(authority) is grey (1 channel)",
        .setOne([HourglassError.RecipeSetting("data.channels", "1")], toDo: "make all grey"),
        .text("use a model that takes colours"))
    }
    return try picture.converted(toChannels: shape[0])
  }

  // MARK: - What was adapted

  private var hasScaled: Bool {
    adaptation != nil && givenExtent == nil && !sizes.areAll(height: shape[1], width: shape[2])
  }

  /// What was done to pictures so that they fit the model, though nobody had asked for it; nil where nothing was.
  var adaptedFitting: PictureFitting? {
    guard hasScaled || foundColours else { return nil }
    var adapted = fitting
    if !hasScaled { adapted.extent = givenExtent }
    return adapted
  }

  /// The same in a sentence.
  func adaptationNote(on directory: String) -> String? {
    var deeds: [String] = []
    if hasScaled {
      let crop = PictureFitting.setting("crop", height: shape[1], width: shape[2])
      deeds.append(
        "have \(sizes.text) pixels (rows x columns) and were scaled to \(shape[1]) x \(shape[2]), which the model takes "
          + "(\(crop.key): \(crop.value) keeps their proportions)")
    }
    if foundColours {
      deeds.append(
        shape[0] == 3
          ? "have colours, for which the model was given 3 channels"
          : "have colours, and were made grey for a model of grey pictures")
    }
    return deeds.isEmpty ? nil : "The pictures of \(directory) \(deeds.joined(separator: "; they "))"
  }
}

/// From which size to which pictures are, noted by several threads.
private final class PictureSizes: Sendable {
  private struct Size: Comparable {
    var height: Int
    var width: Int

    static func < (a: Size, b: Size) -> Bool {
      (a.height * a.width, a.height) < (b.height * b.width, b.height)
    }

    var text: String { "\(height) x \(width)" }
  }

  private let range = Mutex<ClosedRange<Size>?>(nil)

  func add(_ picture: Picture) {
    let size = Size(height: picture.height, width: picture.width)
    range.withLock { range in
      range = min(range?.lowerBound ?? size, size)...max(range?.upperBound ?? size, size)
    }
  }

  /// Whether no picture has another size; so it is without any.
  func areAll(height: Int, width: Int) -> Bool {
    let size = Size(height: height, width: width)
    return range.withLock { $0.map { $0 == size...size } ?? true }
  }

  /// The smallest and the largest.
  var text: String {
    range.withLock { range in
      guard let range else { return "no" }
      return range.lowerBound == range.upperBound
        ? range.lowerBound.text : "\(range.lowerBound.text) to \(range.upperBound.text)"
    }
  }
}
