import HourglassBase
import HourglassFiles

/// Samples of floats that are written one after another to a file without a name, and read from there: for what is made of
/// data and may be larger than memory. A block of them is in memory at a time, and nothing of the file stays when the process
/// ends.
package final class SampleSpool {
  private let file: NamelessFile
  private let shape: Shape
  private let name: String
  private let builder: SurveyBuilder
  private var count = 0

  /// - Parameters:
  ///   - shape: of a sample, with at least one number.
  ///   - what: the samples are, such as "the rows of table.csv".
  ///   - folder: an existing one for the file; that for temporary files when nil.
  /// - Throws: `HourglassError` (environment) when the file cannot be made.
  package init(shape: Shape, for what: String, in folder: String? = nil) throws {
    file = try NamelessFile(for: what, in: folder)
    (self.shape, name, builder) = (shape, what, SurveyBuilder(shape.count))
  }

  /// Writes more samples.
  ///
  /// - Parameter numbers: of whole samples, one after another.
  /// - Throws: `HourglassError`: badData when a number is not finite, environment when the disk is full.
  package func append(_ numbers: UnsafeBufferPointer<Float>) throws {
    precondition(numbers.count.isMultiple(of: shape.count), "samples of shape \(shape) are written whole")
    let bytes = UnsafeRawBufferPointer(numbers)
    if let stray = try builder.add(bytes, areFloats: true) {
      throw HourglassError(
        .badData,
        "Sample \(stray.sample) of \(name) holds \(stray.value), which is not finite; remove or replace it")
    }
    try file.append(bytes)
    count += numbers.count / shape.count
    guard count <= Int(UInt32.max) else {
      throw HourglassError(.badData, "\(name) are more than \(grouped(Int(UInt32.max))) samples; give fewer")
    }
  }

  /// The same for an array.
  package func append(_ numbers: [Float]) throws { try numbers.withUnsafeBufferPointer { try append($0) } }

  /// All samples that were written, which stay in the file. Nothing may be written any more.
  package func samples() -> FileSamples {
    FileSamples(
      [FileSamples.Part(file, count: count, offset: 0)], shape: shape, stored: .float32,
      hasChannelsLast: false,
      survey: builder.survey, digest: builder.digest)
  }
}
