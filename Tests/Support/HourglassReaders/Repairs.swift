import HourglassBase
import HourglassData
import HourglassFiles

// Each gives the bytes as they are where they have not even the frame that is to be repaired.

/// The bytes of a number, the least significant first.
private func littleEndianBytes(_ number: Int, _ width: Int) -> [UInt8] {
  (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

extension [UInt8] {
  /// Writes over what is there.
  private mutating func put(_ bytes: [UInt8], at place: Int) {
    replaceSubrange(place..<place + bytes.count, with: bytes)
  }

  private func bigEndian(_ width: Int, at place: Int) -> Int {
    self[place..<place + width].reduce(0) { $0 << 8 | Int($1) }
  }

  // MARK: - Pictures

  /// A PNG file with the check sum of every chunk.
  var withChunkSums: [UInt8] {
    var result = self
    var place = 8
    while place + 12 <= result.count {
      let end = place + 8 + result.bigEndian(4, at: place)
      guard end + 4 <= result.count else { break }
      result.put(Array(littleEndianBytes(Int(crc32CheckSum(result[place + 4..<end])), 4).reversed()), at: end)
      place = end + 4
    }
    return result
  }

  // MARK: - Archives

  /// A tar archive with the check sum of every header.
  var withHeaderSums: [UInt8] {
    var result = self
    for start in stride(from: 0, through: result.count - 512, by: 512)
    where result.hasPrefix(Array("ustar".utf8), at: start + 257) {
      let sum = (start..<start + 512).reduce(0) { $0 + (148..<156 ~= $1 - start ? 32 : Int(result[$1])) }
      let digits = String(sum, radix: 8)
      let zeros = String(repeating: "0", count: 6 - digits.utf8.count)
      result.put(Array("\(zeros)\(digits)\0 ".utf8), at: start + 148)
    }
    return result
  }

  /// A zip archive with the check sums of stored members, whose sizes and places are its directory's.
  var withMemberSums: [UInt8] {
    var result = self
    for place in indices where hasPrefix([0x50, 0x4b, 1, 2], at: place) && place + 46 <= count {
      let (size, offset) = (littleEndian(4, at: place + 20), littleEndian(4, at: place + 42))
      guard hasPrefix([0x50, 0x4b, 3, 4], at: offset), offset + 30 <= count else { continue }
      let start = offset + 30 + littleEndian(2, at: offset + 26) + littleEndian(2, at: offset + 28)
      guard littleEndian(2, at: place + 10) == 0, start + size <= count else { continue }
      let sum = crc32CheckSum(self[start..<start + size])
      result.put(littleEndianBytes(Int(sum), 4), at: place + 16)
    }
    return result
  }

  // MARK: - Arrays

  /// A `.npy` file of format 1 whose header is as long as it says: to its first line feed.
  var withHeaderLength: [UInt8] {
    guard count > 10, let end = dropFirst(10).firstIndex(of: UInt8(ascii: "\n")) else { return self }
    var result = self
    result.put(littleEndianBytes(end + 1 - 10, 2), at: 8)
    return result
  }

  /// As many whole records of CIFAR-10 as there are, with labels from 0 to 9.
  var withWholeRecords: [UInt8] {
    var result = Array(prefix(count / 3073 * 3073))
    for start in stride(from: 0, to: result.count, by: 3073) { result[start] %= 10 }
    return result
  }

  // MARK: - Files of ours

  /// A compressed file that this model is said to have made, with its check sum.
  func compressed(by digest: [UInt8]) -> [UInt8] {
    guard count >= 4 + digest.count + 4 else { return self }
    var result = Array(dropLast(4))
    result.put(digest, at: 4)
    return result + littleEndianBytes(Int(crc32CheckSum(result[...])), 4)
  }

  /// A safetensors file whose header is as long as it says: to the brace that closes it, and the spaces behind it.
  var withTensorHeaderLength: [UInt8] {
    guard count > 8 else { return self }
    var (depth, isText, isEscaped) = (0, false, false)
    var end = 8
    scan: for place in 8..<count {
      end = place + 1
      if isText {
        isText = isEscaped || self[place] != UInt8(ascii: "\"")
        isEscaped = !isEscaped && self[place] == UInt8(ascii: "\\")
        continue
      }
      switch self[place] {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        if depth <= 0 { break scan }
      default: break
      }
    }
    while end < count, !(end - 8).isMultiple(of: 8), self[end] == UInt8(ascii: " ") { end += 1 }
    var result = self
    result.put(littleEndianBytes(end - 8, 8), at: 0)
    return result
  }

  /// The same with the SHA-256 of everything else, as `SafeTensors.sealed` makes it, or as `TensorFile` does: over the
  /// tensors in the order of the file.
  func sealed(inFileOrder: Bool) -> [UInt8] {
    let lengthened = withTensorHeaderLength
    guard lengthened.count > 8 else { return lengthened }
    let end = 8 + lengthened.littleEndian(8, at: 0)
    guard let header = try? JSONValue.parse(Array(lengthened[8..<end]), source: ""),
      let members = header.objectValue,
      var metadata = header[SafeTensors.metadataName]?.objectValue
    else { return lengthened }
    metadata.removeAll { $0.key == SafeTensors.sealKey }
    func file(_ metadata: [JSONMember]) -> [UInt8] {
      let sorted = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      let rest = members.filter { $0.key != SafeTensors.metadataName }
      var text = JSONValue.object([JSONMember(SafeTensors.metadataName, .object(sorted))] + rest).serialized()
      text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
      return littleEndianBytes(text.count, 8) + text + lengthened[end...]
    }
    let unsealed = file(metadata)
    guard inFileOrder else {
      return (try? SafeTensors.parse(unsealed, source: "").sealed().serialized()) ?? unsealed
    }
    return file(metadata + [JSONMember(SafeTensors.sealKey, .string(sha256Hex(unsealed)))])
  }
}

extension SafeTensors {
  fileprivate static let metadataName = "__metadata__"
}
