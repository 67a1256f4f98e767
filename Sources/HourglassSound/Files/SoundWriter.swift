import CSndFile
import HourglassBase
import HourglassFiles
import HourglassPlatform

/// How the numbers of a written sound are stored.
public enum SoundEncoding: String, Sendable, CaseIterable {
  /// Whole numbers of 16 bits.
  case whole16
  /// Whole numbers of 24 bits.
  case whole24
  /// Floating-point numbers of 32 bits; WAV only.
  case float

  var code: Int32 {
    switch self {
    case .whole16: Int32(SF_FORMAT_PCM_16)
    case .whole24: Int32(SF_FORMAT_PCM_24)
    case .float: Int32(SF_FORMAT_FLOAT)
    }
  }
}

/// A sound that is written block by block, whole or not at all: WAV or FLAC, as the name ends.
public final class SoundWriter {
  /// How names of files that are written end.
  package static let endings = ["wav", "flac"]

  public let format: SoundFormat
  private let path: String
  private let bytes: SoundBytes
  private let handle: OpaquePointer

  /// Writes the sound that `body` gives, and puts the file in place when it is whole.
  ///
  /// - Parameters:
  ///   - path: ends in .wav or .flac.
  ///   - encoding: numbers beyond -1 and 1 are cut off unless it is `float`.
  ///   - body: what it throws passes through, and the file that was there stays.
  /// - Throws: `HourglassError`: usage for another ending, or floating-point numbers in FLAC; environment when it cannot be written.
  public static func write(
    to path: String, _ format: SoundFormat, encoding: SoundEncoding = .whole16,
    _ body: (SoundWriter) throws -> Void
  ) throws {
    let kind = try kind(of: path, encoding)
    try AtomicFile.check(path)
    let bytes = try SpooledSoundBytes(for: "a sound")
    let writer = try SoundWriter(bytes, path: path, format, kind)
    try body(writer)
    try writer.finish()
    try AtomicFile.write(to: path) { target in
      var place = 0
      while place < bytes.count {
        let block = try bytes.block(1 << 20, at: place)
        try target.write(block)
        place += block.count
      }
    }
  }

  /// The bytes of a file with the sound.
  ///
  /// - Parameter ending: "wav" or "flac".
  package static func encoded(
    _ sound: Sound, ending: String, encoding: SoundEncoding = .whole16
  ) throws -> [UInt8] {
    let memory = SoundMemory()
    let writer = try SoundWriter(
      memory, path: "a sound in memory",
      SoundFormat(trustedRate: sound.rate, channels: sound.channels.count),
      kind(of: "sound.\(ending)", encoding))
    try writer.write(sound.channels)
    try writer.finish()
    return memory.bytes
  }

  private static func kind(of path: String, _ encoding: SoundEncoding) throws(HourglassError) -> Int32 {
    switch path.parts(at: ".").last?.lowercased() {
    case "wav": return Int32(SF_FORMAT_WAV) | encoding.code
    case "flac" where encoding != .float: return Int32(SF_FORMAT_FLAC) | encoding.code
    default:
      throw HourglassError(
        .usage,
        "\(path) cannot be written as a sound: WAV and FLAC are, the latter of whole numbers; let the name end in .wav or .flac"
      )
    }
  }

  private init(_ bytes: SoundBytes, path: String, _ format: SoundFormat, _ kind: Int32) throws {
    var info = SF_INFO()
    (info.samplerate, info.channels, info.format) = (Int32(format.rate), Int32(format.channels), kind)
    var calls = SoundBytes.calls
    let opened = sf_open_virtual(
      &calls, Int32(SFM_WRITE), &info, Unmanaged.passUnretained(bytes).toOpaque())
    try bytes.check()
    guard let opened else {
      throw HourglassError(
        .usage,
        "\(path) cannot hold \(format.channels) channels at \(format.rate) Hz; write WAV, or fewer channels")
    }
    // Louder than full scale is cut off; it would wrap around otherwise.
    sf_command(opened, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
    // Without a chunk with the time in it: the same sound gives the same bytes.
    sf_command(opened, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
    (self.path, self.bytes, self.format, handle) = (path, bytes, format, opened)
  }

  private var isClosed = false

  deinit {
    if !isClosed { sf_close(handle) }
  }

  /// Appends numbers.
  ///
  /// - Parameter channels: of the format's number, all of the same length.
  /// - Throws: `HourglassError` (environment) when the disk is full.
  public func write(_ channels: [[Float]]) throws {
    precondition(channels.count == format.channels, "each channel is written")
    let count = channels[0].count
    var interleaved = [Float](repeating: 0, count: count * channels.count)
    for (channel, numbers) in channels.enumerated() {
      for place in 0..<count { interleaved[place * channels.count + channel] = numbers[place] }
    }
    let written = sf_writef_float(handle, interleaved, sf_count_t(count))
    try bytes.check()
    guard written == count else { throw failure(String(cString: sf_strerror(handle))) }
  }

  private func finish() throws {
    isClosed = true
    let status = sf_close(handle)
    try bytes.check()
    guard status == 0 else { throw failure("its end") }
  }

  private func failure(_ reason: String) -> HourglassError {
    HourglassError(
      .environment, "Cannot write \(path): libsndfile failed (\(shortened(reason)))", .choose(.output))
  }
}

extension Sound {
  /// Writes a WAV or FLAC file, as its name ends, whole or not at all.
  ///
  /// - Throws: as `SoundWriter.write`.
  public func write(to path: String, encoding: SoundEncoding = .whole16) throws {
    let format = SoundFormat(trustedRate: rate, channels: channels.count)
    try SoundWriter.write(to: path, format, encoding: encoding) { writer in
      for start in stride(from: 0, to: count, by: 1 << 16) {
        try writer.write(channels.map { Array($0[start..<min(start + 1 << 16, count)]) })
      }
    }
  }
}
