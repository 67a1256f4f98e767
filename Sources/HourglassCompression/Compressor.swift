import Foundation
import HourglassBase
import HourglassFiles
import HourglassModels
import HourglassPictures

/// Compresses pictures and sets of samples with a model that was trained for `RateDistortion`.
///
/// ```swift
/// let compressor = try Compressor(trained)
/// let bytes = try compressor.compress(samples)
/// let decompressed = try compressor.decompress(bytes, source: "samples")
/// ```
///
/// The encoder's rounded code is written by a range coder with the frequencies in the model's file; nothing but whole
/// numbers decides what the bytes mean. The decoder network gives the same bits on every instruction set, so a file gives
/// the same bytes everywhere.
public struct Compressor: Sendable {
  package let model: TrainedModel
  private let tables: CodeFrequencies
  private let step: Double
  private let codeShape: Shape
  /// Neighbouring numbers of a code that share a table.
  private let places: Int
  /// Of the weights and the frequencies, 16 hexadecimal digits: who wants to read a file must have the same.
  package let modelDigest: String

  /// - Throws: `HourglassError` (usage) when the model's code is not one of whole numbers, badData when its file holds no
  ///   frequencies.
  public init(_ model: TrainedModel) throws(HourglassError) {
    step = try model.codeStep()
    guard let tables = model.codeFrequencies else {
      throw HourglassError(
        .badData,
        "The model has no tables of frequencies for its code; train it again, which makes them at the end.")
    }
    codeShape = try model.model.codeShape
    places = codeShape.placesOfChannel
    self.model = model
    self.tables = tables
    let text = model.weightsDigest + tables.json.text()
    modelDigest = String(sha256Hex(Array(text.utf8)).prefix(2 * CompressedFile.digestLength))
  }

  /// What a file held.
  public enum Contents: Sendable {
    case picture(Picture)
    /// Bytes if they were bytes, otherwise 32-bit floats.
    case samples(SampleArray)
  }

  // MARK: - Writing

  /// The file of a picture of any size, see `PictureTiles` for how it is cut.
  ///
  /// - Parameter progress: told of tiles now and then; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when the model takes no images of 1 or 3 channels, or learnt from other numbers than
  ///   0...1.
  public func compress(
    _ picture: Picture, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> [UInt8] {
    try model.checkTakesPictures()
    let tiles = try PictureTiles(
      width: picture.width, height: picture.height, channels: picture.channels, model: model.model.input)
    return file(
      .picture(width: picture.width, height: picture.height, channels: picture.channels),
      codes: try codes(of: tiles.samples(of: picture), threads: threads) {
        try progress(WorkProgress("compressing", done: $0, of: tiles.count, "tiles"))
      })
  }

  /// The file of samples in their order.
  ///
  /// - Parameter progress: told now and then; what it throws ends the work.
  /// - Throws: `HourglassError` (usage) when their shape is not the model's.
  public func compress(
    _ samples: any SampleSource, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> [UInt8] {
    file(
      .samples(
        count: samples.count, shape: samples.shape, areBytes: samples.element == .byte(scale: 1 / 255)),
      codes: try codes(of: samples, threads: threads) {
        try progress(WorkProgress("compressing", done: $0, of: samples.count, "samples"))
      })
  }

  private func file(_ contents: CompressedFile.Contents, codes: [UInt8]) -> [UInt8] {
    let digits = Array(modelDigest)
    let digest = stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0
    }
    return CompressedFile(modelDigest: digest, contents: contents, codes: codes).bytes
  }

  /// Bits of a file of these samples.
  ///
  /// - Parameter progress: told now and then how many samples are done; what it throws ends the work.
  func bits(
    of samples: any SampleSource, indices: [UInt32], threads: Int?, progress: (Int) throws -> Void
  ) throws -> Int {
    let codes = try codes(of: samples, indices: indices, threads: threads, progress)
    return 8
      * file(.samples(count: indices.count, shape: samples.shape, areBytes: true), codes: codes).count
  }

  private func codes(
    of samples: any SampleSource, indices: [UInt32]? = nil, threads: Int?,
    _ progress: (Int) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    var encoder = RangeEncoder()
    let costs = CodeCosts(tables, places: places)
    let pass = try CodePass(model, over: samples, threads: threads)
    try pass.run(indices ?? (0..<UInt32(samples.count)).map { $0 }, progress: progress) { values in
      let kind = costs.cheapestKind(of: values)
      tables.kinds.encode(kind, into: &encoder)
      let channels = tables.channels[kind]
      for (index, value) in values.enumerated() { channels[index / places].encode(value, into: &encoder) }
    }
    return encoder.finish()
  }

  // MARK: - Reading

  /// What is in a file, which need not be trusted.
  ///
  /// - Parameters:
  ///   - source: what the bytes are, for messages: usually a path.
  ///   - progress: told now and then of samples, or tiles of a picture; what it throws ends the work.
  /// - Throws: `HourglassError` (badData) when they are damaged or another model's, environment when what they hold is
  ///   larger than memory.
  public func decompress(
    _ bytes: [UInt8], source: String, threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> Contents {
    let file = try CompressedFile(bytes, source: source)
    let digest = file.modelDigest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    guard digest == modelDigest else {
      throw HourglassError(
        .badData,
        "Cannot read \(source): the model \(digest) made it, and this one is \(modelDigest); give the run or the "
          + ".safetensors file that it was compressed with.")
    }
    switch file.contents {
    case .picture(let width, let height, let channels):
      let tiles = try PictureTiles(
        width: width, height: height, channels: channels, model: model.model.input)
      let samples = try samples(
        file.codes, count: tiles.count, areBytes: true, source: source, threads: threads
      ) { try progress(WorkProgress("decompressing", done: $0, of: tiles.count, "tiles")) }
      return try .picture(tiles.picture(of: samples))
    case .samples(let count, let shape, let areBytes):
      guard shape == model.model.inputShape else {
        throw damage(source, "it declares samples of \(shape), and the model's are \(model.model.inputShape)")
      }
      return .samples(
        try samples(
          file.codes, count: count, areBytes: areBytes, source: source, threads: threads
        ) { try progress(WorkProgress("decompressing", done: $0, of: count, "samples")) })
    }
  }

  private func damage(_ source: String, _ what: String) -> HourglassError {
    HourglassError(.badData, "Cannot read \(source): \(what); get a fresh copy of the file.")
  }

  /// Bytes that a file may give back whatever its size.
  static let unquestioned = 1 << 28
  /// Bytes that a byte of a larger file may give back; honest files have less than a thousandth of it.
  static let greatestRatio = 100_000

  /// Samples whose reconstructions are held as floats at a time, about 64 MiB of them.
  private var chunk: Int { max(512, (1 << 24) / max(model.model.inputShape.count, codeShape.count)) }

  private func samples(
    _ codes: [UInt8], count: Int, areBytes: Bool, source: String, threads: Int?,
    _ progress: (Int) throws -> Void
  ) throws -> SampleArray {
    let shape = model.model.inputShape
    // A few bytes cannot stand for many samples.
    let fewest = tables.fewestBits(places: places) * Double(count)
    guard fewest <= 8 * Double(codes.count) + 64 else {
      throw damage(source, "it declares \(count) samples, and its \(codes.count) bytes cannot hold so many")
    }
    let byteCount = MemoryBudget.product([count, areBytes ? 1 : 4] + shape.dimensions)
    // Where a model's tables make a code nearly free, bits alone bound nothing.
    guard byteCount <= max(Self.unquestioned, Self.greatestRatio * codes.count) else {
      throw damage(
        source,
        "its \(codes.count) bytes declare \(grouped(count)) samples of \(grouped(shape.count)) numbers, more than "
          + "\(grouped(Self.greatestRatio)) times as much")
    }
    try MemoryBudget.process.admit(byteCount, for: "\(source) with \(grouped(count)) samples")
    var decoder = RangeDecoder(codes[...])
    /// Hands each chunk's reconstructions on.
    func decodeAll(_ body: (_ start: Int, _ numbers: SampleArray) -> Void) throws {
      for start in stride(from: 0, to: count, by: chunk) {
        let size = min(chunk, count - start)
        let values = try SampleArray(trustedFloatCount: size, shape: codeShape) { numbers in
          for sample in 0..<size {
            if sample.isMultiple(of: 512) { try progress(start) }
            guard let kind = tables.kinds.decode(from: &decoder), tables.channels.indices.contains(kind)
            else {
              throw damage(source, "its codes hold a kind that the model has not")
            }
            let channels = tables.channels[kind]
            for index in 0..<codeShape.count {
              guard let value = channels[index / places].decode(from: &decoder) else {
                throw damage(source, "its codes hold a value out of range")
              }
              numbers[sample * codeShape.count + index] = Float(value) * Float(step)
            }
          }
        }
        body(start, try model.decode(values, threads: threads) { try progress(start + $0.done) })
      }
    }
    if areBytes {
      return try SampleArray(trustedByteCount: count, shape: shape) { memory in
        try decodeAll { start, numbers in
          numbers.withFloats { floats in
            for (index, number) in floats.enumerated() {
              // As `Picture` turns numbers into bytes.
              memory[start * shape.count + index] = UInt8(saturating: number * 255)
            }
          }
        }
      }
    }
    return try SampleArray(trustedFloatCount: count, shape: shape) { memory in
      try decodeAll { start, numbers in
        numbers.withFloats { floats in
          for (index, number) in floats.enumerated() { memory[start * shape.count + index] = number }
        }
      }
    }
  }
}

extension SampleArray {
  /// The numbers of an array of floats in place.
  fileprivate func withFloats(_ body: (UnsafeBufferPointer<Float>) -> Void) {
    precondition(element == .float, "these samples are bytes")
    withExtendedLifetime(self) {
      body(
        UnsafeBufferPointer(
          start: baseAddress?.assumingMemoryBound(to: Float.self), count: count * shape.count))
    }
  }
}
