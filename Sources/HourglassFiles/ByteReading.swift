extension [UInt8] {
  /// Whether these bytes stand at `place`.
  package func hasPrefix(_ prefix: [UInt8], at place: Int) -> Bool {
    place >= 0 && place + prefix.count <= count && self[place..<place + prefix.count].elementsEqual(prefix)
  }

  /// `width` bytes from `place`, which must be there, as a number, the least significant first.
  package func littleEndian(_ width: Int, at place: Int) -> Int {
    self[place..<place + width].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
