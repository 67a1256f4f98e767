import Foundation
import HourglassBase
import HourglassFiles
import HourglassMessages
import HourglassPictures
import HourglassTensorBoard
import HourglassTestSupport
import Testing

@Suite struct EventLogTests {
  private let scratch = ScratchFolder()
  private var folder: String { "\(scratch.path)/logs/run" }

  private func log(upTo step: Int, of owner: String = "a") throws -> EventLog {
    try EventLog(in: folder, of: owner, upTo: step)
  }

  private func events() throws -> [TensorBoardEvent] {
    let name = try #require(scratch.names(in: "logs/run").first)
    return try EventRecords.contents(of: scratch.read("logs/run/\(name)")).map {
      try TensorBoardEvent(decoding: Array($0.contents), source: name)
    }
  }

  private func steps() throws -> [Int64] { try events().map(\.step) }

  @Test func beginsWithItsVersion() throws {
    let log = try log(upTo: 0)
    try log.append([.scalar("loss/training", 0.25), .scalar("b", 2)], step: 1)
    try log.append([], step: 2)
    #expect(log.lastStep == nil)
    let events = try events()
    #expect(events.count == 2 && events[0].fileVersion == "brain.Event:2")
    #expect(abs(events[0].wallTime - Date.now.timeIntervalSince1970) < 600)
    #expect(events[1].step == 1 && events[1].summary.value.map(\.tag) == ["loss/training", "b"])
    #expect(events[1].summary.value[0].simpleValue == 0.25)
    #expect(scratch.names(in: "logs/run")[0].hasPrefix("events.out.tfevents."))
  }

  @Test func goesOnInTheSameFile() throws {
    do {
      let log = try log(upTo: 0)
      for step in 1...4 { try log.append([.scalar("a", 1)], step: step) }
    }
    // The checkpoint knows three epochs.
    let again = try log(upTo: 3)
    #expect(again.lastStep == 3)
    try again.append([.scalar("a", 2)], step: 4)
    #expect(try steps() == [0, 1, 2, 3, 4] && scratch.names(in: "logs/run").count == 1)
    _ = try log(upTo: 0)
    #expect(try steps() == [0])
  }

  /// Half a record, as a process leaves it that is killed.
  @Test func whatIsHalfWrittenIsCutOff() throws {
    do {
      let log = try log(upTo: 0)
      for step in 1...3 { try log.append([.scalar("a", 1)], step: step) }
    }
    let name = try #require(scratch.names(in: "logs/run").first)
    let whole = try scratch.read("logs/run/\(name)")
    for damaged in [Array(whole.dropLast(3)), whole + [1, 2, 3], Array(whole.prefix(40)), [9], []] {
      try scratch.write(damaged, "logs/run/\(name)")
      let log = try log(upTo: 3)
      try log.append([.scalar("a", 2)], step: 4)
      let steps = try steps()
      #expect(steps.first == 0 && steps.last == 4 && steps == steps.sorted())
    }
  }

  @Test func eventsOfAnotherRunAreLeftAlone() throws {
    try log(upTo: 0).append([.scalar("a", 1)], step: 1)
    let before = scratch.names(in: "logs/run")
    expectSentence(["events of another run", "folder for TensorBoard"], .usage) {
      _ = try log(upTo: 0, of: "b")
    }
    #expect(scratch.names(in: "logs/run") == before)
    #expect(try steps() == [0, 1])
  }

  @Test func aFullDiskIsOneSentence() throws {
    let log = try log(upTo: 0)
    let path = "\(folder)/\(scratch.names(in: "logs/run")[0])"
    FileFaults.failing(.write, at: path, ENOSPC) {
      expectSentence([path], .environment) { try log.append([.scalar("a", 1)], step: 1) }
    }
    try log.append([.scalar("a", 1)], step: 2)
    #expect(try steps() == [0, 2])
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "\(scratch.path)/elsewhere")
    expectSentence([path], .environment) { _ = try self.log(upTo: 0) }
    #expect(!scratch.exists("elsewhere"))
  }

  @Test func histogramsHoldAllNumbers() throws {
    let log = try log(upTo: 0)
    let numbers: [Float] = [-1, 0, 0.5, 2, 2, .nan, .infinity]
    try log.append(
      [.histogram("a", of: numbers), .histogram("b", of: [3, 3]), .histogram("c", of: [.nan])], step: 1)
    let found = try events()[1].summary.value.map(\.histo)
    #expect(found[0].num == 5 && found[0].min == -1 && found[0].max == 2 && found[0].sum == 3.5)
    #expect(found[0].sumSquares == 9.25 && found[0].bucket.reduce(0, +) == 5)
    #expect(found[0].bucket.first == 1 && found[0].bucket.last == 2 && found[0].bucketLimit.last == 2)
    #expect(found[0].bucketLimit == found[0].bucketLimit.sorted() && found[0].bucket.count == 30)
    #expect(found[1].bucket == [2] && found[1].bucketLimit == [3])
    #expect(found[2].num == 0 && found[2].bucket.isEmpty)
  }

  @Test func textsAndSettingsKeepWhatTheyAre() throws {
    let log = try log(upTo: 0)
    try log.append(
      [
        .code("model", "a\n<b>\u{1B}"),
        .settings(
          [
            Setting("rate", 0.5), Setting("name", "x"), Setting("is", true),
            Setting("nothing", SettingValue.null),
          ], begun: 5),
        .end(7),
      ], step: 0)
    let values = try events()[1].summary.value
    #expect(
      values.map(\.tag) == [
        "model/text_summary", "_hparams_/session_start_info", "_hparams_/session_end_info",
      ])
    #expect(String(decoding: values[0].tensor.stringVal[0], as: UTF8.self) == "    a\n    <b>\\u{1B}")
    let start = try TensorBoardHyperparametersContent(
      decoding: Array(values[1].metadata.pluginData.content), source: "test")
    #expect(start.sessionStartInfo.hparams.count == 3 && start.sessionStartInfo.startTimeSecs == 5)
    #expect(start.sessionStartInfo.hparams["rate"]?.numberValue == 0.5)
    #expect(start.sessionStartInfo.hparams["is"]?.boolValue == true)
    #expect(values[1].metadata.pluginData.pluginName == "hparams")
  }

  @Test func projectorFilesNameOneAnother() throws {
    let codes = SampleArray(trustedFloats: [1, 2, 3.5, 4], count: 2, shape: [2])
    try scratch.folder("logs/run")
    let sheet = Picture(width: 8, height: 4, channels: 1, shade: 3)
    try ProjectorFiles(codes: codes, labels: ["a\tb", "c"], sprite: (sheet, 4, 4)).write(to: folder)
    func text(_ name: String) throws -> String {
      String(decoding: try scratch.read("logs/run/\(name)"), as: UTF8.self)
    }
    #expect(try text("tensors.tsv") == "1.0\t2.0\n3.5\t4.0\n")
    #expect(try text("metadata.tsv") == "sample\tclass\n0\ta\\u{9}b\n1\tc\n")
    #expect(
      try text("projector_config.pbtxt").contains("single_image_dim: 4")
        && scratch.exists("logs/run/sprite.png"))
    try ProjectorFiles(codes: codes, labels: [], sprite: nil).write(to: folder)
    #expect(try text("metadata.tsv") == "0\n1\n" && !text("projector_config.pbtxt").contains("sprite"))
  }
}
