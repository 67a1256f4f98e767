import Foundation
import Hourglass
import HourglassReaders
import HourglassTestSupport
import Testing

/// Time to read grows in proportion to what is in a file. What can be many in text, arrays and archives is tested where
/// their readers are.
@Suite struct ReaderGrowthTests {
  /// A reader, and files for it that hold so many of something.
  struct Case: Sendable, CustomTestStringConvertible {
    let reader: String
    let what: String
    let count: Int
    let file: @Sendable (Int) throws -> [UInt8]

    init(_ reader: String, _ what: String, _ count: Int, file: @escaping @Sendable (Int) throws -> [UInt8]) {
      (self.reader, self.what, self.count, self.file) = (reader, what, count, file)
    }

    var testDescription: String { "\(reader): \(what)" }
  }

  private static let cases = [
    Case("gzip", "members", 10_000) { count in
      let member = gzip([1])
      return (0..<count).flatMap { _ in member }
    },
    Case("idx", "images", 100_000) { count in
      bigEndian(0x803) + bigEndian(count) + bigEndian(8) + bigEndian(8)
        + [UInt8](repeating: 7, count: count * 64)
    },
    Case("png", "rows", 2000) { try PNG.encode(picture(height: $0)) },
    Case("jpeg", "rows", 2000) { try JPEG.encode(picture(height: $0), quality: 80) },
    Case("webp", "rows", 2000) { try WebP.encode(picture(height: $0), quality: 80) },
    Case("model", "layers", 200) { count in
      let layers = (0..<count).map { _ in Dense(4, activation: .tanh) }
      let model = try Autoencoder(inputShape: [16], encoder: layers, decoder: [Dense(16)])
      let objective = Denoising(.gaussian(0.1))
      let trained = TrainedModel(
        model: model, objective: objective,
        parameters: try model.trainingProgram(objective).makeParameters(seed: 1), seed: 1)
      return try written { try trained.write(to: $0) }
    },
    Case("detector", "rows of the references", 100_000) { count in
      var file = try SafeTensors.read(path: "\(Corpus.folder)/detector/whole-sums")
      for index in file.tensors.indices {
        let name = file.tensors[index].name
        if name == "detector.references" {
          file.tensors[index] = .init(
            name: name, shape: [count, 1], values: (0..<count).map { Float($0 % 1000) / 500 - 1 })
        } else if name == "detector.reference_rows" {
          let numbers = (0..<count).flatMap { [Float($0 / 65_536), Float($0 % 65_536)] }
          file.tensors[index] = .init(name: name, shape: [count, 2], values: numbers)
        }
      }
      return try file.sealed().serialized()
    },
    Case("map", "samples", 30_000) { count in
      let codes = SampleArray(
        trustedFloats: (0..<count * 16).map { Float($0 % 251) }, count: count, shape: [16])
      let positions = (0..<count).map { SIMD2<Float>(Float($0 % 100), Float($0 / 100)) }
      let map = try ProjectionMap(
        name: "map", weightsDigest: nil, codes: codes,
        layouts: [.init(method: .tsne, positions: positions)], seed: 1)
      return try written { try map.write(to: $0) }
    },
  ]

  private static func picture(height: Int) -> Picture {
    Picture(
      width: 32, height: height, channels: 3,
      trusted: (0..<height * 96).map { UInt8(truncatingIfNeeded: $0 * 37 / 11) })
  }

  /// The bytes of what is written to a path.
  private static func written(_ write: (String) throws -> Void) throws -> [UInt8] {
    let scratch = ScratchFolder()
    try write("\(scratch.path)/file")
    return try scratch.read("file")
  }

  @Test(arguments: cases) func readersGrowInProportion(_ item: Case) throws {
    let reader = try #require(FileReader.all.first { $0.name == item.reader })
    let files = [item.count: try item.file(item.count), 2 * item.count: try item.file(2 * item.count)]
    let ratio = growth(from: item.count) { count in
      let outcome = reader.outcome(of: files[count] ?? [])
      #expect(outcome == .read, "\(outcome)")
    }
    #expect(ratio < 3.5)
  }

  @Test func compressedSamplesGrowInProportion() throws {
    let compressor = try Compressor(TrainedModel.read(path: "\(Corpus.folder)/model/whole-coded"))
    func file(_ count: Int) throws -> [UInt8] {
      let bytes = (0..<count * 16).map { UInt8($0 % 251) }
      return try compressor.compress(
        SampleArray(trustedBytes: bytes, count: count, shape: [1, 4, 4]), threads: 1)
    }
    let files = [3000: try file(3000), 6000: try file(6000)]
    let ratio = try growth(from: 3000) { count in
      _ = try compressor.decompress(files[count] ?? [], source: "a.hgz", threads: 1)
    }
    #expect(ratio < 3.5)
  }

  @Test func walksOfFoldersGrowInProportion() throws {
    let scratch = ScratchFolder()
    for count in [300, 600] {
      for index in 0..<count { try scratch.write([], "\(count)/\(index)/a.png") }
    }
    let ratio = try growth(from: 300) { count in
      let tree = try PictureTree("\(scratch.path)/\(count)")
      #expect(tree.pictures.count == count)
    }
    #expect(ratio < 3.5)
  }
}
