/// How much compressed data may become. Honest data shrink to a fiftieth at best; what becomes more than a hundredfold is
/// made to fill memory or disk.
package enum UnpackedSize {
  /// Bytes that anything may become.
  package static let unquestioned = 1 << 20
  package static let greatestRatio = 100

  /// The most bytes that so many compressed ones may become.
  package static func limit(packed: Int) -> Int {
    let (bound, overflow) = packed.multipliedReportingOverflow(by: greatestRatio)
    return max(unquestioned, overflow ? .max : bound)
  }
}
