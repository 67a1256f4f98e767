import Foundation
import HourglassBase
import HourglassFiles

// Addresses of files beside paths. Each of these does what its namesake with a path does, and throws `HourglassError`
// (usage) for an address that is not of a file.

extension Table {
  /// Reads a CSV file.
  ///
  /// - Parameter limit: rows to read at most; all when nil.
  public static func read(
    from url: URL, format: TableFormat = TableFormat(), limit: Int? = nil
  ) throws -> Table {
    try read(path: url.checkedPath(), format: format, limit: limit)
  }
}

extension TableReader {
  /// Begins to read a CSV file.
  public convenience init(url: URL, format: TableFormat = TableFormat()) throws {
    try self.init(path: url.checkedPath(), format: format)
  }
}
