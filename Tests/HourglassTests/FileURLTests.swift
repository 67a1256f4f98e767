import Foundation
import Hourglass
import Testing

/// Files and folders by address instead of path.
@Suite struct FileURLTests {
  /// With a space and a letter that addresses escape.
  private func inFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hourglass ü \(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  @Test func modelsGoAndComeBack() async throws {
    try await inFolder { folder in
      let model = try Autoencoder(input: .vector(4)) {
        Encoder { Dense(2) }
        Decoder { Dense(4) }
      }
      let samples = SampleArray(floats: [Float](repeating: 0.5, count: 32), count: 8, shape: [4])
      let (trained, _) = try await model.train(on: samples, epochs: 1, seed: 1)
      let file = folder.appending(path: "a model.safetensors")
      try trained.write(to: file)
      #expect(try TrainedModel.read(from: file).weightsDigest == trained.weightsDigest)
      #expect(try TrainedModel.read(path: file.path).weightsDigest == trained.weightsDigest)
    }
  }

  @Test func dataAreReadByAddress() async throws {
    try await inFolder { folder in
      let picture = Picture(width: 3, height: 2, channels: 1, bytes: [0, 50, 100, 150, 200, 250])
      try picture.write(to: folder.appending(path: "p.png"))
      #expect(try Picture.read(from: folder.appending(path: "p.png")) == picture)
      #expect(try DataFolder.load(folder).training.shape == [1, 2, 3])

      let samples = SampleArray(floats: [1, 2, 3, 4, 5, 6], count: 3, shape: [2])
      let array = folder.appending(path: "x.npy")
      try NPY.write(samples, to: array)
      #expect(try NPY.read(from: array).floats == samples.floats)
      #expect(try ArrayDataSet.load(from: array).training.count == 3)

      let table = folder.appending(path: "t.csv")
      try "a,b\n1,2\n3,4.5\n".write(to: table, atomically: true, encoding: .utf8)
      #expect(try Table.read(from: table).rowCount == 2)
    }
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
