import HourglassBase
import HourglassGraph

/// A series `[channels, length]` is an image of one row to the engine.
enum SeriesForm {
  /// - Throws: `HourglassError` (usage) when values of this shape are no series.
  static func check(_ shape: Shape) throws(HourglassError) {
    guard shape.rank == 2 else {
      throw HourglassError(
        .usage, "takes a series (channels, length), but gets \(shape); put a reshape layer before it")
    }
  }

  static func image(_ series: Tensor) -> Tensor {
    series.reshaped(to: [series.shape[0], 1, series.shape[1]])
  }
}

extension Tensor {
  /// An image of one row as a series.
  var asSeries: Tensor { reshaped(to: shape.withoutRow) }
}

extension Shape {
  /// Of an image of one row, as a series.
  var withoutRow: Shape { [self[0], self[2]] }
}

extension WindowAxis {
  /// A window of one over one element.
  static let one = WindowAxis(input: 1, output: 1, kernel: 1, stride: 1, padding: 0)
}
