import Foundation
import HourglassBase
import HourglassFiles
import HourglassSound

/// Voices mixed with noises, to train a model that takes noise away: each recording is laid over a stretch of some noise, so much louder
/// or softer as is drawn.
public struct NoiseMixture: Sendable, Hashable {
  /// A folder with recordings of noise; with `train` and `test` in it, each part has its own.
  public var noise: String
  /// By how much the voice is louder at least, in dB.
  public var softest = -5.0
  /// By how much the voice is louder at most, in dB.
  public var loudest = 15.0
  /// How often each recording is mixed, with another noise each time.
  public var copies = 2
  public var settings = MaskSettings()

  /// - Parameter noise: a folder with recordings of noise.
  public init(noise: String) { self.noise = noise }

  package static let fields = Fields(NoiseMixture(noise: "")) {
    Field("noise", \.noise, .text, "a folder of noises to mix recordings with", .required)
    Field(
      "softest", \.softest, .number(-40...60), "decibels by which a voice is louder than its noise at least")
    Field(
      "loudest", \.loudest, .number(-40...60), "decibels by which a voice is louder than its noise at most")
    Field("copies", \.copies, .whole(1...100), "mixtures of each recording")
    Field(including: \.settings, MaskSettings.fields)
  }

  /// - Throws: `HourglassError`: environment when there are no recordings; badData when more than half of them cannot be read; usage for
  ///   settings that do not go together.
  func load(directory: String, seed: UInt64, isStrict: Bool, watch: LoadingWatch) throws -> DataSet {
    try settings.check(path: "data.mixture")
    guard softest <= loudest else {
      throw HourglassError(
        .usage,
        "data.mixture has voices from \(numberText(softest)) to \(numberText(loudest)) dB, but softest must not be above loudest"
      )
    }
    let (voices, noises) = (try SoundFolder(directory), try SoundFolder(noise))
    let broken = BrokenFiles(of: directory, "recordings", isStrict: isStrict)
    let counter = LoadingCount(
      watch, of: copies * (voices.training.count + voices.test.count), "mixtures")
    func part(_ paths: [String], _ noisePaths: [String], stream: UInt32) throws -> MixtureSamples {
      let noises = try concurrentValues(noisePaths.count) { try sound(noisePaths[$0]) }
      let mixtures = try concurrentValues(paths.count * copies) { index in
        var random = RandomNumbers(
          seed: seed, purpose: .sampling, stream: stream | UInt32(index & 0x3fff_ffff))
        let mixed = try broken.sound(paths[index / copies]) { path in
          try mixture(sound(path), noises, &random)
        }
        try counter.add()
        return mixed.flatMap(\.self)
      }
      return try MixtureSamples(mixtures, settings)
    }
    let training = try part(voices.training, noises.training, stream: 0)
    let test = try part(
      voices.test, noises.test.isEmpty ? noises.training : noises.test, stream: 1 << 30)
    guard training.count > 0 else {
      throw HourglassError(
        .badData, "The recordings of \(directory) are silent or empty; give some with voices")
    }
    var set = try DataSet(
      name: URL(filePath: directory).standardizedFileURL.lastPathComponent, training: training, test: test)
    (set.pictures, set.groupNoun) = (training.origins.map { $0 / copies }, "recording")
    if let note = try broken.note(of: voices.training + voices.test) { set.notes.append("\(note).") }
    return set
  }

  private func sound(_ path: String) throws -> [Float] {
    try Sound.read(path: path).resampled(to: settings.rate).mixed
  }

  /// - Returns: nil where the voice or the noise is silent.
  private func mixture(
    _ voice: [Float], _ noises: [[Float]], _ random: inout RandomNumbers
  ) throws -> MixtureSamples.Mixture? {
    let source = noises[random.index(below: noises.count)]
    let advantage = softest + (loudest - softest) * random.uniform()
    let loudness = Float(pow(10, (8 * random.uniform() - 4) / 20))
    guard !source.isEmpty, !voice.isEmpty else { return nil }
    let start = random.index(below: source.count)
    let noise = voice.indices.map { source[(start + $0) % source.count] }
    let (voiceLevel, noiseLevel) = (voice.level, noise.level)
    guard voiceLevel > 0, noiseLevel > 0 else { return nil }
    let share = voiceLevel / noiseLevel * Float(pow(10, -advantage / 20))
    let noisy = zip(voice, noise).map { $0 + share * $1 }
    let gain = MaskSettings.level / noisy.level * loudness
    func spectrogram(_ numbers: [Float]) -> ComplexSpectrogram {
      ComplexSpectrogram(numbers.map { $0 * gain }, window: settings.window, hop: settings.hop)
    }
    let (clean, mixed) = (spectrogram(voice), spectrogram(noisy))
    return .init(
      shown: settings.shown(mixed), mask: MaskSettings.mask(clean: clean, noisy: mixed))
  }
}

/// Frames of mixtures with their masks: what frames share is held once.
final class MixtureSamples: SampleSource {
  struct Mixture: Sendable {
    var shown: MaskSettings.Shown
    /// `[frame][bin]`.
    var mask: [Float]
  }

  let shape: Shape
  var element: SampleElement { .float }
  let count: Int
  /// Which mixture each sample is of.
  let origins: [Int]
  private let mixtures: [Mixture]
  private let firsts: [Int]
  private let settings: MaskSettings

  init(_ mixtures: [Mixture?], _ settings: MaskSettings) throws(HourglassError) {
    self.settings = settings
    shape = [settings.count]
    var (origins, firsts, kept) = ([Int](), [Int](), [Mixture]())
    for (number, mixture) in mixtures.enumerated() {
      guard let mixture else { continue }
      firsts.append(origins.count)
      kept.append(mixture)
      origins += [Int](repeating: number, count: mixture.mask.count / settings.bins)
    }
    (self.mixtures, self.firsts, self.origins, count) = (kept, firsts, origins, origins.count)
    try MemoryBudget.process.admit(
      MemoryBudget.product(count, settings.bins, 8), for: "\(grouped(count)) frames of sound",
      remedy: "use fewer recordings, or a longer hop")
  }

  func fill(_ rows: SampleRows) {
    for (place, index) in rows.indices.enumerated() {
      let target = rows.room(at: place).bindMemory(to: Float.self)
      guard let memory = target.baseAddress else { continue }
      let number = Self.number(of: Int(index), in: firsts)
      let frame = Int(index) - firsts[number]
      settings.write(mixtures[number].shown, frame: frame, to: memory)
      mixtures[number].mask.withUnsafeBufferPointer { mask in
        for bin in 0..<settings.bins { memory[settings.shownCount + bin] = mask[frame * settings.bins + bin] }
      }
    }
  }

  /// The last of the rising numbers that is not above an index.
  private static func number(of index: Int, in firsts: [Int]) -> Int {
    var (low, high) = (0, firsts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if firsts[middle] <= index { low = middle } else { high = middle }
    }
    return low
  }
}
