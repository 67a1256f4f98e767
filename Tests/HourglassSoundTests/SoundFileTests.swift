import HourglassBase
import HourglassSound
import HourglassTestSupport
import Testing

/// Files of sound.
struct SoundFileTests {
  private let scratch = ScratchFolder()

  private func sound(channels: Int = 1, rate: Int = 16_000) throws -> Sound {
    try Sound(
      rate: rate, channels: (0..<channels).map { channel in Signals.mixed.map { $0 / Float(channel + 1) } })
  }

  @Test(arguments: [
    ("a.wav", SoundEncoding.whole16), ("a.wav", .whole24), ("a.WAV", .float), ("a.flac", .whole16),
    ("b.flac", .whole24),
  ])
  func whatIsWrittenIsRead(name: String, encoding: SoundEncoding) throws {
    let sound = try sound(channels: 2, rate: 44_100)
    try sound.write(to: "\(scratch.path)/\(name)", encoding: encoding)
    let read = try Sound.read(path: "\(scratch.path)/\(name)")
    #expect(read.rate == 44_100 && read.channels.count == 2 && read.count == sound.count)
    let bound: Float = encoding == .float ? 0 : encoding == .whole24 ? 1e-6 : 4e-5
    for (channel, expected) in zip(read.channels, sound.channels) {
      #expect(zip(channel, expected).allSatisfy { abs($0 - $1) <= bound })
    }
    // Nothing but the file.
    #expect(scratch.names() == [name])
  }

  @Test func theSameSoundGivesTheSameBytes() throws {
    for ending in SoundWriter.endings {
      #expect(
        try SoundWriter.encoded(sound(), ending: ending) == SoundWriter.encoded(sound(), ending: ending))
    }
  }

  @Test func longSoundsAreWrittenPastTheHead() throws {
    let long = try Sound(rate: 48_000, channels: [(0..<300_000).map { Float($0 % 1000) / 1000 - 0.5 }])
    for ending in SoundWriter.endings {
      try long.write(to: "\(scratch.path)/long.\(ending)", encoding: .whole24)
      let read = try Sound.read(path: "\(scratch.path)/long.\(ending)")
      #expect(
        zip(read.channels[0], long.channels[0]).allSatisfy { abs($0 - $1) < 1e-6 } && read.count == 300_000)
    }
  }

  @Test func loudIsCutOffInWholeNumbers() throws {
    try Sound(rate: 8000, channels: [[2, -3, 0.5]]).write(to: "\(scratch.path)/a.wav")
    let read = try Sound.read(path: "\(scratch.path)/a.wav").channels[0]
    #expect(read[0] > 0.9999 && read[1] == -1 && abs(read[2] - 0.5) < 1e-4)
  }

  @Test func thirtyTwoChannelsAreMixed() throws {
    let sound = try sound(channels: 32)
    try sound.write(to: "\(scratch.path)/a.wav", encoding: .float)
    let read = try Sound.read(path: "\(scratch.path)/a.wav")
    #expect(read.channels.count == 32)
    #expect(abs(read.mixed[100] - sound.channels.reduce(0) { $0 + $1[100] } / 32) < 1e-6)
  }

  @Test func aFileWithoutNumbersIsAnEmptySound() throws {
    try Sound(rate: 8000, channels: [[], []]).write(to: "\(scratch.path)/a.wav")
    #expect(try Sound.read(path: "\(scratch.path)/a.wav").count == 0)
  }

  @Test func aFileThatFailsLeavesTheOldOne() throws {
    try sound().write(to: "\(scratch.path)/a.wav")
    let before = try scratch.read("a.wav")
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try SoundWriter.write(to: "\(scratch.path)/a.wav", SoundFormat(rate: 8000, channels: 1)) { writer in
        try writer.write([Signals.mixed])
        throw Stop()
      }
    }
    #expect(try scratch.read("a.wav") == before)
    #expect(scratch.names() == ["a.wav"])
  }

  @Test func otherEndingsAreNotWritten() throws {
    for name in ["a.mp3", "wav", "a.ogg"] {
      let sound = try sound()
      #expect(thrownError { try sound.write(to: "\(scratch.path)/\(name)") }.says("WAV and FLAC are"))
    }
    let sound = try sound()
    #expect(thrownError { try sound.write(to: "\(scratch.path)/a.flac", encoding: .float) }.code == .usage)
  }

  // MARK: - Damage

  private func refusal(of bytes: [UInt8], named name: String = "a.wav") -> HourglassError {
    let error = thrownError { _ = try Sound.decode(bytes, source: name) }
    #expect(error.code == .badData)
    return error
  }

  @Test func wavesThatEndTooEarlyAreRefused() throws {
    let whole = try SoundWriter.encoded(sound(), ending: "wav")
    // 44 bytes of header, 18,000 of sound.
    #expect(whole.count == 18_044)
    for count in [45, 1000, 18_043] {
      #expect(
        refusal(of: Array(whole.prefix(count))).says("Cannot read a.wav", "of the 18,000 bytes", "fresh copy")
      )
    }
    for count in 1..<44 { _ = refusal(of: Array(whole.prefix(count))) }
  }

  @Test func flacThatEndsTooEarlyIsRefused() throws {
    let whole = try SoundWriter.encoded(sound(), ending: "flac")
    for count in stride(from: 1, to: whole.count, by: 997) {
      #expect(refusal(of: Array(whole.prefix(count)), named: "a.flac").says("Cannot read a.flac"))
    }
  }

  @Test func lengthsThatAPipeLeftOpenAreTakenFromTheFile() throws {
    var bytes = try SoundWriter.encoded(sound(), ending: "wav")
    bytes.replaceSubrange(40..<44, with: [255, 255, 255, 255])
    #expect(try Sound.decode(bytes, source: "a.wav").count == 9000)
  }

  @Test func headersThatCannotBeAreRefused() throws {
    let whole = try SoundWriter.encoded(sound(), ending: "wav")
    var silent = whole
    silent.replaceSubrange(24..<28, with: [0, 0, 0, 0])
    #expect(
      refusal(of: silent).message == "Cannot read a.wav: its header says 0 Hz; get a fresh copy of the file.")
    var fast = whole
    fast.replaceSubrange(24..<28, with: [0, 0, 0, 100])
    #expect(refusal(of: fast).says("1677721600 Hz"))
    #expect(refusal(of: []).message == "Cannot read a.wav: it is empty; get a fresh copy of the file.")
    #expect(
      refusal(of: Array("This is a text, no sound.\n".utf8)).says("neither a WAV nor a FLAC nor an OGG file"))
    #expect(refusal(of: Array(whole[..<36])).says("a WAV file without sound in it"))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, 1e30]) func numbersThatAreNoSoundAreRefused(
    _ number: Float
  ) throws {
    var numbers = Signals.mixed
    numbers[777] = number
    let bytes = try SoundWriter.encoded(
      Sound(rate: 8000, channels: [Signals.mixed, numbers]), ending: "wav", encoding: .float)
    #expect(refusal(of: bytes).says("number 777 of channel 2 is", "which is no sound"))
  }

  @Test func soundsThatCannotBeAreRefused() {
    #expect(thrownError { _ = try Sound(rate: 0, channels: [[]]) }.says("a rate of 0 Hz"))
    #expect(thrownError { _ = try Sound(rate: 8000, channels: []) }.says("0 channels"))
    #expect(thrownError { _ = try Sound(rate: 8000, channels: [[1], []]) }.says("1, 0 numbers"))
  }
}
