import HourglassBase

/// Kinds of sound files that are read.
package enum SoundKind {
  /// How names of files that are read end, in lower case.
  package static let endings = ["wav", "wave", "flac", "ogg", "oga", "opus"]

  /// For messages.
  package static let names = "WAV, FLAC or OGG"

  /// Whether a file is a sound, as its name ends.
  package static func isSound(_ name: String) -> Bool {
    endings.contains(name.parts(at: ".").last { !$0.isEmpty }?.lowercased() ?? "")
  }

  /// Whether bytes begin as a file of these kinds does: libsndfile knows many more, and is asked about none of them.
  static func isKnown(_ bytes: SoundBytes) throws -> Bool {
    bytes.offset = 0
    let head = try [UInt8](unsafeUninitializedCapacity: 12) { memory, filled in
      filled = try bytes.read(UnsafeMutableRawBufferPointer(memory))
    }
    let name = String(decoding: head.prefix(4), as: UTF8.self)
    let isWave = (name == "RIFF" || name == "RF64") && head.dropFirst(8).elementsEqual("WAVE".utf8)
    return isWave || name == "fLaC" || name == "OggS"
  }
}
