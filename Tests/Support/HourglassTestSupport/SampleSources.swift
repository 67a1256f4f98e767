import Foundation
import HourglassBase
import Synchronization

/// Samples that are made when they are asked for: floats that depend on sample and element.
package struct MadeUpSource: SampleSource {
  package var count: Int
  package var shape: Shape
  package let element = SampleElement.float

  package init(count: Int, shape: Shape) {
    self.count = count
    self.shape = shape
  }

  package func fill(_ rows: SampleRows) {
    for (place, index) in rows.indices.enumerated() {
      let numbers = rows.room(at: place).bindMemory(to: Float.self)
      for element in numbers.indices { numbers[element] = Self.number(Int(index), element) }
    }
  }

  package static func number(_ sample: Int, _ element: Int) -> Float {
    Float((sample * 31 + element * 17 + sample * element) % 101) / 100
  }

  /// The same samples in memory.
  package var array: SampleArray {
    SampleArray(
      trustedFloats: (0..<count).flatMap { sample in (0..<shape.count).map { Self.number(sample, $0) } },
      count: count,
      shape: shape)
  }
}

/// Bytes in a file, read when they are asked for.
package final class FileSource: SampleSource {
  package let count: Int
  package let shape: Shape
  package let element = SampleElement.byte(scale: 1 / 255)
  private let descriptor: Int32
  /// How many samples were read from the file.
  package let reads = Atomic<Int>(0)

  /// Writes `bytes` to a file without a name.
  package init(bytes: [UInt8], shape: Shape) {
    count = bytes.count / shape.count
    self.shape = shape
    let path = FileManager.default.temporaryDirectory.appending(path: "samples-\(UUID().uuidString)").path
    descriptor = open(path, O_RDWR | O_CREAT, 0o600)
    unlink(path)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
  }

  deinit { close(descriptor) }

  /// From now on the file has fewer samples than `count`.
  package func truncate(to samples: Int) { _ = ftruncate(descriptor, off_t(samples * shape.count)) }

  package func fill(_ rows: SampleRows) throws(HourglassError) {
    for (place, index) in rows.indices.enumerated() {
      let room = rows.room(at: place)
      let start = off_t(Int(index) * shape.count)
      guard pread(descriptor, room.baseAddress, room.count, start) == room.count else {
        throw HourglassError(.environment, "Sample \(index) cannot be read; look after the file.")
      }
      reads.add(1, ordering: .relaxed)
    }
  }
}

/// Of sources that cannot fail, as data in memory are.
extension SampleSource {
  package func sample(_ index: Int) -> [Float] {
    // swift-format-ignore: NeverUseForceTry
    try! numbers(of: index)
  }

  package var floats: [Float] { (0..<count).flatMap { sample($0) } }
}
