import Foundation
import Hourglass

/// A folder with small data in `data`, which vanishes with this value.
final class Scratch {
  let path: String

  /// - Parameter data: whether the images are written.
  init(data: Bool = true) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "hourglass-cli-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    if data { try SmallData().write(to: folder("data")) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var hourglass: Hourglass { Hourglass(folder: path) }

  /// A folder in here, made when missing.
  func folder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
    return "\(path)/\(name)"
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }

  /// The names in a folder in here, hidden ones too.
  func names(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []).sorted()
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
  }

  func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
  }

  func write(_ text: String, _ name: String) throws { try write(Array(text.utf8), name) }

  /// What this machine can run.
  static let instructionSets = KernelSet.all.map(\.name)

  /// A run's history without the seconds, which no two runs share.
  func history(_ run: String) throws -> [String] {
    String(decoding: try read("\(run)/history.csv"), as: UTF8.self).split(separator: "\n").map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).dropLast().joined(separator: ",")
    }
  }
}

/// Four IDX files of blobs that a small model can learn something about.
struct SmallData {
  var trainingCount = 200
  var testCount = 64
  var side = 28
  var seed: UInt64 = 1

  /// - Parameter isCompressed: as `.gz` files.
  func write(to folder: String, isCompressed: Bool = false) throws {
    func write(_ bytes: [UInt8], _ name: String) throws {
      let path = "\(folder)/\(name)\(isCompressed ? ".gz" : "")"
      try Data(isCompressed ? gzip(bytes) : bytes).write(to: URL(filePath: path))
    }
    try write(images(trainingCount, seed), "train-images-idx3-ubyte")
    try write(labels(trainingCount), "train-labels-idx1-ubyte")
    try write(images(testCount, seed + 1000), "t10k-images-idx3-ubyte")
    try write(labels(testCount), "t10k-labels-idx1-ubyte")
  }

  func labels(_ count: Int) -> [UInt8] {
    bigEndian(0x801) + bigEndian(count) + (0..<count).map { UInt8($0 % 10) }
  }

  private func images(_ count: Int, _ seed: UInt64) -> [UInt8] {
    var state = seed
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var bytes = bigEndian(0x803) + bigEndian(count) + bigEndian(side) + bigEndian(side)
    for _ in 0..<count {
      let (row, column, radius) = (draw(side), draw(side), 3 + draw(6))
      for y in 0..<side {
        for x in 0..<side {
          let distance = (y - row) * (y - row) + (x - column) * (x - column)
          bytes.append(distance <= radius * radius ? UInt8(255 - 3 * distance) : 0)
        }
      }
    }
    return bytes
  }
}

/// A number as four bytes, the most significant first.
func bigEndian(_ number: Int) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
}

/// A gzip file that holds the bytes as they are, in stored blocks.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  func littleEndian(_ number: Int) -> [UInt8] { bigEndian(number).reversed() }
  var file: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  for start in stride(from: 0, to: bytes.count, by: 65535) {
    let length = min(bytes.count - start, 65535)
    file.append(start + length == bytes.count ? 1 : 0)
    file += littleEndian(length).prefix(2) + littleEndian(~length).prefix(2)
    file += bytes[start..<start + length]
  }
  let sum = ~bytes.reduce(~0 as UInt32) { sum, byte in
    (0..<8).reduce(sum ^ UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0xedb8_8320 : 0) }
  }
  return file + littleEndian(Int(sum)) + littleEndian(bytes.count)
}
