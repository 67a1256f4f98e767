import HourglassBase
import HourglassFiles

/// Samples that stay in files and are read when they are asked for.
///
/// They are read by `pread`, not mapped: of a mapped file that another program cuts short, or whose disk fails, the system
/// tells by ending the process. A file that changes meanwhile is an error, since the numbers would no longer be those that
/// the work began with.
package final class FileSamples: SurveyedSource {
  /// How a number is stored.
  package enum Stored: Sendable, Equatable {
    /// Stands for so much times its value.
    case byte(scale: Float)
    case float32
    case float64

    package var bytes: Int {
      switch self {
      case .byte: 1
      case .float32: 4
      case .float64: 8
      }
    }
  }

  /// Samples that lie in one file at equal distances.
  package struct Part: Sendable {
    package let file: any PositionedFile
    package let count: Int
    /// Where the first sample begins, in bytes.
    let offset: Int
    /// From one sample to the next, in bytes; nil where they lie side by side.
    let stride: Int?

    package init(_ file: any PositionedFile, count: Int, offset: Int, stride: Int? = nil) {
      (self.file, self.count, self.offset, self.stride) = (file, count, offset, stride)
    }
  }

  package let count: Int
  package let shape: Shape
  package let element: SampleElement
  package let survey: SampleSurvey?
  /// SHA-256 of all samples as they are given, to go on with; nil where nobody has read them all.
  package let digest: BegunDigest?
  private let stored: Stored
  private let hasChannelsLast: Bool
  private let parts: [Part]
  /// The first sample of each part.
  private let starts: [Int]
  /// Whether samples are given as they lie in the file.
  private let isPlain: Bool
  private let readAhead = ReadAhead()

  /// - Parameters:
  ///   - parts: at least one, whose files are known to be long enough.
  ///   - hasChannelsLast: whether the files have the channels of each place side by side.
  package convenience init(_ parts: [Part], shape: Shape, stored: Stored, hasChannelsLast: Bool = false) {
    self.init(parts, shape: shape, stored: stored, hasChannelsLast: hasChannelsLast, survey: nil, digest: nil)
  }

  init(
    _ parts: [Part], shape: Shape, stored: Stored, hasChannelsLast: Bool, survey: SampleSurvey?,
    digest: BegunDigest?
  ) {
    var starts: [Int] = []
    var count = 0
    for part in parts {
      starts.append(count)
      count += part.count
    }
    (self.parts, self.starts, self.count) = (parts, starts, count)
    (self.shape, self.stored, self.hasChannelsLast) = (shape, stored, hasChannelsLast && shape[0] > 1)
    (self.survey, self.digest) = (survey, digest)
    if case .byte(let scale) = stored { element = .byte(scale: scale) } else { element = .float }
    isPlain = stored != .float64 && !self.hasChannelsLast
  }

  /// What the samples take in their files.
  package var storedByteCount: Int { MemoryBudget.product(count, storedBytes) }

  private var storedBytes: Int { shape.count * stored.bytes }

  private func place(of sample: Int) -> (part: Part, local: Int) {
    guard parts.count > 1 else { return (parts[0], sample) }
    var (low, high) = (0, parts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= sample { low = middle } else { high = middle }
    }
    return (parts[low], sample - starts[low])
  }

  /// Whether a sample lies in its file right behind the one before.
  private func isBeside(_ part: Part) -> Bool { part.stride == nil || part.stride == storedBytes }

  // MARK: - Reading

  package func fill(_ rows: SampleRows) throws(HourglassError) {
    let indices = rows.indices
    var place = 0
    while place < indices.count {
      let (part, local) = self.place(of: Int(indices[place]))
      var end = place + 1
      if isPlain, isBeside(part) {
        let rest = part.count - local
        while end < indices.count, end - place < rest, Int(indices[end]) == Int(indices[end - 1]) + 1 {
          end += 1
        }
      }
      try read(part, local..<local + end - place, into: rows.rooms(place..<end))
      if parts.count > 1 { try part.file.checkIsUnchanged() }
      place = end
    }
    // Behind the reading, so that nothing is believed that was written before it.
    if parts.count == 1 { try parts[0].file.checkIsUnchanged() }
  }

  /// Neighbouring samples, as they are given.
  ///
  /// - Parameters:
  ///   - samples: below `count`.
  ///   - room: `bytesPerSample` for each.
  /// - Throws: `HourglassError` when they cannot be read, or the files changed.
  package func read(_ samples: Range<Int>, into room: UnsafeMutableRawBufferPointer) throws(HourglassError) {
    var first = samples.lowerBound
    while first < samples.upperBound {
      let (part, local) = place(of: first)
      let count = min(samples.upperBound - first, part.count - local)
      let start = (first - samples.lowerBound) * bytesPerSample
      try read(
        part, local..<local + count,
        into: UnsafeMutableRawBufferPointer(rebasing: room[start..<start + count * bytesPerSample]))
      try part.file.checkIsUnchanged()
      first += count
    }
  }

  private func read(
    _ part: Part, _ samples: Range<Int>, into room: UnsafeMutableRawBufferPointer
  ) throws(HourglassError) {
    if isPlain, isBeside(part) {
      return try fill(room, of: part, at: part.offset + samples.lowerBound * storedBytes, samples)
    }
    // Few bytes lie between samples of a part, so what is read is what is needed.
    let stride = part.stride ?? storedBytes
    let most = max(1, min(samples.count, (1 << 18) / stride))
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: most * stride, alignment: 16)
    defer { block.deallocate() }
    var first = samples.lowerBound
    while first < samples.upperBound {
      let some = first..<min(first + most, samples.upperBound)
      let wanted = UnsafeMutableRawBufferPointer(
        rebasing: block[..<((some.count - 1) * stride + storedBytes)])
      try fill(wanted, of: part, at: part.offset + first * stride, some)
      for sample in some {
        let source = (sample - first) * stride
        let target = (sample - samples.lowerBound) * bytesPerSample
        convert(
          UnsafeRawBufferPointer(rebasing: block[source..<source + storedBytes]),
          into: UnsafeMutableRawBufferPointer(rebasing: room[target..<target + bytesPerSample]))
      }
      first = some.upperBound
    }
  }

  private func fill(
    _ memory: UnsafeMutableRawBufferPointer, of part: Part, at offset: Int, _ samples: Range<Int>
  ) throws(HourglassError) {
    let found = try part.file.fill(memory, at: offset)
    guard found < memory.count else { return }
    let stride = part.stride ?? storedBytes
    throw HourglassError(
      .environment,
      "\(part.file.name) became shorter while it was used: it ends within sample \(samples.lowerBound + found / stride)",
      .text("put the whole file back"))
  }

  /// One sample as it is given.
  private func convert(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
    switch stored {
    case .byte: place(source, as: UInt8.self, into: target) { $0 }
    case .float32: place(source, as: Float.self, into: target) { $0 }
    case .float64: place(source, as: Double.self, into: target) { Float($0) }
    }
  }

  private func place<Number: BitwiseCopyable, Given: BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, as type: Number.Type, into target: UnsafeMutableRawBufferPointer,
    _ convert: (Number) -> Given
  ) {
    let channels = hasChannelsLast ? shape[0] : 1
    let places = shape.count / channels
    for place in 0..<places {
      for channel in 0..<channels {
        let number = source.loadUnaligned(
          fromByteOffset: (place * channels + channel) * MemoryLayout<Number>.stride, as: Number.self)
        target.storeBytes(
          of: convert(number), toByteOffset: (channel * places + place) * MemoryLayout<Given>.stride,
          as: Given.self)
      }
    }
  }

  // MARK: - Reading ahead

  package func willRead(_ indices: ArraySlice<UInt32>) {
    guard let first = indices.first, let last = indices.last else { return }
    // Samples of a window come in the order in which they lie, most of those between the ends: few pieces.
    if last > first, indices.count > 1024, Int(last - first) < 4 * indices.count {
      readAhead.fetchAll { [self] in pieces(of: indices) }
    } else {
      readAhead.fetch(indices) { [self] in pieces(of: $0) }
    }
  }

  /// What lies nearer together is fetched at once.
  private static let smallestGap = 1 << 16

  /// The parts of files that have these samples; those that follow one another in the file are one.
  private func pieces(of indices: ArraySlice<UInt32>) -> [ReadAhead.Piece] {
    var pieces: [ReadAhead.Piece] = []
    for index in indices {
      let (part, local) = place(of: Int(index))
      let start = part.offset + local * (part.stride ?? storedBytes)
      if let last = pieces.last, last.file === part.file,
        last.bytes.lowerBound <= start, start <= last.bytes.upperBound + Self.smallestGap
      {
        let end = max(last.bytes.upperBound, start + storedBytes)
        pieces[pieces.count - 1] = ReadAhead.Piece(file: part.file, bytes: last.bytes.lowerBound..<end)
      } else {
        pieces.append(ReadAhead.Piece(file: part.file, bytes: start..<start + storedBytes))
      }
    }
    return pieces
  }

  // MARK: - Surveying

  /// The same with a survey and a digest, after one look at all samples.
  ///
  /// - Parameter progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError`: badData when a number is not finite, environment when a file cannot be read.
  package func surveyed(progress: WorkProgress.Report = { _ in }) throws -> FileSamples {
    let most = max(1, min(count, (4 << 20) / max(bytesPerSample, 1)))
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: most * bytesPerSample, alignment: 64)
    defer { block.deallocate() }
    let builder = SurveyBuilder(shape.count)
    for first in stride(from: 0, to: count, by: most) {
      let some = first..<min(first + most, count)
      let numbers = UnsafeMutableRawBufferPointer(rebasing: block[..<(some.count * bytesPerSample)])
      try read(some, into: numbers)
      if let stray = try builder.add(UnsafeRawBufferPointer(numbers), areFloats: element == .float) {
        let (part, local) = place(of: stray.sample)
        throw HourglassError(
          .badData,
          "\(part.file.name) holds \(stray.value) in sample \(local), which is not finite or too large for 32 bits; "
            + "remove or replace it")
      }
      try progress(WorkProgress("reading", done: some.upperBound, of: count, "samples"))
    }
    return FileSamples(
      parts, shape: shape, stored: stored, hasChannelsLast: hasChannelsLast,
      survey: element == .float ? builder.survey : nil, digest: builder.digest)
  }
}
