/// A `.npy` file of format 1.0.
package func npyFile(_ descriptor: String, _ shape: String, _ bytes: [UInt8], order: String = "False")
  -> [UInt8]
{
  npyFile(
    header: "{'descr': '\(descriptor)', 'fortran_order': \(order), 'shape': \(shape), }\n", bytes)
}

/// A `.npy` file with that header, whatever it says.
package func npyFile(header: String, _ bytes: [UInt8], version: Int = 1) -> [UInt8] {
  let text = Array(header.utf8)
  return [0x93] + Array("NUMPY".utf8) + [UInt8(version), 0] + littleEndian(text.count, version == 1 ? 2 : 4)
    + text
    + bytes
}

/// Numbers as the bytes of 32-bit floats.
package func floatBytes(_ numbers: [Float]) -> [UInt8] {
  numbers.flatMap { littleEndian(Int($0.bitPattern), 4) }
}

/// Numbers as the bytes of 64-bit floats.
package func doubleBytes(_ numbers: [Double]) -> [UInt8] {
  numbers.flatMap { littleEndian(Int(bitPattern: UInt($0.bitPattern)), 8) }
}

/// A batch of CIFAR-10: for each label a picture whose red samples count up from it, green from it + 50, blue from
/// it + 100.
package func cifarBatch(_ labels: [UInt8]) -> [UInt8] {
  labels.flatMap { label in
    [label] + (0..<3072).map { label &+ UInt8($0 / 1024 * 50) &+ UInt8(truncatingIfNeeded: $0 % 1024) }
  }
}

/// The names and contents of the six files of a small CIFAR-10: 7 training and 2 test pictures.
package func smallCIFAR() -> [(name: String, bytes: [UInt8])] {
  let labels: [[UInt8]] = [[0, 1], [2], [3], [9, 8], [7]]
  return labels.enumerated().map { ("data_batch_\($0 + 1).bin", cifarBatch($1)) }
    + [("test_batch.bin", cifarBatch([4, 5]))]
}
