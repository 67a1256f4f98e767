import HourglassBase

/// How an array `[n, …]` is taken for samples: `[n, features]`, `[n, height, width]`, `[n, channels, height, width]` or
/// `[n, height, width, channels]`, see `ImageAxes`.
struct ArrayLayout {
  /// Of a sample.
  let shape: Shape
  let hasChannelsLast: Bool
  /// Which axis was taken for channels, where the extents alone do not tell.
  let axisNote: String?

  /// - Parameters:
  ///   - extents: of the whole array.
  ///   - axes: where images have their channels; nil goes by the extents.
  ///   - name: what the array is called.
  /// - Throws: `HourglassError` (badData) when these are no samples.
  init(_ extents: [Int], axes: ChannelAxis?, name: String) throws {
    guard (2...4).contains(extents.count) else {
      throw HourglassError(
        .badData,
        "\(name) has the shape \(Shape(extents)), but must be [n, features], [n, height, width], "
          + "[n, channels, height, width] or [n, height, width, channels]; reshape it")
    }
    guard extents.allSatisfy({ $0 > 0 }) else {
      throw HourglassError(
        .badData,
        "\(name) has the shape \(Shape(extents)), in which there is no number; save at least one sample")
    }
    switch extents.count {
    case 2: (shape, hasChannelsLast, axisNote) = ([extents[1]], false, nil)
    case 3: (shape, hasChannelsLast, axisNote) = ([1, extents[1], extents[2]], false, nil)
    default:
      let images = ImageAxes(extents, chosen: axes)
      (shape, hasChannelsLast) = (images.shape(extents), images.channels == .last)
      guard images.isGuess else {
        axisNote = nil
        return
      }
      let last = hasChannelsLast
      axisNote =
        "\(name) has the shape \(Shape(extents)), whose channels may stand first or last: the "
        + "\(last ? "last axis" : "axis behind the samples") was taken for \(shape[0]) channel\(shape[0] == 1 ? "" : "s") "
        + "of \(shape[1]) x \(shape[2]) pixels"
    }
  }

  /// What bytes of vectors are taken for, which may be numbers in units of their own; nil of anything else.
  static func valueNote(_ extents: [Int], areBytes: Bool, name: String) -> String? {
    guard extents.count == 2, areBytes else { return nil }
    return
      "The bytes of \(name) are taken as 0 to 1 (divided by 255); save them as float32 to keep their units."
  }
}
