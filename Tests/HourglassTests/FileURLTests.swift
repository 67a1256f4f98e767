import Foundation
import Hourglass
import HourglassTestSupport
import Testing

/// Files and folders by address instead of path.
@Suite struct FileURLTests {
  private let scratch = ScratchFolder()

  /// With a space and a letter that addresses escape.
  private func folder() throws -> URL { URL(filePath: try scratch.folder("a ü")) }

  @Test func modelsGoAndComeBack() async throws {
    let folder = try folder()
    let model = try Autoencoder(input: .vector(4)) {
      Encoder { Dense(2) }
      Decoder { Dense(4) }
    }
    let samples = SampleArray(trustedFloats: [Float](repeating: 0.5, count: 32), count: 8, shape: [4])
    let (trained, _) = try await model.train(on: samples, epochs: 1, seed: 1)
    let file = folder.appending(path: "a model.safetensors")
    try trained.write(to: file)
    #expect(try TrainedModel.read(from: file).weightsDigest == trained.weightsDigest)
    #expect(try TrainedModel.read(path: file.path).weightsDigest == trained.weightsDigest)
  }

  @Test func dataAreReadByAddress() async throws {
    let folder = try folder()
    let picture = Picture(width: 3, height: 2, channels: 1, trusted: [0, 50, 100, 150, 200, 250])
    try picture.write(to: folder.appending(path: "p.png"))
    #expect(try Picture.read(from: folder.appending(path: "p.png")) == picture)
    #expect(try DataFolder.load(folder).training.shape == [1, 2, 3])

    let samples = SampleArray(trustedFloats: [1, 2, 3, 4, 5, 6], count: 3, shape: [2])
    let array = folder.appending(path: "x.npy")
    try NPY.write(samples, to: array)
    #expect(try NPY.read(from: array).floats == samples.floats)
    #expect(try ArrayDataSet.load(from: array).training.count == 3)

    let table = folder.appending(path: "t.csv")
    try "a,b\n1,2\n3,4.5\n".write(to: table, atomically: true, encoding: .utf8)
    #expect(try Table.read(from: table).rowCount == 2)
    let reader = try TableReader(url: table)
    #expect(reader.columnNames == ["a", "b"])
    #expect(try reader.next()?.columns[1].values == [2, 4.5])
    #expect(try reader.next() == nil)
  }

  @Test func codesGoAndComeBack() throws {
    let file = try folder().appending(path: "codes.csv")
    let codes = SampleArray(trustedFloats: [1, -2.5, 3, 0.1], count: 2, shape: [2])
    try CodeTable.write(codes, labels: [7, 8], names: ["x.png", "y.png"], to: file)
    #expect(
      try String(contentsOf: file, encoding: .utf8).hasPrefix("code0,code1,label,name\n1.0,-2.5,7,x.png\n"))
    #expect(try CodeTable.read(from: file, shape: [2]).floats == codes.floats)
  }

  @Test func dataSetsWithANameAreReadByAddress() async throws {
    let folder = try folder()
    // The magic number, the number of images with rows and columns or of labels, and a byte for each pixel or label.
    func write(_ name: String, _ header: [UInt8], _ content: [UInt8]) throws {
      try Data([0, 0, 8] + header + content).write(to: folder.appending(path: name))
    }
    for (part, count) in [("train", 2), ("t10k", 1)] {
      let number = [0, 0, 0, UInt8(count)]
      try write(
        "\(part)-images-idx3-ubyte", [3] + number + [0, 0, 0, 1, 0, 0, 0, 2],
        (0..<2 * count).map { UInt8(51 * $0) })
      try write("\(part)-labels-idx1-ubyte", [1] + number, (0..<count).map { UInt8($0) })
    }
    let data = try await NamedDataSet.mnist.load(directory: folder)
    #expect(try data.training.numbers(of: 1).map { ($0 * 255).rounded() } == [102, 153])
    #expect(data.training.shape == [1, 1, 2])
    #expect(data.trainingLabels == [0, 1] && data.test.count == 1)
  }

  @Test func otherAddressesAreRefused() throws {
    let error = #expect(throws: HourglassError.self) {
      try TrainedModel.read(from: #require(URL(string: "https://example.org/model.safetensors")))
    }
    #expect(error?.code == .usage)
    #expect(
      error?.message
        == "https://example.org/model.safetensors is not the address of a file on this machine; give one that begins with "
        + "file:, such as URL(filePath:) makes.")
  }
}
