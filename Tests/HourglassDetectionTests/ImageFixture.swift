import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport

/// Small pictures of two classes, with settings for a detector that learns one of them in a moment.
enum ImageFixture {
  static let classes = ["ramp", "block"]

  /// Grey images of 8 x 8: ramps that brighten to the right, and, where `isBlock`, a bright block on black.
  static func images(_ count: Int, seed: UInt64, isBlock: (Int) -> Bool) -> SampleArray {
    var numbers = TestNumbers(seed)
    let bytes = (0..<count).flatMap { image in
      (0..<64).map { pixel in
        let (row, column) = (pixel / 8, pixel % 8)
        let isInside = 2...5 ~= row && 2...5 ~= column
        let value = isBlock(image) ? (isInside ? 230.0 : 20) : 40 + 20 * Double(column)
        return UInt8(value + numbers.double(in: -15...15))
      }
    }
    return SampleArray(trustedBytes: bytes, count: count, shape: [1, 8, 8])
  }

  static func isBlock(_ index: Int) -> Bool { index % 3 == 2 }

  /// Every third image is a block.
  static func set(test: Int? = 40, labelled: Bool = true) throws -> DataSet {
    func labels(_ count: Int) -> [Int] { labelled ? (0..<count).map { isBlock($0) ? 1 : 0 } : [] }
    return try DataSet(
      name: "shapes", training: images(90, seed: 1, isBlock: isBlock), trainingLabels: labels(90),
      test: test.map { images($0, seed: 2, isBlock: isBlock) }, testLabels: labels(test ?? 0),
      classNames: labelled ? classes : nil)
  }

  static func options() -> DetectorOptions {
    var options = DetectorOptions(seed: 3)
    (options.epochs, options.hidden, options.code, options.threads) = (20, 16, 4, 1)
    return options
  }
}
