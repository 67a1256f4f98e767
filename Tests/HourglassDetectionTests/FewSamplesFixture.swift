import HourglassBase
import HourglassData
import HourglassDetection
import HourglassPlatform

/// Ordinary samples that vary a little, and others that are plainly none of them.
enum FewSamplesFixture: String, CaseIterable {
  /// Spectrograms of 16 x 16 pixels: lines at a pitch that varies; the others' lines stand upright.
  case images
  /// Six numbers that depend on two; the others lie far off in two of them.
  case table
  /// Waves of 64 moments as rows of a table; the others are interrupted.
  case series

  static let side = 16

  func options(seed: UInt64) -> DetectorOptions {
    var options = DetectorOptions(seed: seed)
    (options.epochs, options.threads) = (self == .images ? 60 : 200, 1)
    return options
  }

  /// Fits to so many ordinary samples.
  ///
  /// - Returns: the detector, and the scores of 40 other ordinary samples and of five others.
  func fit(_ count: Int, seed: UInt64) async throws -> (
    detector: AnomalyDetector, ordinary: [Double], odd: [Double]
  ) {
    var random = RandomNumbers(seed: 1000 * seed + UInt64(count), purpose: .sampling)
    func samples(_ count: Int, isOdd: Bool = false) -> [[Double]] {
      (0..<count).map { _ in sample(isOdd, &random) }
    }
    let (training, ordinary, odd) = (samples(count), samples(40), samples(5, isOdd: true))
    let values: [Double]
    let detector: AnomalyDetector
    if self == .images {
      detector = try await AnomalyDetector.fit(images: Self.images(training), options: options(seed: seed))
      values = try detector.scores(Self.images(ordinary + odd), threads: 1).values
    } else {
      detector = try await AnomalyDetector.fit(Self.table(training), options: options(seed: seed))
      values = try detector.score(Self.table(ordinary + odd), threads: 1).map(\.value)
    }
    return (detector, Array(values.prefix(40)), Array(values.dropFirst(40)))
  }

  private func sample(_ isOdd: Bool, _ random: inout RandomNumbers) -> [Double] {
    switch self {
    case .images:
      let pitch = 5 + 0.1 * random.normal()
      let height = 150 + 15 * random.normal()
      return (0..<Self.side * Self.side).map { pixel in
        let (row, column) = (Double(pixel / Self.side), Double(pixel % Self.side))
        let line = max(cos(2 * .pi * row / pitch), 0) * (0.5 + 0.5 * column / Double(Self.side))
        let upright = pixel % Self.side % 5 == 0 ? 1.0 : 0
        return 40 + height * (isOdd ? upright : line) + 10 * random.normal()
      }
    case .table:
      let (first, second) = (random.normal(), random.normal())
      var row = [first, 2 * first, second, first + second, 0, first - second].map {
        $0 + 0.3 * random.normal()
      }
      if isOdd { (row[1], row[4]) = (row[1] - 20, row[4] + 10) }
      return row
    case .series:
      let (phase, height) = (0.4 * random.normal(), 1 + 0.1 * random.normal())
      return (0..<64).map { moment in
        let isGap = isOdd && 24..<44 ~= moment
        return (isGap ? 3 : height * sin(.pi * Double(moment) / 8 + phase)) + 0.1 * random.normal()
      }
    }
  }

  static func images(_ samples: [[Double]]) -> SampleArray {
    SampleArray(
      trustedBytes: samples.flatMap { $0.map { UInt8(min(max($0, 0), 255)) } }, count: samples.count,
      shape: [1, side, side])
  }

  static func table(_ samples: [[Double]]) -> Table {
    Table(
      trustedColumns: samples[0].indices.map { column in
        .init(name: "c\(column)", values: samples.map { $0[column] })
      })
  }
}
