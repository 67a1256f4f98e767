import HourglassBase

/// Counts the parts of a message before it is decoded: an empty one takes two bytes of a file, but hundreds of memory.
package enum MessageCensus {
  /// How many fields a message has, and the messages within it down to a depth.
  ///
  /// What is no message is passed over: bytes that look like one are counted as one, no more than there are of them.
  ///
  /// - Parameters:
  ///   - paths: numbers of the fields that hold messages, each by those that lead to it, such as `[[7], [7, 1]]` for a graph in
  ///     field 7 and its nodes in field 1.
  ///   - limit: counting ends there.
  package static func fields(in bytes: [UInt8], within paths: Set<[Int]>, limit: Int) -> Int {
    bytes.withUnsafeBytes { memory in
      var count = 0
      var rest: [(path: [Int], range: Range<Int>)] = [([], 0..<memory.count)]
      while let (path, range) = rest.popLast(), count <= limit {
        var reader = Reader(memory: memory, place: range.lowerBound, end: range.upperBound)
        while count <= limit, let field = reader.next() {
          count += 1
          let inner = path + [field.number]
          if let content = field.content, paths.contains(inner) { rest.append((inner, content)) }
        }
      }
      return count
    }
  }

  /// The fields of one message, until its end or to what is none.
  private struct Reader {
    let memory: UnsafeRawBufferPointer
    var place: Int
    let end: Int

    /// The next field's number and, where it has a length, its content.
    mutating func next() -> (number: Int, content: Range<Int>?)? {
      guard let key = number() else { return nil }
      let field = Int(key >> 3 & 0x1fff_ffff)
      switch key & 7 {
      case 0: return number().map { _ in (field, nil) }
      case 1: return skip(8) ? (field, nil) : nil
      case 5: return skip(4) ? (field, nil) : nil
      case 2:
        guard let length = number(), length <= UInt64(end - place) else { return nil }
        defer { place += Int(length) }
        return (field, place..<place + Int(length))
      default: return nil
      }
    }

    private mutating func skip(_ count: Int) -> Bool {
      guard count <= end - place else { return false }
      place += count
      return true
    }

    /// A number of seven bits a byte, the lowest first.
    private mutating func number() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
        guard place < end else { return nil }
        let byte = memory[place]
        place += 1
        if shift < 64 { value |= UInt64(byte & 0x7f) << shift }
        if byte < 0x80 { return value }
      }
      return nil
    }
  }
}
