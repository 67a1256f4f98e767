import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassPictures

/// Where images depart from what a model makes of them.
struct HeatMaps {
  /// Images side by side of which there are at most so many.
  private static let columns = 10

  /// A sheet with two groups of three rows: the image, its reconstruction and the heat map, of images with the highest
  /// scores and with the lowest.
  ///
  /// - Parameters:
  ///   - rows: of `images`, one for each score.
  static func sheet(
    _ images: any SampleSource, rows: [UInt32], scores: [Double], detector: AnomalyDetector, threads: Int?
  ) throws -> Picture? {
    guard images.form.isPicture, !rows.isEmpty else { return nil }
    let order = rows.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    let count = min(columns, rows.count)
    // The highest scores resemble one another; a step between them shows more.
    let step = max(1, min(order.count / 20 / count, 5))
    let high = (0..<count).map { order[min($0 * step, order.count - 1)] }
    let low = (0..<count).map { order[max(order.count - 1 - $0 * max(order.count / 20 / count, 1), 0)] }
    let machine = try VectorMachine(threads: threads)
    let chosen = (high + low).map { rows[$0] }
    let pass = try detector.pass(EncodedRows(samples: images), rows: chosen, machine: machine)
    let departures = (0..<chosen.count).map { departure(pass.residuals.sample($0), detector, images.shape) }
    // One scale for all, so that heat can be compared; a few extremes do not count.
    let scale = max(quantile(departures.flatMap(\.self).map(Double.init).sorted(), 0.995), 1e-12)
    let cells = try chosen.indices.map { index in
      [
        try Picture(samples: images.numbers(of: Int(chosen[index])), shape: images.shape),
        try Picture(samples: pass.reconstructions.sample(index), shape: images.shape),
        heat(departures[index].map { Double($0) / scale }, images.shape),
      ]
    }
    func group(_ part: ArraySlice<[Picture]>) -> [[Picture]] { (0..<3).map { row in part.map { $0[row] } } }
    let names = ["image", "rebuilt", "departs"]
    return try ContactSheet(
      rows: group(cells[..<count]) + group(cells[count...]),
      labels: names.map { "high, \($0)" } + names.map { "low, \($0)" }
    ).composed()
  }

  /// For each pixel, the squared residual over all channels by what is usual there, smoothed over its neighbours.
  private static func departure(_ residual: [Float], _ detector: AnomalyDetector, _ shape: Shape) -> [Float] {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let squares = detector.residualSquares
    let usual = squares.reduce(0, +) / Float(squares.count)
    var pixels = [Float](repeating: 0, count: height * width)
    for channel in 0..<channels {
      for pixel in pixels.indices {
        let feature = channel * height * width + pixel
        pixels[pixel] += residual[feature] * residual[feature] / (squares[feature] + 0.5 * usual + 1e-12)
      }
    }
    return pixels.indices.map { pixel in
      let (row, column) = (pixel / width, pixel % width)
      var (sum, count) = (Float(0), Float(0))
      for y in max(row - 1, 0)...min(row + 1, height - 1) {
        for x in max(column - 1, 0)...min(column + 1, width - 1) {
          sum += pixels[y * width + x]
          count += 1
        }
      }
      return (sum / count).squareRoot()
    }
  }

  /// Black, red, yellow, white for 0...1.
  private static func heat(_ values: [Double], _ shape: Shape) -> Picture {
    let bytes = values.flatMap { value in
      (0..<3).map { channel in
        UInt8(saturating: min(max(3 * min(value, 1) - Double(channel), 0), 1) * 255)
      }
    }
    return Picture(width: shape[2], height: shape[1], channels: 3, trusted: bytes)
  }
}
