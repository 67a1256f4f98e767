import CSndFile
import HourglassBase
import HourglassFiles
import HourglassPlatform

/// A recording that is read block by block: WAV, FLAC or OGG, told apart by its content. What it takes of
/// memory does not depend on how long the recording is.
///
/// It belongs to whoever reads: one thread at a time.
public final class SoundReader {
  public let format: SoundFormat
  /// How many numbers each channel has, as the file says.
  public let count: Int
  private let source: String
  private let bytes: SoundBytes
  private let handle: OpaquePointer
  private var done = 0
  private var buffer: [Float] = []

  /// - Throws: `HourglassError`: environment when the file is not there or cannot be read; badData when it is no sound, is empty, ends
  ///   before what it announces, or says of itself what cannot be, such as a rate of 0 Hz.
  public convenience init(path: String) throws {
    let file = try ReadableFile(path: path)
    try self.init(SoundFileBytes(file), source: path)
  }

  /// - Parameter source: what the bytes are, for messages: usually a path.
  package convenience init(_ bytes: [UInt8], source: String) throws {
    try self.init(SoundMemory(bytes), source: source)
  }

  private init(_ bytes: SoundBytes, source: String) throws {
    guard bytes.count > 0 else {
      throw HourglassError(.badData, "Cannot read \(source): it is empty; get a fresh copy of the file")
    }
    guard try SoundKind.isKnown(bytes) else {
      throw HourglassError(
        .badData,
        "Cannot read \(source): it is neither a WAV nor a FLAC nor an OGG file; convert it to one of these, or get a fresh copy"
      )
    }
    try WaveHeader.check(bytes, source: source)
    var info = SF_INFO()
    var calls = SoundBytes.calls
    let context = Unmanaged.passUnretained(bytes).toOpaque()
    let opened = sf_open_virtual(&calls, Int32(SFM_READ), &info, context)
    if let failure = bytes.failure {
      if let opened { sf_close(opened) }
      throw failure
    }
    guard let opened else { throw Self.refusal(source, String(cString: sf_strerror(nil))) }
    let (rate, channels) = (Int(info.samplerate), Int(info.channels))
    guard SoundFormat.Limits.rates.contains(rate), SoundFormat.Limits.channels.contains(channels),
      info.frames >= 0
    else {
      sf_close(opened)
      throw HourglassError(
        .badData,
        "Cannot read \(source): it says that it has \(channels) channels at \(rate) Hz, but 1 to "
          + "\(SoundFormat.Limits.channels.upperBound) at 1 to \(grouped(SoundFormat.Limits.rates.upperBound)) Hz are possible; "
          + "get a fresh copy of the file, or convert it")
    }
    // What libsndfile says where the last page of an OGG file, which tells the length, is missing.
    guard info.frames < 1 << 60 else {
      sf_close(opened)
      throw HourglassError(
        .badData, "Cannot read \(source): its end is missing; get a fresh copy of the file")
    }
    (self.source, self.bytes, handle) = (source, bytes, opened)
    format = SoundFormat(trustedRate: rate, channels: channels)
    count = Int(info.frames)
  }

  deinit { sf_close(handle) }

  private static func refusal(_ source: String, _ reason: String) -> HourglassError {
    HourglassError(
      .badData,
      "Cannot read \(source): it is no whole sound (libsndfile: \(shortened(reason.trimmedAtEnd))); get a fresh copy of the file"
    )
  }

  /// The next numbers of each channel.
  ///
  /// - Parameter most: how many at most.
  /// - Returns: as many, or fewer at the end; none when there are no more.
  /// - Throws: `HourglassError`: environment when the file cannot be read; badData when it ends too early, or a number is not finite or
  ///   larger than 1e6.
  public func next(_ most: Int) throws -> [[Float]] {
    let (channels, wanted) = (format.channels, max(min(most, 1 << 20), 0))
    if buffer.count < wanted * channels { buffer = [Float](repeating: 0, count: wanted * channels) }
    let read = Int(sf_readf_float(handle, &buffer, sf_count_t(wanted)))
    try bytes.check()
    if sf_error(handle) != SF_ERR_NO_ERROR {
      throw Self.refusal(source, String(cString: sf_strerror(handle)))
    }
    guard read > 0 || wanted == 0 || done >= count else {
      throw HourglassError(
        .badData,
        "Cannot read \(source): it ends after \(grouped(done)) of the \(grouped(count)) numbers that it announces; get a fresh "
          + "copy of the file")
    }
    for place in 0..<read * channels where !(abs(buffer[place]) <= SoundFormat.Limits.magnitude) {
      throw HourglassError(
        .badData,
        "Cannot read \(source): number \(grouped(done + place / channels)) of channel \(place % channels + 1) is "
          + "\(numberText(Double(buffer[place]))), which is no sound; mend the recording")
    }
    done += read
    return (0..<channels).map { channel in (0..<read).map { buffer[$0 * channels + channel] } }
  }

  /// All that is left, in memory.
  ///
  /// - Throws: as `next`, and environment when memory has no room for it.
  public func rest() throws -> Sound {
    try MemoryBudget.process.admit(
      MemoryBudget.product(max(count - done, 0), format.channels, 8), for: source,
      remedy: "use a shorter recording")
    var channels = [[Float]](repeating: [], count: format.channels)
    while true {
      let block = try next(1 << 16)
      if block[0].isEmpty { break }
      for channel in channels.indices { channels[channel] += block[channel] }
    }
    return Sound(trustedRate: format.rate, channels: channels)
  }
}

extension Sound {
  /// Reads a whole recording into memory; otherwise as `SoundReader`.
  public static func read(path: String) throws -> Sound { try SoundReader(path: path).rest() }

  /// The sound in the bytes of a file; otherwise as `read`.
  ///
  /// - Parameter source: what the bytes are, for messages: usually a path.
  package static func decode(_ bytes: [UInt8], source: String) throws -> Sound {
    try SoundReader(bytes, source: source).rest()
  }
}

extension String {
  /// Without the points, spaces and line ends that libsndfile's sentences end with.
  fileprivate var trimmedAtEnd: String {
    var scalars = unicodeScalars
    while let last = scalars.last, last == "." || last == " " || last == "\n" { scalars.removeLast() }
    return String(scalars)
  }
}
