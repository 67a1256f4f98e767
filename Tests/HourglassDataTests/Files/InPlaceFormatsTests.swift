import Foundation
import HourglassBase
import HourglassData
import HourglassFiles
import HourglassPictures
import HourglassTestSupport
import Testing

/// The other kinds of files of which samples can stay where they are.
@Suite struct InPlaceFormatsTests {
  private let scratch = ScratchFolder()

  private func expectSame(
    _ memory: DataSet, _ file: DataSet, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(memory.training is SampleArray && file.training is FileSamples, sourceLocation: sourceLocation)
    #expect(
      file.training.count == memory.training.count && file.form == memory.form, sourceLocation: sourceLocation
    )
    #expect(file.training.element == memory.training.element, sourceLocation: sourceLocation)
    for (one, other) in [(memory.training, file.training), (memory.test, file.test)] {
      #expect(try one.array().floats == other.array().floats, sourceLocation: sourceLocation)
      let backwards = (0..<UInt32(one.count)).reversed().map { $0 }
      #expect(
        try one.array(backwards).floats == other.array(backwards).floats, sourceLocation: sourceLocation)
    }
    #expect(
      file.trainingLabels == memory.trainingLabels && file.testLabels == memory.testLabels,
      sourceLocation: sourceLocation)
    #expect(file.classNames == memory.classNames, sourceLocation: sourceLocation)
    #expect(
      memory.notes.isEmpty && file.notes.count == (file.hasTest ? 2 : 1), sourceLocation: sourceLocation)
  }

  // MARK: - IDX

  private func writeIDX(packed: Bool = false) throws {
    func images(_ count: Int) -> [UInt8] {
      bigEndian(0x803) + bigEndian(count) + bigEndian(2) + bigEndian(3) + (0..<count * 6).map { UInt8($0) }
    }
    func labels(_ count: Int) -> [UInt8] {
      bigEndian(0x801) + bigEndian(count) + (0..<count).map { UInt8($0 % 3) }
    }
    let ending = packed ? ".gz" : ""
    for (name, bytes) in [
      ("train-images-idx3-ubyte", images(20)), ("train-labels-idx1-ubyte", labels(20)),
      ("t10k-images-idx3-ubyte", images(7)), ("t10k-labels-idx1-ubyte", labels(7)),
    ] { try scratch.write(packed ? gzip(bytes) : bytes, "idx/\(name)\(ending)") }
  }

  @Test func imagesOfIDXFilesCanStay() throws {
    try writeIDX()
    let path = "\(scratch.path)/idx"
    try expectSame(
      IDXDataSet.load(directory: path, keep: .memory), IDXDataSet.load(directory: path, keep: .file))
  }

  @Test func thoseOfPackedFilesCannot() throws {
    try writeIDX(packed: true)
    let path = "\(scratch.path)/idx"
    #expect(try IDXDataSet.load(directory: path).training.count == 20)
    expectSentence(
      ["\(path)/train-images-idx3-ubyte.gz is compressed", "unpack it with gunzip", "make shards"], .usage
    ) { _ = try IDXDataSet.load(directory: path, keep: .file) }
  }

  // MARK: - CIFAR-10

  @Test func imagesOfBatchesOfCIFARCanStay() throws {
    for number in 1...5 {
      try scratch.write(cifarBatch([UInt8(number), 9, UInt8(number - 1)]), "cifar/data_batch_\(number).bin")
    }
    try scratch.write(cifarBatch([3, 4]), "cifar/test_batch.bin")
    let path = "\(scratch.path)/cifar"
    try expectSame(
      CIFARDataSet.load(directory: path, keep: .memory), CIFARDataSet.load(directory: path, keep: .file))
    try scratch.write(cifarBatch([3, 10]), "cifar/test_batch.bin")
    expectSentence(["test_batch.bin has the label 10 in record 1"], .badData) {
      _ = try CIFARDataSet.load(directory: path, keep: .file)
    }
  }

  // MARK: - safetensors

  /// A file with tensors of these kinds, one behind the other.
  private func safeTensors(_ tensors: [(name: String, type: String, shape: [Int], bytes: [UInt8])]) -> [UInt8]
  {
    var offset = 0
    let members = tensors.map { tensor in
      defer { offset += tensor.bytes.count }
      return
        "\"\(tensor.name)\": {\"dtype\": \"\(tensor.type)\", \"shape\": \(tensor.shape), "
        + "\"data_offsets\": [\(offset), \(offset + tensor.bytes.count)]}"
    }
    let header = Array("{\(members.joined(separator: ", "))}".utf8)
    return littleEndian(header.count, 8) + header + tensors.flatMap(\.bytes)
  }

  private func load(_ bytes: [UInt8], _ keep: DataKeeping) throws -> DataSet {
    try SafeTensorsDataSet.load(path: scratch.write(bytes, "a.safetensors"), keep: keep)
  }

  @Test func tensorsCanStay() throws {
    let floats = floatBytes((0..<60).map { Float($0) / 7 })
    let file = safeTensors([
      ("train", "F32", [5, 12], floats), ("test", "F32", [2, 12], Array(floats.prefix(96))),
      ("train_labels", "I64", [5], [0, 1, 2, 1, 0].flatMap { littleEndian($0, 8) }),
      ("test_labels", "U8", [2, 1], [1, 0]),
    ])
    try expectSame(load(file, .memory), load(file, .file))
    #expect(try load(file, .file).trainingLabels == [0, 1, 2, 1, 0])
    #expect(try load(file, .memory).training.numbers(of: 4)[11] == 59 / 7)
    let images = safeTensors([("anything", "U8", [2, 5, 4, 3], (0..<120).map { UInt8($0) })])
    try expectSame(load(images, .memory), load(images, .file))
    #expect(try load(images, .file).training.shape == [3, 5, 4])
    let doubles = safeTensors([
      ("x_train", "F64", [2, 2], doubleBytes([1, 2, 3, 4])),
      ("y_train", "I32", [2], [4, 0, 0, 0, 1, 0, 0, 0]),
    ])
    try expectSame(load(doubles, .memory), load(doubles, .file))
  }

  @Test func tensorsThatAreNoSamplesAreRefused() throws {
    let four = floatBytes([1, 2, 3, .nan])
    for keep in DataKeeping.allCases {
      for (tensors, words) in [
        (
          [("a", "F32", [1, 4], four), ("b", "F32", [1, 4], four)], "holds \"a\", \"b\", but must hold train"
        ),
        ([("a", "F32", [1, 4], four)], "holds nan in sample 0"),
        ([("a", "F16", [1, 8], four)], "holds F16 numbers"),
        ([("a", "F32", [4], four)], "has the shape (4), but must be [n, features]"),
        (
          [("train", "U8", [4, 4], four), ("train_labels", "F32", [4], four)], "but labels are whole numbers"
        ),
        (
          [("train", "U8", [4, 4], four), ("train_labels", "I32", [4], Array(repeating: 255, count: 16))],
          "not in 0...65535"
        ),
        (
          [("train", "U8", [4, 4], four), ("train_labels", "U8", [2], [0, 1])],
          "give files that belong together"
        ),
      ] as [([(String, String, [Int], [UInt8])], String)] {
        expectSentence([words], .badData) {
          _ = try load(safeTensors(tensors.map { (name: $0.0, type: $0.1, shape: $0.2, bytes: $0.3) }), keep)
        }
      }
    }
  }

  /// Tensors within one another, and sizes that no file has, are found in the header.
  @Test func hostileHeadersAreRefused() throws {
    let overlapping =
      #"{"train":{"dtype":"U8","shape":[2,4],"data_offsets":[0,8]},"test":{"dtype":"U8","shape":[1,4],"data_offsets":[4,8]}}"#
    let huge =
      #"{"train":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#
    let beyond = #"{"train":{"dtype":"U8","shape":[4,4],"data_offsets":[0,16]}}"#
    for (header, words) in [
      (overlapping, "within another one"), (huge, "does not fit its 8 bytes"),
      (beyond, "leave the 8 bytes of data"),
    ] {
      expectSentence([words], .badData) {
        _ = try load(
          littleEndian(header.utf8.count, 8) + Array(header.utf8) + [UInt8](repeating: 1, count: 8), .file)
      }
    }
    expectSentence(["claims 1152921504606846976 bytes"], .badData) {
      _ = try load(littleEndian(1 << 60, 8) + [1], .file)
    }
    expectSentence(["too few for the length"], .badData) { _ = try load([1, 2], .file) }
    expectSentence(["only 1 follow"], .badData) { _ = try load(littleEndian(100, 8) + [1], .file) }
  }
}
