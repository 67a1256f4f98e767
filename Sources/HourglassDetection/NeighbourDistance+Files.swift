import HourglassBase
import HourglassFiles

extension NeighbourDistance.Space {
  /// - Parameters:
  ///   - json: the description of a detector.
  ///   - isJoined: whether its samples are compared in a joined space.
  ///   - images: the shape of images, `[channels, height, width]`, that are compared by their edges; nil where none are.
  /// - Returns: nil where the scales of a joined space are missing or out of range.
  init?(json: JSONValue, isJoined: Bool, images: Shape?) {
    if let images {
      self = .edges(EdgeSpace(images))
      return
    }
    guard isJoined else {
      self = .codes
      return
    }
    let scales = (json["joined_scales"]?.arrayValue ?? []).compactMap(\.doubleValue).map { Float($0) }
    guard scales.count == 2, scales.allSatisfy(JoinedSpace.scales.contains) else { return nil }
    self = .joined(JoinedSpace(inputScale: scales[0], residualScale: scales[1]))
  }
}
