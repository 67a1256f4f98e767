import Foundation
import HourglassBase
import HourglassFiles
import HourglassSound

/// Folders of recordings as samples: frames of their spectrograms.
enum SoundDataSet {
  /// - Throws: `HourglassError`: environment when there are no recordings; badData when more than half of them cannot be read; usage for
  ///   settings that do not go together.
  static func load(
    directory: String, _ settings: SpectrumSettings, isStrict: Bool, watch: LoadingWatch
  ) throws -> DataSet {
    try settings.check(path: "data.spectrum")
    let folder = try SoundFolder(directory)
    let broken = BrokenFiles(of: directory, "recordings", isStrict: isStrict)
    let counter = LoadingCount(watch, of: folder.training.count + folder.test.count, "recordings")
    let training = try part(folder.training, settings, broken, counter)
    let test = try part(folder.test, settings, broken, counter)
    guard training.count > 0 else {
      throw HourglassError(
        .badData,
        "No recording of \(directory) is as long as a sample, \(settings.frames) frames of \(settings.window) numbers at "
          + "\(settings.rate) Hz; set data.spectrum.frames lower, or record for longer")
    }
    var set = try DataSet(
      name: URL(filePath: directory).standardizedFileURL.lastPathComponent, training: training, test: test)
    (set.pictures, set.groupNoun) = (training.origins, "recording")
    if !folder.anomalies.isEmpty {
      set.notes.append(
        "\(grouped(folder.anomalies.count)) recordings are anomalies by their names, and are left out.")
    }
    if let note = try broken.note(of: folder.training + folder.test) { set.notes.append("\(note).") }
    return set
  }

  private static func part(
    _ paths: [String], _ settings: SpectrumSettings, _ broken: BrokenFiles, _ counter: LoadingCount
  ) throws -> FrameSamples {
    let spectrograms = try concurrentValues(paths.count) { index in
      let read = try broken.sound(paths[index]) { try SoundReader(path: $0).spectrograms(settings) }
      try counter.add()
      return read ?? []
    }
    return try FrameSamples(spectrograms.flatMap(\.self), settings)
  }
}
