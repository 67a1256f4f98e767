import Foundation
import HourglassBase
import HourglassSound
import HourglassTestSupport
import Testing

/// Made-up machines and noises.
struct MachineTests {
  private static let seconds = 1.0

  private func numbers(_ recording: MachineRecording, seed: UInt64 = 1) throws -> [Float] {
    try recording.sound(seconds: Self.seconds, seed: seed).channels[0]
  }

  @Test(arguments: MachineKind.allCases) func theSameSeedMakesTheSameSound(kind: MachineKind) throws {
    let recording = MachineRecording(kind, unit: 1, advantage: 6, number: 4)
    let sound = try numbers(recording)
    #expect(sound.count == 16_000 && sound.allSatisfy { abs($0) <= 1 })
    #expect(try numbers(recording) == sound)
    #expect(try numbers(recording, seed: 2) != sound)
    for other in [
      MachineRecording(kind, unit: 1, advantage: 6, number: 5),
      MachineRecording(kind, unit: 2, advantage: 6, number: 4),
      MachineRecording(kind, unit: 1, domain: .target, advantage: 6, number: 4),
    ] { #expect(try numbers(other) != sound) }
    for fault in kind.faults {
      #expect(try numbers(MachineRecording(kind, unit: 1, fault: fault, advantage: 6, number: 4)) != sound)
    }
  }

  /// A leaking valve hisses: it has more above 4 kHz than one that is well.
  @Test func leakageIsHeardAsHiss() throws {
    func high(_ fault: MachineFault?) throws -> Double {
      let levels = try (0..<12).map { number in
        let sound = try numbers(
          MachineRecording(.valve, unit: 0, fault: fault, advantage: 30, number: number))
        let differences = zip(sound, sound.dropFirst()).map { Double($1 - $0) }
        let (parts, whole) = (
          differences.reduce(0) { $0 + $1 * $1 }, sound.reduce(0) { $0 + Double($1) * Double($1) }
        )
        return parts / whole
      }
      return levels.reduce(0, +) / 12
    }
    #expect(try high(.leakage) > 1.1 * high(nil))
  }

  @Test func foldersSayWhatIsInThem() throws {
    let scratch = ScratchFolder()
    var folder = MachineFolder()
    (folder.kinds, folder.advantages, folder.units) = ([.valve], [0, -6], 2)
    (folder.normal, folder.anomalous, folder.seconds) = (4, 3, 0.2)
    var told = 0
    #expect(try folder.write(to: "\(scratch.path)/m") { told = $0.done } == 14)
    #expect(told == 14)
    #expect(scratch.names(in: "m") == ["-6dB", "0dB"])
    #expect(
      scratch.names(in: "m/0dB/valve/anomaly") == [
        "unit0-source-leakage-0000.wav", "unit0-source-sticking-0001.wav", "unit1-source-leakage-0000.wav",
      ])
    #expect(scratch.names(in: "m/-6dB/valve/normal").count == 4)
    #expect(try Sound.read(path: "\(scratch.path)/m/0dB/valve/normal/unit0-source-0000.wav").count == 3200)
  }

  @Test func noisesAreOfTheirKinds() throws {
    let scratch = ScratchFolder()
    for part in ["train", "test"] {
      try scratch.folder("voices/\(part)")
      try Sound(rate: 22_050, channels: [Signals.mixed]).write(to: "\(scratch.path)/voices/\(part)/a.wav")
    }
    var folder = NoiseFolder()
    (folder.count, folder.seconds) = (2, 0.5)
    #expect(try folder.write(to: "\(scratch.path)/n") { _ in } == 8)
    folder.voices = "\(scratch.path)/voices"
    #expect(try folder.write(to: "\(scratch.path)/n") { _ in } == 12)
    #expect(
      scratch.names(in: "n/test") == [
        "babble-00.wav", "babble-01.wav", "fan-00.wav", "fan-01.wav", "white-00.wav", "white-01.wav",
      ])
    // The parts are of other fans.
    #expect(try scratch.read("n/train/fan-00.wav") != scratch.read("n/test/fan-00.wav"))
    folder.voices = "\(scratch.path)/n"
    #expect(throws: Never.self) { try folder.write(to: "\(scratch.path)/o") { _ in } }
    folder.voices = scratch.path
    #expect(
      thrownError { _ = try folder.write(to: "\(scratch.path)/p") { _ in } }.says(
        "has no recordings of voices"))
  }

  @Test func whatCannotBeMadeIsRefused() {
    let recording = MachineRecording(.rotor, unit: 0, advantage: 0, number: 0)
    #expect(thrownError { _ = try recording.sound(seconds: 0, seed: 1) }.says("0 seconds cannot be made"))
    var folder = MachineFolder()
    folder.units = 0
    #expect(thrownError { _ = try folder.write(to: "x") { _ in } }.says("0 machines"))
    var noises = NoiseFolder()
    noises.count = 0
    #expect(thrownError { _ = try noises.write(to: "x") { _ in } }.says("0 recordings"))
  }

  // MARK: - Masks

  @Test(arguments: [(512, 256), (512, 128), (1024, 128)]) func spectrogramsGiveTheSoundBack(
    window: Int, hop: Int
  ) {
    for count in [1, 511, 9000] {
      let numbers = Array(Signals.mixed[..<count])
      let again = ComplexSpectrogram(numbers, window: window, hop: hop).sound(count: count)
      #expect(again.count == count)
      #expect(zip(again, numbers).allSatisfy { abs($0 - $1) < 2e-6 })
    }
  }

  @Test func theMaskOfASoundAloneIsOne() {
    let spectrogram = ComplexSpectrogram(Signals.mixed, window: 512, hop: 256)
    let mask = MaskSettings.mask(clean: spectrogram, noisy: spectrogram)
    #expect(mask.count { $0 > 0.99 } > mask.count / 2)
    var silent = spectrogram
    silent.real = silent.real.map { _ in 0 }
    silent.imaginary = silent.imaginary.map { _ in 0 }
    #expect(MaskSettings.mask(clean: silent, noisy: spectrogram).allSatisfy { $0 == 0 })
  }
}
