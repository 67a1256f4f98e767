import HourglassDrawing
import HourglassPictures

/// The middle of a few photos, each in all its versions side by side.
package struct DenoisingFigure {
  private static let mostPhotos = 8
  private static let largestSide = 160

  private let heads: [String]
  private var crops: [[Picture]] = []

  /// - Parameters:
  ///   - damage: what is wrong with the photos.
  ///   - comparesFilters: whether photos have versions by the filters.
  ///   - hasOriginal: whether photos have an original.
  package init(damage: PhotoDamage = .noise, comparesFilters: Bool, hasOriginal: Bool) {
    heads =
      [damage.spoilt] + (comparesFilters ? damage.filters.map(\.head) : []) + [damage.mended]
      + (hasOriginal ? ["original"] : [])
  }

  package var isEmpty: Bool { crops.isEmpty }

  /// Keeps the middle of a photo, unless there are enough.
  ///
  /// - Parameter versions: one for each head, all of one size.
  package mutating func add(_ versions: [Picture]) {
    guard crops.count < Self.mostPhotos, let first = versions.first else { return }
    let side = min(Self.largestSide, first.width, first.height)
    crops.append(versions.map { $0.middle(side) })
  }

  /// A row for each photo, all parts of the size of the smallest.
  package func drawn() throws -> Picture {
    let side = crops.compactMap { $0.first?.width }.min() ?? 0
    return try ContactSheet(
      rows: crops.map { $0.map { $0.middle(side) } }, heads: heads,
      enlargement: max(1, Self.largestSide / max(side, 1))
    ).composed()
  }
}

extension Picture {
  fileprivate func middle(_ side: Int) -> Picture {
    part(left: (width - side) / 2, top: (height - side) / 2, width: side, height: side)
  }
}
