/// How samples are read so that their numbers mean what those meant that a model learnt from.
///
/// Bytes stand for what they stood for in training; where that was floats beyond 0...1, they are those numbers
/// themselves. Whole floats up to 255, given where 0...1 was learnt from bytes or of images, are taken for bytes; so are
/// fractions in 0...1 where floats of bytes were learnt. All that is told. Other numbers stay as they are: they are
/// refused where they cannot be meant, and told where they lie far from those of the training. A few odd numbers do not
/// decide of the others: they are told, and the rest is read as it would be without them.
package struct ValueReading: Sendable, Equatable {
  enum Change: Sendable, Equatable {
    case none
    /// What one step of a byte is worth; of floats that are whole numbers in 0...255 too.
    case bytes(worth: Float)
    /// What floats are multiplied by.
    case factor(Float)
  }

  let change: Change
  /// What a person should know, one sentence; nil where numbers are as those of the training.
  package let note: String?

  private init(_ change: Change = .none, _ note: String? = nil) {
    self.change = change
    self.note = note
  }

  /// Beyond this many times the learnt extent numbers are told, or refused.
  private static let (farExtents, farthestExtents) = (1 as Float, 30 as Float)
  /// The learnt extent is this many times the given one where that is told.
  private static let smallestShare = 0.01 as Float
  /// Whole floats that reach no further may have another full scale than bytes, such as 15.
  private static let darkestLevels = 127 as Float

  /// - Parameters:
  ///   - given: what the samples hold.
  ///   - learnt: what those of the training held.
  ///   - kind: what the samples are.
  ///   - name: what the samples are called, such as their file.
  ///   - learner: who learnt what, such as "the model learnt".
  /// - Throws: `HourglassError` (badData) when the numbers cannot be meant.
  package init(
    of given: ValueRange, as learnt: ValueRange, kind: SampleKind, named name: String, learner: String
  ) throws(HourglassError) {
    let fact = "The values of \(name) are \(given.text), but \(learner) \(learnt.text)"
    switch (given.element, learnt.element) {
    case (.byte(let scale), .byte(let other)):
      self =
        scale == other
        ? ValueReading() : ValueReading(.bytes(worth: other), "\(fact): they were taken for those bytes.")
    case (.byte(let scale), .float):
      self = try Self.reading(bytesWorth: scale, given, learnt, fact)
    case (.float, _):
      self = try Self.reading(floats: given, learnt, kind, fact)
    }
  }

  private static func reading(
    bytesWorth scale: Float, _ given: ValueRange, _ learnt: ValueRange, _ fact: String
  ) throws(HourglassError) -> ValueReading {
    if learnt.isUnit {
      return given.isUnit
        ? ValueReading() : ValueReading(.bytes(worth: 1 / 255), "\(fact): they were divided by 255.")
    }
    guard learnt.least >= 0, learnt.greatest <= 255 else {
      throw HourglassError(.badData, "\(fact); give floats of that kind")
    }
    return scale == 1
      ? ValueReading() : ValueReading(.bytes(worth: 1), "\(fact): they were taken as 0 to 255.")
  }

  private static let unitsMatter = "; what comes of them means little if they are in other units."

  private static func reading(
    floats given: ValueRange, _ learnt: ValueRange, _ kind: SampleKind, _ fact: String
  ) throws(HourglassError) -> ValueReading {
    if learnt.isUnit {
      if given.isUnit { return ValueReading() }
      if given.areLevels, learnt.areBytes || kind == .image {
        var worth = 1 / 255 as Float
        if case .byte(let scale) = learnt.element { worth = scale }
        let doubt =
          given.greatest > darkestLevels
          ? ""
          : " They reach no more than \(ValueRange.text(given.greatest)); if that is their full scale, divide them by it first."
        return ValueReading(.bytes(worth: worth), "\(fact): they were divided by 255.\(doubt)")
      }
      guard !learnt.areBytes || given.least >= -1 && given.greatest <= 2 else {
        throw HourglassError(.badData, "\(fact); give bytes, or floats from 0 to 1")
      }
      if learnt.areBytes { return ValueReading(.none, fact + unitsMatter) }
    }
    if learnt.hasLevels, learnt.greatest > darkestLevels, given.isUnit, !given.areWhole {
      return ValueReading(.factor(255), "\(fact): they were multiplied by 255.")
    }
    let extent = learnt.greatest - learnt.least
    // Constant samples say little of how far others may be.
    let unit = extent > 0 ? extent : max(abs(learnt.greatest), 1)
    let beyond = max(given.greatest - learnt.greatest, learnt.least - given.least) / unit
    guard beyond <= farthestExtents else {
      throw HourglassError(.badData, "\(fact); scale them as those of the training were")
    }
    let isSmall = given.greatest - given.least < smallestShare * extent && given.greatest > given.least
    guard beyond > farExtents || isSmall else { return ValueReading() }
    return ValueReading(.none, fact + unitsMatter)
  }

  /// What numbers are within that are not far from the learnt ones; nil where all are, and for levels of bytes.
  static func usual(_ given: ValueRange, beside learnt: ValueRange) -> ClosedRange<Float>? {
    guard given.element == .float, !(given.isUnit && learnt.isUnit) else { return nil }
    if learnt.isUnit, given.areLevels, given.greatest > darkestLevels { return nil }
    let extent = learnt.greatest - learnt.least
    let margin = farExtents * (extent > 0 ? extent : max(abs(learnt.greatest), 1))
    let usual = learnt.least - margin...learnt.greatest + margin
    return usual.contains(given.least) && usual.contains(given.greatest) ? nil : usual
  }

  /// The samples, read so; nothing is copied.
  func callAsFunction(_ samples: any SampleSource) -> any SampleSource {
    switch change {
    case .none: samples
    case .bytes(let worth):
      RereadSamples(source: samples, element: .byte(scale: worth), factor: 1)
    case .factor(let factor): RereadSamples(source: samples, element: .float, factor: factor)
    }
  }
}

extension SampleSource {
  /// The samples with numbers that mean what those of a training meant, see `ValueReading`.
  ///
  /// - Parameters:
  ///   - learnt: what those of the training held; nil where nobody knows, which claims nothing.
  ///   - name: what the samples are called, such as their file.
  ///   - learner: who learnt what.
  /// - Returns: also what a person should know of them.
  /// - Throws: `HourglassError` (badData) when the numbers cannot be meant; what the source throws.
  package func matched(
    to learnt: ValueRange?, named name: String, learner: String = "the model learnt"
  ) throws(HourglassError) -> (samples: any SampleSource, note: String?) {
    guard let learnt, let given = try valueRange() else { return (self, nil) }
    guard let usual = ValueReading.usual(given, beside: learnt),
      let strays = try StrayNumbers(in: self, outside: usual)
    else {
      let reading = try ValueReading(of: given, as: learnt, kind: form.kind, named: name, learner: learner)
      return (reading(self), reading.note)
    }
    let reading = try ValueReading(
      of: strays.others, as: learnt, kind: form.kind, named: name, learner: learner)
    return (reading(self), [strays.note(name), reading.note].compactMap(\.self).joined(separator: " "))
  }
}

/// Samples whose numbers stand for others than their source says.
private struct RereadSamples: SampleSource {
  let source: any SampleSource
  /// How numbers are given; bytes are also made of whole floats in 0...255.
  let element: SampleElement
  /// What floats that stay floats are multiplied by.
  let factor: Float

  var count: Int { source.count }
  var shape: Shape { source.shape }
  var form: SampleForm { source.form }

  func willRead(_ indices: ArraySlice<UInt32>) { source.willRead(indices) }

  func fill(_ rows: SampleRows) throws(HourglassError) {
    if case .byte = source.element { return try source.fill(rows) }
    for (place, index) in rows.indices.enumerated() {
      let numbers = try source.numbers(of: Int(index))
      let room = rows.room(at: place)
      if case .byte = element {
        for (offset, number) in numbers.enumerated() { room[offset] = UInt8(saturating: number) }
      } else {
        for (offset, number) in numbers.enumerated() {
          room.storeBytes(
            of: number * factor, toByteOffset: offset * MemoryLayout<Float>.stride, as: Float.self)
        }
      }
    }
  }
}
