import Foundation
import HourglassBase
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassSound
import HourglassSoundDetection
import HourglassTestSupport
import Testing

/// Detectors of recordings.
struct SoundDetectionTests {
  private let scratch = ScratchFolder()

  private func machines(normal: Int = 24, anomalous: Int = 9) throws {
    var folder = MachineFolder()
    (folder.kinds, folder.advantages, folder.units) = ([.valve], [6], 1)
    (folder.normal, folder.anomalous, folder.seconds) = (normal, anomalous, 2)
    _ = try folder.write(to: "\(scratch.path)/m") { _ in }
  }

  private var recordings: String { "\(scratch.path)/m/6dB/valve" }

  private func detection(_ run: String = "run") -> SoundDetection {
    var detection = SoundDetection(data: recordings, run: "\(scratch.path)/\(run)")
    (detection.network, detection.epochs, detection.threads) = (.dense, 2, 2)
    return detection
  }

  @Test func aFitWritesARunThatScores() async throws {
    try machines()
    let result = try await detection().run()
    #expect(scratch.names(in: "run") == ["model.safetensors", "report.html", "result.json", "scores.csv"])
    #expect(result.trainingRecordings == 18 && result.testRecordings == 15 && result.testAnomalies == 9)
    #expect(result.metrics["roc_auc"].map { 0...1 ~= $0 } == true)
    #expect(result.simple.map(\.key) == ["nearest_neighbour", "gaussian", "pca", "isolation_forest"])
    let table = String(decoding: try scratch.read("run/scores.csv"), as: UTF8.self).split(separator: "\n")
    #expect(table.count == 16 && table[0] == "file,score,alert,anomaly")
    let page = String(decoding: try scratch.read("run/report.html"), as: UTF8.self)
    #expect(page.contains("media-src data:") && page.contains("src=\"data:audio/flac;base64,"))
    #expect(page.components(separatedBy: "<audio").count == 8)

    // What is scored anew has the scores of the fit, bit for bit.
    let detector = try SoundDetector.read(path: "\(scratch.path)/run/model.safetensors")
    let outcome = try SoundScoring(detector: detector, input: recordings).run()
    #expect(outcome.lines.count == 33)
    let scores = Dictionary(uniqueKeysWithValues: outcome.lines.map { ($0.name, "\($0.score)") })
    for line in table.dropFirst() {
      let cells = line.split(separator: ",")
      #expect(scores[String(cells[0])] == String(cells[1]))
    }
    let one = try SoundScoring(detector: detector, input: "\(recordings)/normal/unit0-source-0003.wav").run()
    #expect(one.lines.map(\.name) == ["unit0-source-0003.wav"])
    #expect("\(one.lines[0].score)" == scores["normal/unit0-source-0003.wav"])
    try one.writeSeconds(to: "\(scratch.path)/moments.csv")
    let moments = String(decoding: try scratch.read("moments.csv"), as: UTF8.self).split(separator: "\n")
    #expect(moments.count == 3 && moments[1].hasPrefix("unit0-source-0003.wav,0,"))
  }

  @Test func theSameSeedFitsTheSameDetector() async throws {
    try machines(normal: 8, anomalous: 0)
    for run in ["a", "b"] { _ = try await detection(run).run() }
    #expect(try scratch.read("a/model.safetensors") == scratch.read("b/model.safetensors"))
    #expect(try scratch.read("a/scores.csv") == scratch.read("b/scores.csv"))
  }

  @Test(arguments: SoundNetwork.allCases, SoundScore.allCases)
  func everyNetworkAndScoreWorks(network: SoundNetwork, score: SoundScore) async throws {
    try machines(normal: 10, anomalous: 3)
    var detection = detection()
    (detection.network, detection.score, detection.epochs) = (network, score, 1)
    let result = try await detection.run()
    #expect(result.own.first?.key == score.rawValue && result.threshold.isFinite)
    let detector = try SoundDetector.read(path: "\(scratch.path)/run/model.safetensors")
    #expect(detector.threshold == result.threshold)
  }

  @Test func silenceGetsAScore() async throws {
    try machines(normal: 8, anomalous: 0)
    _ = try await detection().run()
    try Sound(rate: 44_100, channels: [[Float](repeating: 0, count: 44_100)]).write(
      to: "\(scratch.path)/s.wav")
    let detector = try SoundDetector.read(path: "\(scratch.path)/run/model.safetensors")
    let outcome = try SoundScoring(detector: detector, input: "\(scratch.path)/s.wav").run()
    #expect(outcome.lines[0].score.isFinite && outcome.lines[0].isAlert)
  }

  @Test func whatCannotBeFittedIsRefused() async throws {
    try machines(normal: 4, anomalous: 0)
    #expect(
      await asyncThrownError { _ = try await detection().run() }.says("has 4 normal recordings", "at least 5")
    )
    try machines(normal: 8, anomalous: 0)
    var labelled = detection("b")
    labelled.threshold = .bestF1
    #expect(await asyncThrownError { _ = try await labelled.run() }.says("needs anomalies"))
    try scratch.write("x", "c/other.txt")
    #expect(await asyncThrownError { _ = try await detection("c").run() }.says("holds other files"))
    try scratch.write("x", "again/model.safetensors")
    #expect(
      await asyncThrownError { _ = try await detection("again").run() }.says("already holds a detector"))
    for index in 0..<8 { try scratch.write("no sound", "m/6dB/valve/normal/unit0-source-000\(index).wav") }
    #expect(
      await asyncThrownError { _ = try await detection("d").run() }.says(
        "8 of 9 recordings", "cannot be used"))
  }

  @Test func damagedDetectorsAreRefused() async throws {
    try machines(normal: 8, anomalous: 0)
    _ = try await detection().run()
    let bytes = try scratch.read("run/model.safetensors")
    for place in stride(from: 9, to: bytes.count, by: bytes.count / 60) {
      var damaged = bytes
      damaged[place] ^= 0x20
      try scratch.write(damaged, "damaged.safetensors")
      #expect(
        thrownError { _ = try SoundDetector.read(path: "\(scratch.path)/damaged.safetensors") }.code
          == .badData)
    }
    try scratch.write(Array(bytes.prefix(1000)), "damaged.safetensors")
    #expect(
      thrownError { _ = try SoundDetector.read(path: "\(scratch.path)/damaged.safetensors") }.code == .badData
    )
  }

  /// scikit-learn 1.9.1: roc_auc_score(y, s), roc_auc_score(y, s, max_fpr=0.1) for
  /// y = [0]*20 + [1]*10, s = [(i*7)%20 for i in range(20)] + [(i*3)%10*2 + 5.5 for i in range(10)].
  @Test func partialAreasAreThoseOfScikitLearn() throws {
    let normal: [Double] = (0..<20).map { (index: Int) -> Double in Double(index * 7 % 20) }
    let odd: [Double] = (0..<10).map { (index: Int) -> Double in Double(index * 3 % 10 * 2) + 5.5 }
    let scores = normal + odd
    let quality = try #require(
      SoundQuality(scores: scores, isAnomaly: (0..<30).map { $0 >= 20 }))
    #expect(abs(quality.areaUnderROC - 0.72) < 1e-9)
    #expect(abs(quality.partialArea - 0.631578947368421) < 1e-9)
    #expect(SoundQuality(scores: [1, 2], isAnomaly: [true, true]) == nil)
  }
}
