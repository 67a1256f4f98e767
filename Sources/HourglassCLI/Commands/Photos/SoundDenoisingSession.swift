import Hourglass

/// What `denoise` does with a recording.
enum SoundDenoisingSession {
  static func run(_ command: DenoiseCommand) throws {
    let others: [(String, Bool)] = [
      ("--noise", command.noise != nil), ("--blur", command.blur != nil), ("--level", command.level != nil),
      ("--compare", command.compare), ("--figure", command.figure.path != nil),
    ]
    if let (option, _) = others.first(where: { $0.1 }) {
      throw HourglassError(
        .usage, "\(option) is for photos, but \(command.input) is a recording; leave it out.")
    }
    guard SoundWriter.endings.contains(where: { command.out.path.lowercased().ends(with: ".\($0)") }) else {
      throw HourglassError(
        .usage, "--out is \"\(command.out.path)\", but must name a file that ends in .wav or .flac.")
    }
    try command.out.file.check(isNot: command.source.files + [command.input, command.clean])
    let denoiser = try SoundDenoiser(
      command.source.model(), command.source.maskSettings(), threads: command.threads.count ?? 2)
    let clock = ContinuousClock()
    let begun = clock.now
    let bar = ProgressBar()
    let duration = try Interruption.stops("no recording was written") {
      try command.out.file.write {
        try denoiser.denoise(from: command.input, to: $0, progress: bar.report)
      }
    }
    let seconds = (clock.now - begun) / .seconds(1)
    Terminal.note(
      "\(command.input): \(ReportText.fixed(duration, 1)) s of sound in \(ReportText.fixed(seconds, 2)) s")
    var metrics: [String: Double] = [:]
    if let clean = command.clean {
      metrics = try Self.metrics(clean: clean, noisy: command.input, cleaned: command.out.path)
      Terminal.note(
        metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(ReportText.fixed($0.value, 2)) dB" }
          .joined(separator: "  "))
    }
    Terminal.note("written: \(command.out.path)")
    guard command.json.isAsked else { return }
    let members: [String: JSONLine.Value] = [
      "in": .text(command.input), "out": .text(command.out.path), "run": .text(command.source.run),
      "metrics": .numbers(metrics), "sound_seconds": .number(duration), "seconds": .number(seconds),
    ]
    try Terminal.result(JSONLine.text(members))
  }

  private static func metrics(clean: String, noisy: String, cleaned: String) throws -> [String: Double] {
    let original = try Sound.read(path: clean)
    var metrics: [String: Double] = [:]
    for (path, ending) in [(noisy, "_noisy"), (cleaned, "")] {
      let sound = try Sound.read(path: path)
      guard sound.rate == original.rate, sound.count == original.count else {
        throw HourglassError(
          .badData,
          "\(path) has \(grouped(sound.count)) numbers at \(sound.rate) Hz, but the original \(clean) \(grouped(original.count)) at "
            + "\(original.rate) Hz; give the original of this recording.")
      }
      metrics["si_sdr\(ending)"] = VoiceQuality.signalToDistortion(sound.mixed, clean: original.mixed)
      metrics["segmental_snr\(ending)"] = VoiceQuality.segmentalRatio(
        sound.mixed, clean: original.mixed, rate: sound.rate)
    }
    return metrics
  }
}
