import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassTestSupport
import Testing

/// Detectors of tables with dates and times.
struct TimeDetectionTests {
  private let scratch = ScratchFolder()

  /// Work by day, and how long it took.
  private func rows(_ count: Int, from first: Int = 0, odd: Int? = nil) -> String {
    var random = RandomNumbers(seed: 3, purpose: .sampling, stream: UInt32(first))
    let formatter = DateFormatter()
    formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.locale = Locale(identifier: "en_US_POSIX")
    let lines = (0..<count).map { row in
      let day =
        1_700_000_000.0 - 1_700_000_000.0.truncatingRemainder(dividingBy: 86_400) + Double(first + row)
        * 86_400
      let hour = row == odd ? 3.0 : 10 + 4 * random.uniform()
      let begun = Date(timeIntervalSince1970: (day + 3600 * hour).rounded())
      let ended = begun.addingTimeInterval((1200 + 300 * random.normal()).rounded())
      return "\(formatter.string(from: begun)),\(formatter.string(from: ended)),\(random.normal())"
    }
    return "begun,ended,load\n" + lines.joined(separator: "\n") + "\n"
  }

  /// Rows of a year later are as ordinary as those of training; one at night is not.
  @Test func laterIsNotOddButNightIs() async throws {
    let folder = URL(filePath: scratch.path)
    let (training, later) = (folder.appending(path: "training.csv"), folder.appending(path: "later.csv"))
    try rows(400).write(to: training, atomically: true, encoding: .utf8)
    try rows(200, from: 900, odd: 40).write(to: later, atomically: true, encoding: .utf8)
    var options = DetectorOptions(seed: 1)
    options.threads = 1
    let fitted = try await AnomalyDetector.fit(Table.read(from: training), options: options)
    let model = folder.appending(path: "model.safetensors")
    try fitted.write(to: model)
    let detector = try AnomalyDetector.read(from: model)
    let encoding = try detector.encoding
    #expect(encoding.columnNames == ["begun", "ended", "load", "begun to ended (seconds)"])
    #expect(encoding.featureCount == 10)

    let scores = try detector.score(Table.read(from: later))
    #expect(scores.max { $0.value < $1.value }?.row == 40)
    #expect(scores[40].contributions.contains { $0.expected.hasPrefix("about ") })
    #expect(scores.count(where: \.isAlert) < 20)

    // Read in blocks it is the same.
    let summary = try TableScoring(detector: detector, path: later.path).write(
      to: folder.appending(path: "scores.csv").path)
    #expect(summary.alerts == scores.count(where: \.isAlert))
  }
}
