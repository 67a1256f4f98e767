extension SampleSource {
  /// The usual kind of this shape.
  public var form: SampleForm { SampleForm(shape) }

  /// The same samples as samples of this form; nil where they are no such samples. Nothing is copied.
  ///
  /// Shapes must be equal, but for series: files do not tell `[channels, length]` from one grey image, nor a series of
  /// one channel from a vector.
  public func viewed(as form: SampleForm) -> (any SampleSource)? {
    if let array = self as? SampleArray { return array.viewed(as: form) as SampleArray? }
    guard form != self.form else { return self }
    return form.isView(of: shape) ? SamplePart(source: self, count: count, form: form) : nil
  }

  /// The first `limit` samples, none if it is below zero; nothing is copied.
  public func prefix(_ limit: Int) -> any SampleSource {
    if let array = self as? SampleArray { return array.prefix(limit) as SampleArray }
    return limit < count ? SamplePart(source: self, count: max(0, limit), form: form) : self
  }

  /// All samples in memory: what needs a matrix works on these.
  ///
  /// - Throws: what the source throws.
  public func array() throws(HourglassError) -> SampleArray {
    if let array = self as? SampleArray { return array }
    return try array((0..<UInt32(count)).map { $0 })
  }

  /// Some samples in memory, in this order, numbers as the source stores them.
  ///
  /// - Parameter indices: each below `count`.
  /// - Throws: `HourglassError`: usage for another index, environment when memory has no room for them; what the source
  ///   throws.
  public func array(_ indices: [UInt32]) throws(HourglassError) -> SampleArray {
    if let wrong = indices.first(where: { $0 >= count }) {
      throw HourglassError(.usage, "There is no sample \(wrong) among \(count); give indices below \(count).")
    }
    try MemoryBudget.process.admit(
      MemoryBudget.product(indices.count, bytesPerSample),
      for: "A matrix of \(grouped(indices.count)) samples of shape \(shape)")
    let array: SampleArray
    switch element {
    case .byte(let scale):
      array = try SampleArray(trustedByteCount: indices.count, shape: shape, scale: scale) {
        (memory: UnsafeMutableRawBufferPointer) throws(HourglassError) in
        try copy(indices, to: memory)
      }
    case .float:
      array = try SampleArray(trustedFloatCount: indices.count, shape: shape) {
        (memory: UnsafeMutableBufferPointer<Float>) throws(HourglassError) in
        try copy(indices, to: UnsafeMutableRawBufferPointer(memory))
      }
    }
    return array.viewed(as: form) ?? array
  }

  private func copy(_ indices: [UInt32], to memory: UnsafeMutableRawBufferPointer) throws(HourglassError) {
    var place = 0
    try read(indices) { bytes in
      UnsafeMutableRawBufferPointer(rebasing: memory[place..<place + bytes.count]).copyMemory(from: bytes)
      place += bytes.count
    }
  }
}

extension SampleSource {
  /// The source that all samples come from as they are given, whatever they are said to be.
  package var unviewed: any SampleSource {
    guard let part = self as? SamplePart, part.count == part.source.count else { return self }
    return part.source.unviewed
  }
}

/// The first samples of a source, or what else they are said to be.
private struct SamplePart: SurveyedSource {
  let source: any SampleSource
  let count: Int
  let form: SampleForm

  var shape: Shape { form.shape }
  var element: SampleElement { source.element }

  /// Of more samples than these, which does not matter: it is asked about some.
  var survey: SampleSurvey? { (source as? any SurveyedSource)?.survey }

  func fill(_ rows: SampleRows) throws(HourglassError) { try source.fill(rows) }

  func willRead(_ indices: ArraySlice<UInt32>) { source.willRead(indices) }
}
