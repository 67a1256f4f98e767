import Foundation
import HourglassBase
import HourglassCompression
import HourglassData
import HourglassDetection
import HourglassFiles
import HourglassModels
import HourglassONNX
import HourglassPictures
import HourglassProjection
import HourglassRuns
import HourglassSearch
import HourglassSound

extension FileReader {
  /// Every reader of files from outside.
  package static let all = text + pictures + sounds + samples + ours + models

  // MARK: - Text

  private static let text = [
    FileReader(
      "json",
      reading: { bytes in
        let value = try JSONValue.parse(bytes, source: "a.json")
        guard try JSONValue.parse(value.serialized(), source: "again") == value else {
          throw Fault("what was written again is another value")
        }
      }),
    FileReader(
      "csv",
      readingPath: { path in
        let table = try Table.read(path: path)
        guard table.columns.allSatisfy({ $0.values.count == table.rowCount }) else {
          throw Fault("columns have different lengths")
        }
      }),
    FileReader(
      "recipe", codes: [.badData, .usage], ending: ".yaml",
      readingPath: { path in
        _ = try RecipeCatalogue.recipe(path)
      }),
  ]

  // MARK: - Pictures

  private static let pictures = [
    FileReader("png", repaired: \.withChunkSums, reading: { try check(PNG.decode($0, source: "a.png")) }),
    FileReader("jpeg", reading: { try check(JPEG.decode($0, source: "a.jpg")) }),
    FileReader("webp", reading: { try check(WebP.decode($0, source: "a.webp")) }),
  ]

  private static func check(_ picture: Picture) throws {
    guard picture.bytes.count == picture.width * picture.height * picture.channels else {
      throw Fault("the samples are not as many as the pixels")
    }
  }

  // MARK: - Sounds

  private static let sounds = [
    FileReader(
      "sound",
      reading: { bytes in
        let sound = try Sound.decode(bytes, source: "a.wav")
        guard sound.channels.allSatisfy({ $0.count == sound.count && $0.allSatisfy(\.isFinite) }) else {
          throw Fault("channels have different lengths, or numbers are no numbers")
        }
      })
  ]

  // MARK: - Samples

  private static let samples = [
    FileReader(
      "npy", repaired: \.withHeaderLength,
      readingPath: { path in
        try check(NPY.read(path: path))
        // What memory takes the file does too.
        let stays = try ArrayDataSet.load(path: path, keep: .file, budget: .process)
        try check(stays.training.array())
      }),
    FileReader(
      "npz", repaired: \.withMemberSums,
      readingPath: { path in
        let data = try ArrayDataSet.load(path: path)
        try check(data.training.array())
      }),
    FileReader(
      "idx",
      readingPath: { path in
        do {
          try check(IDXReader.images(path: path))
        } catch let error as HourglassError where error.message.contains(" holds labels ") {
          _ = try IDXReader.labels(path: path)
        }
      }),
    FileReader(
      "cifar", repaired: \.withWholeRecords,
      readingPath: { path in
        let (images, labels) = try CIFARDataSet.read([path])
        guard images.count == labels.count else { throw Fault("there are more images or more labels") }
        try check(images)
      }),
    FileReader(
      "tar", repaired: \.withHeaderSums,
      readingPath: { path in
        do {
          // Not there: all headers are read, and nothing is written.
          try TarArchive.unpack(
            path, members: ["a/none"], memberLimit: 1000, into: FileManager.default.temporaryDirectory.path)
        } catch let error as HourglassError where error.message.contains(" lacks a/none; ") {}
      }),
    FileReader(
      "gzip",
      readingPath: { path in
        let content = try ContentReader(path: path)
        while try content.next(4096).count == 4096 {}
        guard try content.isAtEnd() else { throw Fault("the content goes on after its end") }
      }),
  ]

  /// The first and the last sample can be looked at.
  private static func check(_ samples: SampleArray) throws {
    guard samples.count > 0, samples.sample(0).count == samples.shape.count,
      samples.sample(samples.count - 1).count == samples.shape.count
    else { throw Fault("samples are missing") }
  }

  // MARK: - Models of others

  private static let models = [
    FileReader(
      "onnx",
      readingPath: { path in
        let model = try TrainedModel.readONNX(path: path)
        guard try model.model.codeShape.count > 0 else { throw Fault("the code is empty") }
      })
  ]

  // MARK: - Files of ours

  private static let ours = [
    FileReader("shards", reading: { try ShardFolder.checkManifest($0, source: "manifest.json") }),
    FileReader(
      "safetensors", repaired: \.withTensorHeaderLength,
      reading: { bytes in
        let file = try SafeTensors.parse(bytes, source: "a.safetensors")
        let again = try SafeTensors.parse(file.serialized(), source: "again")
        guard again.metadata == file.metadata, again.tensors.map(\.shape) == file.tensors.map(\.shape) else {
          throw Fault("what was written again is another value")
        }
      }),
    FileReader(
      "model", repaired: { $0.sealed(inFileOrder: false) },
      readingPath: { path in
        _ = try TrainedModel.read(path: path)
      }),
    FileReader(
      "detector", rounds: 10_000, repaired: { $0.sealed(inFileOrder: false) },
      readingPath: { path in
        let detector = try AnomalyDetector.read(path: path)
        guard (try? detector.encoding) != nil else { return }
        let scores = try detector.score(rows, threads: 1)
        guard scores.count == rows.rowCount else { throw Fault("there is not a score for each row") }
      }),
    FileReader(
      "index", repaired: { $0.sealed(inFileOrder: true) },
      readingPath: { path in
        let index = try SearchIndex.read(path: path)
        _ = try IndexSearch(index).nearest(to: index.vectors, count: 3, threads: 1)
      }),
    FileReader(
      "map", repaired: { $0.sealed(inFileOrder: true) },
      readingPath: { path in
        let map = try ProjectionMap.read(path: path)
        guard map.layouts.allSatisfy({ $0.positions.count == map.codes.count }) else {
          throw Fault("there is not a place for each sample")
        }
      }),
    FileReader(
      "hgz", repaired: { $0.compressed(by: compressor.digest) },
      reading: { bytes in
        // What it may unpack to takes its time.
        switch try CompressedFile(bytes, source: "a.hgz").contents {
        case .picture(let width, let height, _) where width * height > 10_000: return
        case .samples(let count, let shape, _) where count > 1000 || shape.count > 1000: return
        default: _ = try compressor.reader.decompress(bytes, source: "a.hgz", threads: 1)
        }
      }),
  ]

  /// What `detector/whole-rows` and `detector/whole-sums` were fitted to: each takes its own columns. The first row breaks the
  /// relation and is an odd pair; the second lacks cells.
  private static let rows = Table(trustedColumns: [
    .init(name: "x", values: [0, 1e300]), .init(name: "y", values: [1, .nan]),
    .init(name: "sign", kind: .category(levels: ["low", "other"]), values: [0, 1]),
    .init(name: "net", values: [20, .nan]), .init(name: "tax", values: [5, 3]),
    .init(name: "total", values: [30, 40]),
    .init(name: "land", kind: .category(levels: ["de", "us"]), values: [0, 1]),
    .init(name: "money", kind: .category(levels: ["usd", "other"]), values: [0, 1]),
    .init(name: "when", kind: .time, values: [1.7e9, .nan]),
  ])

  /// The model that made the files in `hgz`.
  private static let compressor: (reader: Compressor, digest: [UInt8]) = {
    do {
      let reader = try Compressor(TrainedModel.read(path: "\(Corpus.folder)/model/whole-coded"))
      let digits = Array(reader.modelDigest)
      let digest = stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0
      }
      return (reader, digest)
    } catch {
      fatalError("the kept model cannot be used: \(error)")
    }
  }()
}
