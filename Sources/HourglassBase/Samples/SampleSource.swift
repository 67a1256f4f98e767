/// Many samples of one shape, wherever they are: in memory (`SampleArray`), in a file, or made when they are asked for.
///
/// Training, evaluation and encoding ask for samples by index, sixteen at a time, from several threads at once, and
/// not in order. The same index must always give the same numbers, or runs could not be repeated.
public protocol SampleSource: Sendable {
  var count: Int { get }
  /// Of one sample: `[channels, height, width]` for images.
  var shape: Shape { get }
  /// What a sample is, and its shape; the usual kind of the shape unless the source says otherwise.
  var form: SampleForm { get }
  /// How the source gives its numbers.
  var element: SampleElement { get }

  /// Brings samples: for each of `rows.indices`, either names where its numbers already are
  /// (`rows.setAddress`), or writes them to `rows.room`.
  ///
  /// - Throws: `HourglassError` when samples cannot be had; whoever asked for the batch is told.
  func fill(_ rows: SampleRows) throws(HourglassError)

  /// Told of samples that will be asked for soon, in this order: a source that has them on a disk may begin to fetch them. It returns
  /// at once; sources that need no time do nothing.
  ///
  /// - Parameter indices: each below the source's count.
  func willRead(_ indices: ArraySlice<UInt32>)
}

extension SampleSource {
  public func willRead(_ indices: ArraySlice<UInt32>) {}
}

/// How one number of a sample is stored.
public enum SampleElement: Sendable, Equatable {
  /// An unsigned byte `b` that stands for `b * scale`.
  case byte(scale: Float)
  /// 32 bits, in the machine's order.
  case float

  package var bytes: Int {
    switch self {
    case .byte: 1
    case .float: MemoryLayout<Float>.stride
    }
  }
}

/// Up to sixteen samples that a source is asked for. Valid during the call of `fill` only.
public struct SampleRows {
  /// Which samples; each below the source's count.
  public let indices: UnsafeBufferPointer<UInt32>
  /// What one sample takes, row-major in the source's element.
  public let bytesPerSample: Int
  private let addresses: UnsafeMutablePointer<UnsafeRawPointer?>
  private let staging: UnsafeMutableRawPointer

  /// - Parameters:
  ///   - addresses: one for each index; they lead to `staging` from now on.
  ///   - staging: room for `bytesPerSample` bytes for each index.
  package init(
    indices: UnsafeBufferPointer<UInt32>, bytesPerSample: Int,
    addresses: UnsafeMutablePointer<UnsafeRawPointer?>, staging: UnsafeMutableRawPointer
  ) {
    self.indices = indices
    self.bytesPerSample = bytesPerSample
    self.addresses = addresses
    self.staging = staging
    for place in 0..<indices.count { addresses[place] = UnsafeRawPointer(staging + place * bytesPerSample) }
  }

  /// Where to write the sample `indices[place]`, `bytesPerSample` bytes, if it is not in memory already.
  public func room(at place: Int) -> UnsafeMutableRawBufferPointer {
    precondition(place >= 0 && place < indices.count, "there is no row \(place) among \(indices.count)")
    return UnsafeMutableRawBufferPointer(start: staging + place * bytesPerSample, count: bytesPerSample)
  }

  /// The same for samples that follow one another in `indices`.
  package func rooms(_ places: Range<Int>) -> UnsafeMutableRawBufferPointer {
    precondition(places.lowerBound >= 0 && places.upperBound <= indices.count, "there are no rows \(places)")
    return UnsafeMutableRawBufferPointer(
      start: staging + places.lowerBound * bytesPerSample, count: places.count * bytesPerSample)
  }

  /// Says that the sample `indices[place]` is at `address`, which stays valid while the source lives. Nothing is copied,
  /// and the address need not be aligned.
  public func setAddress(_ address: UnsafeRawPointer, at place: Int) {
    precondition(place >= 0 && place < indices.count, "there is no row \(place) among \(indices.count)")
    addresses[place] = address
  }
}

extension SampleSource {
  package var bytesPerSample: Int { shape.count * element.bytes }

  /// Sample `index` as numbers, row-major.
  ///
  /// - Throws: `HourglassError` (usage) when there is no such sample; what the source throws.
  public func numbers(of index: Int) throws(HourglassError) -> [Float] {
    guard index >= 0 && index < count else {
      throw HourglassError(
        .usage, "There is no sample \(index) among \(count); give an index from 0 and below \(count).")
    }
    var numbers: [Float] = []
    try read(CollectionOfOne(UInt32(index))) { bytes in
      switch element {
      case .byte(let scale):
        numbers = bytes.map { Float($0) * scale }
      case .float:
        numbers = (0..<shape.count).map {
          bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Float>.stride, as: Float.self)
        }
      }
    }
    return numbers
  }

  /// Samples as the source stores them, one after another, a few of which are held at a time.
  ///
  /// - Parameters:
  ///   - indices: each below `count`.
  ///   - body: takes the `bytesPerSample` bytes of each, valid during the call.
  /// - Throws: what the source throws.
  package func read(
    _ indices: some Collection<UInt32>, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(HourglassError) {
    let most = min(indices.count, 16)
    let room = UnsafeMutableRawPointer.allocate(byteCount: max(most * bytesPerSample, 1), alignment: 64)
    let addresses = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: most)
    let numbers = UnsafeMutablePointer<UInt32>.allocate(capacity: most)
    defer {
      room.deallocate()
      addresses.deallocate()
      numbers.deallocate()
    }
    var rest = indices[...]
    while !rest.isEmpty {
      let some = rest.prefix(most)
      for (place, index) in some.enumerated() { (numbers + place).initialize(to: index) }
      try fill(
        SampleRows(
          indices: UnsafeBufferPointer(start: numbers, count: some.count), bytesPerSample: bytesPerSample,
          addresses: addresses, staging: room))
      for place in 0..<some.count {
        body(UnsafeRawBufferPointer(start: addresses[place], count: bytesPerSample))
      }
      rest = rest.dropFirst(most)
    }
  }
}

extension SampleArray: SampleSource {
  /// Names where the samples are.
  public func fill(_ rows: SampleRows) {
    guard let base = baseAddress else { return }
    for (place, index) in rows.indices.enumerated() {
      rows.setAddress(base + Int(index) * rows.bytesPerSample, at: place)
    }
  }
}
