import Foundation
import HourglassBase
import HourglassData
import HourglassFiles
import HourglassSound
import HourglassTestSupport
import Testing

/// Folders of recordings.
struct SoundDataSetTests {
  private let scratch = ScratchFolder()

  /// A tone of so many numbers at 16 kHz.
  private func write(_ name: String, count: Int = 8000, pitch: Double = 440) throws {
    let numbers = (0..<count).map { Float(0.3 * sin(2 * .pi * pitch * Double($0) / 16_000)) }
    try FileManager.default.createDirectory(
      at: URL(filePath: "\(scratch.path)/\(name)").deletingLastPathComponent(),
      withIntermediateDirectories: true)
    try Sound(rate: 16_000, channels: [numbers]).write(to: "\(scratch.path)/\(name)")
  }

  private func data(_ settings: String = "") throws -> DataDescription {
    let text = "{\"sounds\": \"\(scratch.path)\"\(settings)}"
    return try DataDescription(
      SettingValue(JSONValue.parse(Array(text.utf8), source: "data"), source: "data"), path: "data")
  }

  @Test func samplesAreOverlappingFrames() async throws {
    try write("a.wav")
    try write("b/c.flac", count: 4000)
    let set = try await data(#", "spectrum": {"mels": 40, "frames": 3}"#).load()
    // 1 + n / 512 frames each: 16 and 8.
    #expect(set.training.count == 14 + 6)
    #expect(set.training.shape == [120])
    var settings = SpectrumSettings()
    (settings.mels, settings.frames) = (40, 3)
    let spectrogram = try SoundReader(path: "\(scratch.path)/a.wav").spectrograms(settings)[0]
    for sample in [0, 5, 13] {
      #expect(
        try set.training.numbers(of: sample) == Array(spectrogram.values[sample * 40..<(sample + 3) * 40]))
    }
    #expect(set.patchNote == "The samples are stretches of 2 recordings.")
  }

  @Test func imagesHaveBandsAsRows() async throws {
    try write("a.wav")
    let spectrum = #", "spectrum": {"mels": 40, "frames": 4, "step": 2, "layout": "image"}"#
    let set = try await data(spectrum).load()
    #expect(set.training.count == 7 && set.training.shape == [1, 40, 4])
    var settings = SpectrumSettings()
    (settings.mels, settings.frames, settings.step) = (40, 4, 2)
    let spectrogram = try SoundReader(path: "\(scratch.path)/a.wav").spectrograms(settings)[0]
    let numbers = try set.training.numbers(of: 3)
    for mel in 0..<40 {
      for frame in 0..<4 { #expect(numbers[mel * 4 + frame] == spectrogram.values[(6 + frame) * 40 + mel]) }
    }
  }

  @Test func partsAndAnomaliesAreToldApartByTheirNames() async throws {
    for name in [
      "train/normal/a.wav", "train/anomaly/b.wav", "train/c-abnormal-1.wav", "test/d.wav", "test/notes.txt",
    ] {
      if name.hasSuffix("txt") { try scratch.write("notes", name) } else { try write(name) }
    }
    let set = try await data().load()
    #expect(set.training.count == 12 && set.test.count == 12)
    #expect(set.notes == ["2 recordings are anomalies by their names, and are left out."])
    let folder = try SoundFolder(scratch.path)
    #expect(folder.anomalies.count == 2 && folder.others == 1)
    #expect(folder.domain("\(scratch.path)/train/x_target_1.wav") == .target)
    #expect(folder.domain("\(scratch.path)/resource.wav") == nil)
  }

  @Test func brokenRecordingsAreLeftOutAndTold() async throws {
    for name in ["a.wav", "b.wav", "c.wav"] { try write(name) }
    try scratch.write("This is a text.", "d.wav")
    let set = try await data().load()
    #expect(set.training.count == 36)
    #expect(
      set.notes.first?.hasPrefix(
        "1 of 4 recordings of \(scratch.path) cannot be used and is left out; the first: ") == true)
    let error = await asyncThrownError { _ = try await data(#", "strict": true"#).load() }
    #expect(error.code == .badData && error.says("d.wav", "neither a WAV nor"))
    for name in ["b.wav", "c.wav"] { try scratch.write("text", name) }
    #expect(
      await asyncThrownError { _ = try await data().load() }.says("3 of 4 recordings", "more than half"))
  }

  @Test func foldersWithoutUsableRecordingsAreRefused() async throws {
    #expect(
      await asyncThrownError { _ = try await data().load() }.says("has no WAV, FLAC or OGG file by its name"))
    try write("a.wav", count: 100)
    #expect(await asyncThrownError { _ = try await data().load() }.says("No recording of", "5 frames"))
  }

  @Test(arguments: [
    (#", "spectrum": {"window": 1000}"#, ["data.spectrum", "1000", "powers of two"]),
    (#", "spectrum": {"rate": 0}"#, ["data.spectrum.rate", "0"]),
    (#", "spectrum": {}, "mixture": {"noise": "n"}"#, ["both spectrum and mixture"]),
    (#", "channels": 1"#, ["has recordings", "leave the other settings out"]),
    (#", "mixture": {"noise": "n", "frames": 4}"#, ["data.mixture", "4 frames", "odd number"]),
    (#", "mixture": {}"#, ["noise"]),
  ]) func settingsThatDoNotGoTogetherAreRefused(settings: String, words: [String]) {
    expectSentence(words, .usage) { _ = try data(settings) }
  }

  @Test func settingsOfRecordingsAreForRecordings() throws {
    let text = #"{"folder": "x", "spectrum": {"mels": 40}}"#
    expectSentence(["data has spectrum, which is for recordings"], .usage) {
      _ = try DataDescription(
        SettingValue(JSONValue.parse(Array(text.utf8), source: "data"), source: "data"), path: "data")
    }
  }

  @Test func theDescriptionIsWrittenAsItIsRead() throws {
    for settings in [
      "", #", "spectrum": {"mels": 40, "scale": "htk"}"#, #", "mixture": {"noise": "n", "copies": 3}"#,
    ] {
      let description = try data(settings)
      #expect(try DataDescription(description.value, path: "data") == description)
    }
  }

  // MARK: - Mixtures

  @Test func mixturesHideTheMaskAtTheEnd() async throws {
    try write("voices/a.wav", pitch: 1000)
    let noise = (0..<9000).map { Float(($0 * 7919) % 1000) / 1000 - 0.5 }
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/noise", withIntermediateDirectories: true)
    try Sound(rate: 16_000, channels: [noise]).write(to: "\(scratch.path)/noise/n.wav")
    let text =
      #"{"sounds": "\#(scratch.path)/voices", "mixture": {"noise": "\#(scratch.path)/noise", "softest": 0, "loudest": 0, "copies": 1}}"#
    let description = try DataDescription(
      SettingValue(JSONValue.parse(Array(text.utf8), source: "data"), source: "data"), path: "data")
    let set = try await description.load(seed: 3)
    #expect(set.training.shape == [7 * 257])
    let sample = try set.training.numbers(of: 15)
    let mask = sample[(6 * 257)...]
    #expect(mask.allSatisfy { 0...1 ~= $0 })
    // 1000 Hz is bin 32: the voice is there, and nowhere else.
    #expect(mask[6 * 257 + 32] > 0.9)
    #expect(mask[(6 * 257 + 60)...].reduce(0, +) / 197 < 0.05)
    // The same seed mixes alike, another does not.
    #expect(try await description.load(seed: 3).training.numbers(of: 9) == set.training.numbers(of: 9))
    #expect(try await description.load(seed: 4).training.numbers(of: 9) != set.training.numbers(of: 9))
  }
}
