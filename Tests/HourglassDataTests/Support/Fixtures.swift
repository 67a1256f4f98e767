/// A number as four bytes, the most significant first.
func bigEndian(_ number: Int) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
}

/// A number as four bytes, the least significant first.
private func littleEndian(_ number: Int) -> [UInt8] {
  bigEndian(number).reversed()
}

/// An IDX file of images whose bytes count up from 0, or of whatever bytes are given.
func imageFile(_ count: Int, _ rows: Int, _ columns: Int, bytes: [UInt8]? = nil) -> [UInt8] {
  let content = bytes ?? (0..<count * rows * columns).map { UInt8(truncatingIfNeeded: $0) }
  return bigEndian(0x803) + bigEndian(count) + bigEndian(rows) + bigEndian(columns) + content
}

/// An IDX file of labels.
func labelFile(_ labels: [UInt8]) -> [UInt8] {
  bigEndian(0x801) + bigEndian(labels.count) + labels
}

/// The names and contents of the four files of a small data set: 3 training and 2 test images of 2 x 4.
func smallDataSet() -> [(name: String, bytes: [UInt8])] {
  [
    ("train-images-idx3-ubyte", imageFile(3, 2, 4)),
    ("train-labels-idx1-ubyte", labelFile([0, 1, 2])),
    ("t10k-images-idx3-ubyte", imageFile(2, 2, 4)),
    ("t10k-labels-idx1-ubyte", labelFile([2, 0])),
  ]
}

/// A gzip file that holds the bytes as they are, in stored blocks.
///
/// - Parameter checkSum: what the file claims for its check sum; `nil` for the truth.
func gzip(_ bytes: [UInt8], checkSum: UInt32? = nil) -> [UInt8] {
  var file: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  var start = 0
  repeat {
    let length = min(bytes.count - start, 65535)
    let isLast = start + length == bytes.count
    file.append(isLast ? 1 : 0)
    file += littleEndian(length).prefix(2) + littleEndian(~length).prefix(2)
    file += bytes[start..<start + length]
    start += length
  } while start < bytes.count
  return file + littleEndian(Int(checkSum ?? crc32(bytes))) + littleEndian(bytes.count)
}

/// The check sum of gzip, bit by bit.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~0) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0xedb8_8320 : 0) }
  }
}
