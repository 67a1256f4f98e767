import HourglassTestSupport

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
