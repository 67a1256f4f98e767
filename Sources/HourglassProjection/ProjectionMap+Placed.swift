import HourglassBase
import HourglassDrawing

extension ProjectionMap {
  /// A map's samples with new ones among them, ready to be drawn: classes are the same where their names are, and those
  /// without a class get one that says whether they are new.
  package struct Placed: Sendable {
    package var labels: [UInt8]
    package var classNames: [String]
    /// Small pictures of all, if both the map and the new samples have such.
    package var pictures: SampleArray?
    /// The positions of all in each layout, the new ones last.
    package var positions: [[SIMD2<Float>]]
  }

  /// - Parameters:
  ///   - new: the positions in each layout, as `place` gives them.
  ///   - newLabels: of the new samples, indices into `newNames`; none if they are not known.
  ///   - images: the new samples, if they are images.
  /// - Throws: `HourglassError` (badData) when there are more than 256 classes.
  package func with(
    _ new: [[SIMD2<Float>]], labels newLabels: [UInt8], classNames newNames: [String],
    images: (any SampleSource)?
  ) throws -> Placed {
    let count = new.first?.count ?? 0
    var known = NamePlaces(self.labels.isEmpty ? [] : classNames)
    let old =
      self.labels.isEmpty
      ? Array(repeating: known.place("map"), count: codes.count) : self.labels.map { Int($0) }
    let added =
      newLabels.isEmpty
      ? Array(repeating: known.place("placed"), count: count)
      : newLabels.map { known.place(newNames[Int($0)]) }
    let names = known.names
    guard names.count <= 256 else {
      throw HourglassError(
        .badData,
        "The map and the new samples have \(names.count) classes, and a map can colour 256; give data with fewer."
      )
    }
    var all: SampleArray?
    if let pictures, let images, images.form.isPicture {
      let small = try Thumbnails(images).pictures
      if small.shape == pictures.shape {
        all = SampleArray(
          trustedBytes: pictures.bytes + small.bytes, count: pictures.count + small.count, shape: small.shape)
      }
    }
    return Placed(
      labels: (old + added).map { UInt8($0) }, classNames: names, pictures: all,
      positions: zip(layouts, new).map { $0.positions + $1 })
  }
}
