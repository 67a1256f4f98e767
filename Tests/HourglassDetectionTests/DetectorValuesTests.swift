import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport
import Testing

/// The numbers of images mean what those of the fit meant, and so do the axes of their arrays.
struct DetectorValuesTests {
  private let scratch = ScratchFolder()

  private static func levels(_ images: SampleArray) -> SampleArray {
    SampleArray(
      trustedFloats: images.floats.map { ($0 * 255).rounded() }, count: images.count, shape: images.shape)
  }

  @Test func bytesAndFloatsScoreTheSame() async throws {
    let images = ImageFixture.images(60, seed: 1) { _ in false }
    let others = ImageFixture.images(20, seed: 2, isBlock: ImageFixture.isBlock)
    let fitted = try await AnomalyDetector.fit(images: images, options: ImageFixture.options())
    let path = "\(scratch.path)/d.safetensors"
    try fitted.write(to: path)
    let detector = try AnomalyDetector.read(path: path)
    let expected = try detector.scores(others, threads: 1).values
    #expect(try detector.scores(Self.levels(others), threads: 1).values == expected)
    let broken = SampleArray(trustedFloats: Array(repeating: 37.5, count: 64), count: 1, shape: [1, 8, 8])
    expectSentence(["37.5", "bytes"], .badData) { _ = try detector.scores(broken, threads: 1) }

    var numbers = others.floats
    numbers[100] = 500
    let odd = try detector.scores(
      SampleArray(trustedFloats: numbers, count: 20, shape: [1, 8, 8]), threads: 1
    ).values
    #expect(odd[1] > expected[1] && odd[1] > detector.threshold.value)

    let set = try DataSet(name: "x.npy", training: Self.levels(others))
    let summary = try ImageScoring(detector: detector, images: set, threads: 1).write(
      to: "\(scratch.path)/scores.csv")
    #expect(summary.alerts == expected.count { $0 > detector.threshold.value })
    #expect(summary.notes.contains { $0.contains("x.npy") && $0.contains("divided by 255") })
  }

  @Test func aTestPartIsReadAsTheTrainingPart() async throws {
    let set = try ImageFixture.set()
    let mixed = try DataSet(
      name: "shapes", training: set.training, trainingLabels: set.trainingLabels,
      test: Self.levels(set.test.array()), testLabels: set.testLabels, classNames: set.classNames)
    var tables: [[UInt8]] = []
    for (name, data) in [("bytes", set), ("mixed", mixed)] {
      let result = try await ImageDetection(
        data: data, normalClass: "ramp", options: ImageFixture.options(),
        folder: DetectionFolder("\(scratch.path)/\(name)")
      ).run()
      tables.append(try scratch.read("\(name)/scores.csv"))
      #expect(result.notes.contains { $0.contains("divided by 255") } == (name == "mixed"))
    }
    #expect(tables[0] == tables[1])
  }

  /// The model's outputs end at 1.
  @Test func floatsOfBytesAreTold() async throws {
    let set = try ImageFixture.set(test: nil, labelled: false)
    let result = try await ImageDetection(
      data: DataSet(name: "shapes", training: Self.levels(set.training.array())), normalClass: nil,
      options: ImageFixture.options(), folder: DetectionFolder("\(scratch.path)/run")
    ).run()
    #expect(result.notes.contains { $0.contains("end at 1") && $0.contains("divide the data by 255") })
  }

  @Test func axesOfTheFitAreThoseOfTheScores() async throws {
    // Four pixels a row of two channels, or the other way round: the extents do not tell.
    let images = SampleArray(
      trustedBytes: (0..<40 * 32).map { UInt8($0 * 29 % 256) }, count: 40, shape: [2, 8, 2])
    let path = "\(scratch.path)/x.npy"
    try NPY.write(images, to: path)
    let description = DataDescription(DataSource(path), axes: .last)
    var detection = ImageDetection(
      data: try await description.load(), normalClass: nil, options: ImageFixture.options(),
      folder: DetectionFolder("\(scratch.path)/run"))
    detection.axes = .last
    _ = try await detection.run()
    let detector = try AnomalyDetector.read(path: "\(scratch.path)/run/model.safetensors")
    let read = try await detector.images(of: DataSource(path))
    let expected = try await description.load()
    #expect(try read.training.array().floats == expected.training.array().floats)
    #expect(read.axisNotes.isEmpty)
    // Who says otherwise is heard.
    let first = try await detector.images(of: DataSource(path), axes: .first)
    #expect(first.valueNotes.count == 1 && first.valueNotes[0].contains("from the first, as asked"))
    #expect(read.valueNotes.isEmpty)
    #expect(first.training.shape == [2, 8, 2] && expected.training.shape == [2, 2, 8])
  }
}
