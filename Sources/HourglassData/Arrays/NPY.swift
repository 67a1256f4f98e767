import Foundation
import HourglassBase
import HourglassFiles

/// Arrays in NumPy's `.npy` format.
public enum NPY {
  /// Reads samples from a file: little-endian uint8, float32 or float64 in C order.
  ///
  /// - Parameter axes: where an array of four axes has its channels. nil goes by the extents: 1 to 4
  ///   channels are recognised, first or last; where both are as likely they come last only if they are 1 or 3 there and
  ///   neither 1 nor 3 in front.
  /// - Returns: for an array `[n, features]` samples of shape `[features]`; for `[n, height, width]` of
  ///   `[1, height, width]`; for `[n, channels, height, width]` and `[n, height, width, channels]` of
  ///   `[channels, height, width]`. Bytes of uint8 stay bytes, worth 1/255 each; other numbers become 32-bit floats as
  ///   they are.
  /// - Throws: `HourglassError`: `badData` if the file is no such array, holds a number that is not finite, or is
  ///   damaged; `environment` if it cannot be read or is larger than memory.
  public static func read(path: String, axes: ChannelAxis? = nil) throws -> SampleArray {
    try NPYArray(ReadableFile(path: path), axes: axes).samples()
  }

  /// Reads codes of a known shape from a file, `[n] + shape` or `[n, numbers]`, with the axes as they are.
  ///
  /// - Throws: as `read(path:)`, and `HourglassError` (badData) for an array of another shape, or of bytes.
  package static func read(path: String, shape: Shape) throws -> SampleArray {
    try NPYArray(ReadableFile(path: path)).samples(of: shape)
  }

  /// Writes labels as an int64 array `[n]`, replacing an older file only when the new one is complete.
  ///
  /// - Throws: `HourglassError` (environment) when the place cannot be written.
  package static func write(labels: [Int], to path: String) throws {
    try AtomicFile.write(to: path) { writer in
      try writer.write(header(shape: [labels.count], element: "<i8"))
      try labels.map { Int64($0).littleEndian }.withUnsafeBytes { try writer.write($0) }
    }
  }

  /// Writes samples as a float32 array `[n] + shape`, replacing an older file only when the new one is complete.
  ///
  /// - Throws: `HourglassError` (environment) when the place cannot be written.
  public static func write(_ samples: SampleArray, to path: String) throws {
    let size = max(samples.shape.count, 1)
    let most = max(1, (1 << 18) / size)
    try AtomicFile.write(to: path) { writer in
      try writer.write(header(shape: [samples.count] + samples.shape.dimensions))
      for first in stride(from: 0, to: samples.count, by: most) {
        let numbers = (first..<min(first + most, samples.count)).flatMap { samples.sample($0) }
        try numbers.map(\.bitPattern.littleEndian).withUnsafeBytes { try writer.write($0) }
      }
    }
  }

  /// Version 1.0; the array begins at a multiple of 64 bytes.
  ///
  /// - Parameter length: where the array begins at least, a multiple of 64 bytes.
  static func header(shape: [Int], element: String = "<f4", length: Int = 64) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(element)', 'fortran_order': False, 'shape': (\(extents)), }"
    text +=
      String(repeating: " ", count: max(length - 11 - text.utf8.count, 63 - (10 + text.utf8.count) % 64))
      + "\n"
    let count = text.utf8.count
    return NPYHeader.magic + [1, 0, UInt8(count & 255), UInt8(count >> 8)] + Array(text.utf8)
  }
}
