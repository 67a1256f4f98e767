import HourglassBase

/// Where the elements of a per-sample tensor lie: `[channel][row][column][16]`, with a halo of zeros where a
/// convolution reads past the edge. Offsets and strides are in floats.
package struct LaneLayout: Hashable, Sendable {
  package struct Halo: Hashable, Sendable {
    package var top = 0
    package var bottom = 0
    package var left = 0
    package var right = 0

    package var isEmpty: Bool { self == Halo() }

    mutating func widen(_ other: Halo) {
      widen(rows: (other.top, other.bottom), columns: (other.left, other.right))
    }

    mutating func widen(rows: (before: Int, after: Int), columns: (before: Int, after: Int)) {
      top = max(top, rows.before)
      bottom = max(bottom, rows.after)
      left = max(left, columns.before)
      right = max(right, columns.after)
    }
  }

  package static let lanes = 16

  package var channels: Int
  package var rows: Int
  package var columns: Int
  package var halo = Halo()

  package init(channels: Int, rows: Int, columns: Int, halo: Halo = Halo()) {
    self.channels = channels
    self.rows = rows
    self.columns = columns
    self.halo = halo
  }

  /// A vector is channels of one pixel; a matrix is channels of one row.
  package init(_ shape: Shape, halo: Halo = Halo()) {
    switch shape.rank {
    case 0: self.init(channels: 1, rows: 1, columns: 1, halo: halo)
    case 1: self.init(channels: shape[0], rows: 1, columns: 1, halo: halo)
    case 2: self.init(channels: shape[0], rows: 1, columns: shape[1], halo: halo)
    case 3: self.init(channels: shape[0], rows: shape[1], columns: shape[2], halo: halo)
    default: preconditionFailure("a per-sample tensor has at most three axes, not \(shape)")
    }
  }

  /// Which of channels (0), rows (1) and columns (2) an axis of a tensor of this rank is.
  static func axis(_ axis: Int, rank: Int) -> Int {
    rank == 2 && axis == 1 ? 2 : axis
  }

  package var rowStride: Int { (columns + halo.left + halo.right) * Self.lanes }
  /// With a halo never near a multiple of 4 KiB: channels that far apart would fight for the same lines of the
  /// first cache.
  package var channelStride: Int {
    let stride = (rows + halo.top + halo.bottom) * rowStride
    let beyond = stride % 1024
    return !halo.isEmpty && (beyond < 80 || beyond > 1024 - 80) ? stride + 160 : stride
  }
  package var origin: Int { halo.top * rowStride + halo.left * Self.lanes }
  package var floats: Int { channels * channelStride }
  package var count: Int { channels * rows * columns }

  /// From the first element to element (channel, row, column).
  func offset(_ channel: Int, _ row: Int, _ column: Int) -> Int {
    channel * channelStride + row * rowStride + column * Self.lanes
  }
}
