import Foundation
import Hourglass
import HourglassTestSupport

/// A folder with small data in `data`, which vanishes with this value.
final class Scratch {
  private let root = ScratchFolder()

  /// - Parameter data: whether the images are written.
  init(data: Bool = true) throws {
    if data { try SmallData().write(to: folder("data")) }
  }

  var path: String { root.path }
  var hourglass: Hourglass { Hourglass(folder: path) }

  /// A folder in here, made when missing.
  func folder(_ name: String) throws -> String { try root.folder(name) }

  func exists(_ name: String) -> Bool { root.exists(name) }

  /// The names in a folder in here, hidden ones too.
  func names(_ folder: String) -> [String] { root.names(in: folder) }

  func read(_ name: String) throws -> [UInt8] { try root.read(name) }

  func write(_ bytes: [UInt8], _ name: String) throws { try root.write(bytes, name) }

  func write(_ text: String, _ name: String) throws { try root.write(text, name) }

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
