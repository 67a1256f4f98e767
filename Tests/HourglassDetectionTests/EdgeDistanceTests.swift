import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassTestSupport
import Testing

/// How far an image is from the nearest training images by its edges.
struct EdgeDistanceTests {
  private let scratch = ScratchFolder()

  private func fit(
    _ images: SampleArray, epochs: Int = 2, _ change: (inout DetectorOptions) -> Void = { _ in }
  ) async throws -> AnomalyDetector {
    var options = ImageFixture.options()
    options.epochs = epochs
    change(&options)
    return try await AnomalyDetector.fit(images: images, options: options)
  }

  /// Bright bars that lean to the right, or, of odd samples, to the left.
  private func bars(_ count: Int, shape: Shape, seed: UInt64 = 5) -> SampleArray {
    var numbers = TestNumbers(seed)
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let floats = (0..<count).flatMap { image -> [Float] in
      let middle = numbers.double(in: -2...2)
      return (0..<channels).flatMap { channel in
        (0..<height * width).map { pixel in
          let (row, column) = (Double(pixel / width), Double(pixel % width))
          let lean = (row - Double(height) / 2) * (image.isMultiple(of: 2) ? 1 : -1)
          let isBar = abs(column - Double(width) / 2 - middle - lean) < 2
          return Float((isBar ? 0.8 : 0.1) + numbers.double(in: -0.02...0.02) + 0.03 * Double(channel))
        }
      }
    }
    return SampleArray(trustedFloats: floats, count: count, shape: shape)
  }

  private func file(_ detector: AnomalyDetector) throws -> (SafeTensors, path: String) {
    let path = "\(scratch.path)/d.safetensors"
    try detector.write(to: path)
    return (try SafeTensors.read(path: path), path)
  }

  private func references(_ file: SafeTensors) throws -> [[Float]] {
    let tensor = try #require(file.tensors.first { $0.name == "detector.references" })
    return stride(from: 0, to: tensor.values.count, by: tensor.shape[1]).map {
      Array(tensor.values[$0..<$0 + tensor.shape[1]])
    }
  }

  /// The definition, with the arc tangent itself: of a grey image whose sides are multiples of 4 up to 32.
  private func edges(_ image: [Float], height: Int, width: Int) -> [Double] {
    var cells = [Double](repeating: 0, count: height / 4 * (width / 4) * 8)
    func windows(_ extent: Int) -> [[Double]] {
      (0..<extent / 4).map { cell in
        let window = (0..<extent).map { exp(-pow((Double($0) - 4 * Double(cell) - 1.5) / 2.5, 2) / 2) }
        return window.map { $0 / window.reduce(0, +) }
      }
    }
    let (rows, columns) = (windows(height), windows(width))
    func number(_ row: Int, _ column: Int) -> Double {
      Double(image[min(max(row, 0), height - 1) * width + min(max(column, 0), width - 1)])
    }
    for row in 0..<height {
      for column in 0..<width {
        let across = number(row, column + 1) - number(row, column - 1)
        let down = number(row + 1, column) - number(row - 1, column)
        let turn = (atan2(down, across) / (2 * .pi) * 8 + 8).truncatingRemainder(dividingBy: 8)
        for direction in 0..<8 {
          let apart = abs(turn - Double(direction))
          let share = max(1 - min(apart, 8 - apart), 0)
          for (place, window) in rows.enumerated() {
            for (second, other) in columns.enumerated() {
              cells[(place * columns.count + second) * 8 + direction] +=
                share * hypot(across, down) / 2 * window[row] * other[column]
            }
          }
        }
      }
    }
    return cells.map { pow($0, 0.25) }
  }

  @Test func theDistanceIsTheDefinedOne() async throws {
    let images = bars(60, shape: [1, 16, 12])
    let detector = try await fit(images) { $0.neighbours = 3 }
    let references = try references(file(detector).0)
    #expect(references.count == 48 && references[0].count == 4 * 3 * 8)
    let asked = bars(10, shape: [1, 16, 12], seed: 6)
    let found = try detector.scores(asked, threads: 1).neighbours
    for place in 0..<asked.count {
      let point = edges(asked.sample(place), height: 16, width: 12)
      let distances = references.map { other in
        zip(point, other).reduce(0.0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }.squareRoot()
      }.sorted()
      #expect(abs(found[place] - distances[2]) < 0.03 * distances[2], "\(place)")
    }
  }

  /// What leans the other way is odd, though it has as many bright pixels.
  @Test func directionsCount() async throws {
    let all = bars(120, shape: [1, 16, 16])
    var options = ImageFixture.options()
    options.scoring = .neighbours
    let right = (0..<100).filter { $0.isMultiple(of: 2) }.map { UInt32($0) }
    let detector = try await AnomalyDetector.fit(images: all, rows: right, options: options)
    let values = try detector.scores(all, rows: (100..<120).map { $0 }, threads: 1).values
    let (usual, odd) = (
      stride(from: 0, to: 20, by: 2).map { values[$0] }, stride(from: 1, to: 20, by: 2).map { values[$0] }
    )
    #expect(try #require(odd.min()) > #require(usual.max()))
  }

  /// The reconstruction counts a fifth, the edges the rest.
  @Test func bothPartsCount() async throws {
    let images = bars(60, shape: [1, 16, 16])
    var detector = try await fit(images)
    let combined = try detector.scores(images, threads: 1).values
    detector.scoring = .reconstruction
    let reconstruction = try detector.scores(images, threads: 1).values
    detector.scoring = .neighbours
    let neighbours = try detector.scores(images, threads: 1).values
    for place in combined.indices {
      #expect(abs(combined[place] - 0.2 * reconstruction[place] - 0.8 * neighbours[place]) < 1e-9)
    }
  }

  /// Grey and coloured, large and so small that there is one cell; 8 directions a cell, and the colour.
  @Test(arguments: [
    ([1, 3, 5], 8), ([3, 16, 20], 20 * 11), ([1, 70, 33], 64 * 8), ([2, 1, 40], 8 * 10),
    ([4, 64, 64], 64 * 12),
  ])
  func anyShape(_ extents: [Int], _ width: Int) async throws {
    let images = bars(40, shape: Shape(extents))
    let detector = try await fit(images, epochs: 1)
    #expect(try references(file(detector).0)[0].count == width)
    let scores = try detector.scores(images, threads: 1)
    #expect(scores.neighbours.allSatisfy { $0.isFinite && $0 >= 0 })
  }

  /// Two detectors of one and of two threads are the same bits, and so are the scores.
  @Test(arguments: [[1, 16, 16], [3, 12, 20]]) func threadsDoNotMatter(_ extents: [Int]) async throws {
    let images = bars(1010, shape: Shape(extents))
    let detector = try await fit(images, epochs: 1)
    let bytes = try {
      _ = try file($0)
      return try scratch.read("d.safetensors")
    }(detector)
    let other = try await fit(images, epochs: 1) { $0.threads = 2 }
    #expect(
      try {
        _ = try file($0)
        return try scratch.read("d.safetensors")
      }(other) == bytes)
    let first = try detector.scores(images, threads: 1)
    for threads in 2...3 {
      let scores = try detector.scores(images, threads: threads)
      #expect(scores.neighbours == first.neighbours && scores.values == first.values)
    }
    let alone = try detector.scores(images, rows: [9, 3], threads: 2)
    #expect(alone.neighbours == [first.neighbours[9], first.neighbours[3]])
  }

  /// Where nothing changes there are no edges, and that is a point too.
  @Test func plainImages() async throws {
    let plain = SampleArray(
      trustedFloats: Array(repeating: 0.5, count: 40 * 64), count: 40, shape: [1, 8, 8])
    let scores = try await fit(plain).scores(plain, threads: 1)
    #expect(scores.neighbours.allSatisfy { $0 == 0 } && scores.values.allSatisfy(\.isFinite))
  }

  /// Numbers that are none end in an error.
  @Test(arguments: [Float.nan, .infinity, 3e38]) func whatIsNoNumberIsRefused(_ number: Float) async throws {
    for channels in [1, 2] {
      let images = bars(40, shape: [channels, 8, 8])
      let detector = try await fit(images)
      var floats = images.sample(0)
      floats[9] = number
      let bad = SampleArray(trustedFloats: floats, count: 1, shape: images.shape)
      #expect(throws: HourglassError.self) { try detector.scores(bad, threads: 1) }
    }
  }

  @Test func filesKeepEveryBit() async throws {
    let images = bars(60, shape: [1, 16, 16])
    let detector = try await fit(images)
    let (file, path) = try file(detector)
    #expect(file.metadata["format"] == "hourglass detector 4")
    let again = try AnomalyDetector.read(path: path)
    #expect(try again.scores(images, threads: 1).values == detector.scores(images, threads: 1).values)
    try again.write(to: scratch.path + "/e.safetensors")
    #expect(try scratch.read("d.safetensors") == scratch.read("e.safetensors"))
  }

  /// What older programs wrote of images is scored as they did, half by the distance to one of the nearest codes, and written as
  /// it was.
  @Test func olderFilesCompareCodes() async throws {
    let images = bars(60, shape: [1, 16, 16])
    let detector = try await fit(images)
    var (old, _) = try file(detector)
    old.metadata.removeValue(forKey: "sha256")
    old.metadata["format"] = "hourglass detector 1"
    let codes = try detector.model.pass(over: images, threads: 1).code
    let place = try #require(old.tensors.firstIndex { $0.name == "detector.references" })
    old.tensors[place] = .init(
      name: "detector.references", shape: [codes.count, codes.shape.count], values: codes.floats)
    try old.sealed().write(to: scratch.path + "/old.safetensors")
    var again = try AnomalyDetector.read(path: scratch.path + "/old.safetensors")
    let found = try again.scores(images, threads: 1)
    for row in 0..<10 {
      let distances = (0..<codes.count).map { other in
        zip(codes.sample(row), codes.sample(other)).reduce(0.0) {
          $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
        }.squareRoot()
      }.sorted()
      #expect(abs(found.neighbours[row] - distances[9]) < 1e-4 * distances[9] + 1e-6, "image \(row)")
    }
    try again.write(to: scratch.path + "/e.safetensors")
    #expect(try scratch.read("old.safetensors") == scratch.read("e.safetensors"))
    again.scoring = .reconstruction
    let reconstruction = try again.scores(images, threads: 1).values
    again.scoring = .neighbours
    let neighbours = try again.scores(images, threads: 1).values
    for place in found.values.indices {
      #expect(abs(found.values[place] - (reconstruction[place] + neighbours[place]) / 2) < 1e-9)
    }
  }

  @Test func formatsAreNotMixed() async throws {
    var (file, _) = try file(try await fit(bars(40, shape: [1, 16, 16])))
    file.metadata.removeValue(forKey: "sha256")
    for format in 1...3 {
      file.metadata["format"] = "hourglass detector \(format)"
      try file.write(to: scratch.path + "/bad.safetensors")
      #expect(throws: HourglassError.self, "\(format)") {
        try AnomalyDetector.read(path: scratch.path + "/bad.safetensors")
      }
    }
  }
}
