import HourglassBase
import HourglassMessages

/// How numbers are spread over buckets of one width.
struct Histogram {
  /// As many as TensorBoard shows.
  private static let buckets = 30

  private(set) var message = TensorBoardHistogram()

  /// - Parameter numbers: those that are not finite are left out.
  init(_ numbers: [Float]) {
    let finite = numbers.lazy.filter(\.isFinite).map { Double($0) }

    guard let least = finite.min(), let most = finite.max() else { return }
    (message.min, message.max) = (least, most)
    // Of equal numbers, all lie in the one bucket that there is.
    let count = least < most ? Self.buckets : 1
    let width = (most - least) / Double(count)
    var counts = [Double](repeating: 0, count: count)
    for number in finite {
      let place = width > 0 ? Int(saturating: (number - least) / width) : 0
      counts[min(max(place, 0), count - 1)] += 1
      message.num += 1
      message.sum += number
      message.sumSquares += number * number
    }
    message.bucket = counts
    message.bucketLimit = (1...count).map { $0 == count ? most : least + width * Double($0) }
  }
}
