import HourglassBase
import HourglassFiles

/// What the header of a WAV file says of its length. libsndfile takes a file that was cut off as it is and says nothing.
enum WaveHeader {
  /// Chunks before the sound that are looked at.
  private static let mostChunks = 1000

  /// - Throws: `HourglassError` (badData) for a WAV file that ends before its sound does, or has a rate of 0 Hz.
  static func check(_ bytes: SoundBytes, source: String) throws {
    func read(_ count: Int, at offset: Int) throws -> [UInt8] {
      bytes.offset = offset
      defer { bytes.offset = 0 }
      return try [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
        filled = try bytes.read(UnsafeMutableRawBufferPointer(memory))
      }
    }
    func number(_ bytes: [UInt8], _ place: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
    let head = try read(12, at: 0)
    guard head.count == 12, head[0..<4].elementsEqual("RIFF".utf8), head[8..<12].elementsEqual("WAVE".utf8)
    else { return }
    var place = 12
    for _ in 0..<mostChunks {
      let chunk = try read(16, at: place)
      guard chunk.count >= 8 else { break }
      let size = number(chunk, 4)
      if chunk[0..<4].elementsEqual("fmt ".utf8), chunk.count == 16, number(chunk, 12) == 0 {
        throw HourglassError(
          .badData, "Cannot read \(source): its header says 0 Hz; get a fresh copy of the file")
      }
      if chunk[0..<4].elementsEqual("data".utf8) {
        // Programs that write into a pipe do not know the length and leave 0 or the largest number.
        guard size > bytes.count - place - 8, size < 0xffff_f000 else { return }
        throw HourglassError(
          .badData,
          "Cannot read \(source): it has \(grouped(max(bytes.count - place - 8, 0))) of the \(grouped(size)) bytes of sound that "
            + "its header announces; get a fresh copy of the file")
      }
      place += 8 + size + size % 2
    }
    throw HourglassError(
      .badData, "Cannot read \(source): it is a WAV file without sound in it; get a fresh copy of the file")
  }
}
