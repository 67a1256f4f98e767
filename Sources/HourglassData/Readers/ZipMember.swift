import CZlib
import HourglassBase
import HourglassFiles

/// One member of a zip archive, unpacked while it is read.
final class ZipMember: ByteSource {
  let name: String
  let byteCount: Int
  private let checkSum: UInt32
  private let packed: PackedBytes
  /// nil where the bytes are stored as they are.
  private let inflater: InflateStream?
  private var sum = crc32(0, nil, 0)
  private var hasEnded = false

  /// - Parameter start: where the packed bytes begin; they must lie within the file.
  init(_ file: ReadableFile, _ entry: ZipArchive.Entry, start: Int) throws {
    name = "\(file.path), member \(entry.name.quotedForMessage),"
    byteCount = entry.byteCount
    checkSum = entry.checkSum
    let packed = PackedBytes(file, start..<start + entry.packedByteCount)
    self.packed = packed
    inflater =
      entry.method == .deflated
      ? try InflateStream(.none, path: file.path) { try packed.fill($0) } : nil
  }

  func fill(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try inflater.map { try inflate(memory, with: $0) } ?? packed.fill(memory)
    // zlib counts in 32 bits.
    for start in stride(from: 0, to: count, by: 1 << 30) {
      let piece = UnsafeRawBufferPointer(rebasing: memory[start..<min(start + 1 << 30, count)])
      sum = crc32(sum, piece.assumingMemoryBound(to: UInt8.self).baseAddress, UInt32(piece.count))
    }
    return count
  }

  private func inflate(
    _ memory: UnsafeMutableRawBufferPointer, with inflater: InflateStream
  ) throws -> Int {
    var done = 0
    while done < memory.count, !hasEnded {
      let (count, outcome) = try inflater.step(UnsafeMutableRawBufferPointer(rebasing: memory[done...]))
      done += count
      switch outcome {
      case .goesOn: continue
      case .starved: throw damage("end too early")
      case .ended: hasEnded = true
      case .damaged(let reason): throw damage("are damaged (\(reason))")
      }
    }
    return done
  }

  func finish() throws {
    var more: UInt8 = 0
    let count = try withUnsafeMutableBytes(of: &more) { try fill($0) }
    guard count == 0 else { throw damage("go on past the \(byteCount) that the archive declares") }
    guard UInt32(sum) == checkSum else { throw damage("do not have the check sum that the archive declares") }
  }

  private func damage(_ what: String) -> HourglassError {
    HourglassError(.badData, "\(name) cannot be unpacked: its bytes \(what); \(fetchAgain)")
  }
}

/// A stretch of a file, read in order.
private final class PackedBytes {
  private let file: ReadableFile
  private var rest: Range<Int>

  init(_ file: ReadableFile, _ range: Range<Int>) {
    self.file = file
    rest = range
  }

  func fill(_ memory: UnsafeMutableRawBufferPointer) throws -> Int {
    let wanted = UnsafeMutableRawBufferPointer(rebasing: memory[..<min(memory.count, rest.count)])
    let count = try file.fill(wanted, at: rest.lowerBound)
    rest = rest.lowerBound + count..<rest.upperBound
    return count
  }
}
