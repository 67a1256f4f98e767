import HourglassBase
import Synchronization

/// A source as load instructions see it: any of the workers may ask at any time.
final class SampleFeed: Sendable {
  let source: any SampleSource
  private let hasFailed = Atomic<Bool>(false)
  private let failure = Mutex<HourglassError?>(nil)

  init(_ source: any SampleSource) { self.source = source }

  /// What the load kernel calls; `feed` is an unretained reference to a `SampleFeed`.
  static let locate:
    @convention(c) (
      UnsafeRawPointer?, UnsafePointer<UInt32>?, Int32, UnsafeMutableRawPointer?,
      UnsafeMutablePointer<UnsafeRawPointer?>?
    ) -> Void = { feed, samples, count, staging, addresses in
      Unmanaged<SampleFeed>.fromOpaque(feed!)._withUnsafeGuaranteedRef {
        $0.locate(UnsafeBufferPointer(start: samples, count: Int(count)), staging!, addresses!)
      }
    }

  private func locate(
    _ indices: UnsafeBufferPointer<UInt32>, _ staging: UnsafeMutableRawPointer,
    _ addresses: UnsafeMutablePointer<UnsafeRawPointer?>
  ) {
    let bytes = source.bytesPerSample
    let rows = SampleRows(
      indices: indices, bytesPerSample: bytes, addresses: addresses, staging: staging)
    do {
      try source.fill(rows)
    } catch {
      failure.withLock { $0 = $0 ?? error }
      hasFailed.store(true, ordering: .releasing)
      // The batch is given up; until then there must be something to read.
      for place in 0..<indices.count {
        rows.room(at: place).initializeMemory(as: UInt8.self, repeating: 0)
        rows.setAddress(UnsafeRawPointer(staging + place * bytes), at: place)
      }
    }
  }

  /// - Throws: what the source threw since the last check.
  func check() throws(HourglassError) {
    guard hasFailed.exchange(false, ordering: .acquiring) else { return }
    if let error = failure.withLock({ failure in
      defer { failure = nil }
      return failure
    }) {
      throw error
    }
  }
}
