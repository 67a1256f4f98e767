import HourglassBase
import HourglassFiles
import HourglassPlatform

/// A kind of noise that lies over voices.
public enum NoiseKind: String, Sendable, CaseIterable {
  /// All frequencies alike.
  case white
  /// A fan, each at its own speed.
  case fan
  /// Many voices at once.
  case babble
}

/// Recordings of noise to train and to try denoising with: `train/fan-00.wav` and so on. What is in `test` is of other fans and other
/// voices.
public struct NoiseFolder: Sendable {
  private static let rate = MachineUnit.rate

  public var kinds = NoiseKind.allCases
  /// Recordings of each kind and part.
  public var count = 8
  /// Of each recording.
  public var seconds = 20.0
  public var seed: UInt64 = 1
  /// A folder with recordings of single voices, in `train` and `test`, of which babble is made; none is without it.
  public var voices: String?

  public init() {}

  /// Writes all recordings; files of the same names are replaced.
  ///
  /// - Parameters:
  ///   - folder: made when missing.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Returns: how many were written.
  /// - Throws: `HourglassError`: usage for counts below 1 or seconds out of range; environment when there are no voices, or a file cannot
  ///   be written; badData when a voice cannot be read.
  package func write(to folder: String, progress: WorkProgress.Report) throws -> Int {
    guard 1...1000 ~= count, 0.1...3600 ~= seconds else {
      throw HourglassError(
        .usage,
        "\(count) recordings of \(numberText(seconds)) seconds cannot be made; give 1 to 1,000 of 0.1 to 3600 seconds"
      )
    }
    let kinds = kinds.filter { $0 != .babble || voices != nil }
    var done = 0
    for (part, name) in ["train", "test"].enumerated() {
      try Folder("\(folder)/\(name)").create()
      let sentences = try kinds.contains(.babble) ? voiceFiles(in: name) : []
      for kind in kinds {
        try concurrently(count) { index in
          let kindNumber = NoiseKind.allCases.firstIndex(of: kind) ?? 0
          var random = RandomNumbers(
            seed: seed, purpose: .sampling,
            stream: 1 << 30 | UInt32(part) << 20 | UInt32(kindNumber) << 16 | UInt32(index))
          let numbers = try sound(kind, number: part * 1000 + index, sentences, &random)
          let digits = index < 10 ? "0\(index)" : "\(index)"
          try Sound(trustedRate: Self.rate, channels: [numbers.scaled(to: 0.1)])
            .write(to: "\(folder)/\(name)/\(kind.rawValue)-\(digits).wav")
        }
        done += count
        try progress(WorkProgress("recording", done: done, of: 2 * kinds.count * count, "recordings"))
      }
    }
    return done
  }

  /// Writes all recordings on a thread of its own; otherwise as the package's form.
  ///
  /// - Parameters:
  ///   - folder: made when missing.
  ///   - progress: told now and then; what it throws ends the work.
  /// - Returns: how many were written.
  public func write(
    to folder: String, progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws -> Int {
    try await onOwnThread(telling: progress) { tell in try write(to: folder, progress: tell) }
  }

  private func voiceFiles(in part: String) throws -> [String] {
    let folder = "\(voices ?? "")/\(part)"
    let names = try FileEntry.names(in: folder)?.filter(SoundKind.isSound) ?? []
    guard !names.isEmpty else {
      throw HourglassError(
        .environment,
        "\(folder) has no recordings of voices, of which babble is made; give a folder with voices in train and test"
      )
    }
    return names.map { "\(folder)/\($0)" }
  }

  private func sound(
    _ kind: NoiseKind, number: Int, _ sentences: [String], _ random: inout RandomNumbers
  ) throws -> [Float] {
    let count = Int(seconds * Double(Self.rate))
    switch kind {
    case .white:
      var noise = NoiseSource(&random)
      return noise.white(count)
    case .fan:
      return MachineUnit(.rotor, number: 5000 + number, seed: seed)
        .sound(count, fault: nil, domain: .source, &random)
    case .babble:
      var sum = [Float](repeating: 0, count: count)
      for _ in 0..<5 + random.index(below: 6) {
        let loudness = Float(pow(10, -6 * random.uniform() / 20))
        var place = -random.index(below: Self.rate)
        while place < count {
          let voice = try Sound.read(path: sentences[random.index(below: sentences.count)])
            .resampled(to: Self.rate).mixed
          let spoken = voice.scaled(to: loudness)
          for step in max(-place, 0)..<max(min(spoken.count, count - place), max(-place, 0)) {
            sum[place + step] += spoken[step]
          }
          // Never on and on without words.
          place += max(spoken.count, Self.rate / 10)
        }
      }
      return sum
    }
  }
}
