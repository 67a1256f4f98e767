/// How much compressed data may become. What becomes more is made to fill memory or disk.
package enum UnpackedSize {
  /// Bytes that any gzip file may become: tables and masks of zeros shrink to a thousandth.
  package static let unquestioned = 1 << 30
  /// Bytes that any table may become: its numbers take up to four times as much memory, and honest tables shrink to a
  /// thirtieth.
  static let unquestionedOfTables = 1 << 26
  /// What larger gzip files may become, as a multiple of their size.
  package static let greatestRatio = 100
  /// What members of zip archives may become, whose sizes are told and asked of the memory: deflate cannot do better than 258
  /// bytes for 2 bits.
  package static let greatestDeflateRatio = 1032

  /// The most bytes that a gzip file of so many may become.
  ///
  /// - Parameter unquestioned: what any may become.
  package static func limit(packed: Int, unquestioned: Int = unquestioned) -> Int {
    let (bound, overflow) = packed.multipliedReportingOverflow(by: greatestRatio)
    return max(unquestioned, overflow ? .max : bound)
  }
}
