import ArgumentParser
import Hourglass

extension MachineKind: ExpressibleByArgument {}
extension NoiseKind: ExpressibleByArgument {}

struct DataMachinesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machines",
    abstract: "Makes up recordings of machines, some of them faulty, to try detection with.",
    discussion: """
      Rotors (bearing, imbalance, speed), belts (bearing, slip, speed) and valves (leakage, sticking, speed) in a hall with a life of \
      its own. The folder gets, for each background and kind, normal and anomaly with WAV files of 16 kHz whose names say unit, \
      domain and fault. The same seed makes the same files.
      """)

  @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), completion: .directory)
  var out: String

  @Option(parsing: .upToNextOption, help: "Kinds of machines; all if not given.")
  var kinds: [MachineKind] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Decibels by which machines are louder than the hall; 6 0 -6 if not given.", valueName: "decibels"))
  var background: [Int] = []

  @Option(help: "Machines of each kind.")
  var units = 3

  @Option(help: "Recordings of each kind and background when machines are well.")
  var normal = 150

  @Option(help: "Recordings of each kind and background when they are not.")
  var anomalous = 60

  @Option(help: "Of each recording.")
  var seconds = 6.0

  @OptionGroup var seed: SeedOptions<SeedOne>

  func validate() throws {
    try require(out != "", "--out is empty; name the folder to write.")
    try require(units, in: 1...1000, option: "--units")
    try require(normal, in: 1...100_000, option: "--normal")
    try require(anomalous, in: 0...100_000, option: "--anomalous")
    try require(0.1...3600 ~= seconds, "--seconds is \(seconds), but must be from 0.1 to 3600.")
    for level in background { try require(level, in: -60...60, option: "--background") }
  }

  func run() async throws {
    var folder = MachineFolder()
    if !kinds.isEmpty { folder.kinds = kinds }
    if !background.isEmpty { folder.advantages = background }
    (folder.units, folder.normal, folder.anomalous) = (units, normal, anomalous)
    (folder.seconds, folder.seed) = (seconds, UInt64(seed.number))
    let count = try await Interruption.cancels("some recordings were not written") { [folder, out] in
      try await folder.write(to: out, progress: ProgressBar().show)
    }
    try Terminal.result("\(out): \(ReportText.count(count, "recording")) of machines")
  }
}

struct DataNoisesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "noises",
    abstract: "Makes up recordings of noise, to train and try denoising with.",
    discussion: """
      White noise, fans and, of recordings of single voices, babble, as WAV files of 16 kHz in train and test, which have other fans \
      and voices. script/speech makes such voices. The same seed makes the same files.
      """)

  @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), completion: .directory)
  var out: String

  @Option(
    help: ArgumentHelp(
      "Recordings of single voices, in train and test, of which babble is made; no babble without them.",
      valueName: "dir"),
    completion: .directory)
  var voices: String?

  @Option(parsing: .upToNextOption, help: "Kinds of noise; all if not given.")
  var kinds: [NoiseKind] = []

  @Option(help: "Recordings of each kind and part.")
  var count = 8

  @Option(help: "Of each recording.")
  var seconds = 20.0

  @OptionGroup var seed: SeedOptions<SeedOne>

  func validate() throws {
    try require(out != "", "--out is empty; name the folder to write.")
    try require(voices != "", "--voices is empty; name the folder with voices.")
    try require(count, in: 1...1000, option: "--count")
    try require(0.1...3600 ~= seconds, "--seconds is \(seconds), but must be from 0.1 to 3600.")
    try require(
      voices != nil || !kinds.contains(.babble), "Babble is made of voices; name their folder with --voices.")
  }

  func run() async throws {
    var folder = NoiseFolder()
    if !kinds.isEmpty { folder.kinds = kinds }
    (folder.count, folder.seconds, folder.seed, folder.voices) = (count, seconds, UInt64(seed.number), voices)
    let written = try await Interruption.cancels("some recordings were not written") { [folder, out] in
      try await folder.write(to: out, progress: ProgressBar().show)
    }
    try Terminal.result("\(out): \(ReportText.count(written, "recording")) of noise")
  }
}
