import HourglassDatabases

extension DatabaseRows {
  /// All of the text that is left, taken in pieces of odd sizes.
  func lines() throws -> [String] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 7)
    while true {
      let count = try piece.withUnsafeMutableBytes { try fill($0) }
      bytes += piece[..<count]
      if count < piece.count { break }
      piece = [UInt8](repeating: 0, count: piece.count == 7 ? 1013 : 7)
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .dropLast().map(String.init)
  }
}

/// The text of what an address stands for.
func lines(_ address: String, limit: Int = .max) throws -> [String] {
  try DatabaseRows(DatabaseAddress(address), limit: limit).lines()
}
