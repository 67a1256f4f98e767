import Foundation
import HourglassData
import HourglassFiles
import HourglassTestSupport
import Testing

struct NamedDataSetTests {
  private let directory = ScratchFolder()

  private var places: DataSetPlaces { DataSetPlaces(cacheDirectory: "\(directory.path)/cache") }

  /// The small data set, compressed, as a data set with a name, and as a mirror's answers.
  private func small(mirrors: [String] = []) -> NamedDataSet {
    NamedDataSet(
      name: "small", classNames: ["a", "b", "c"], systemDirectories: ["\(directory.path)/system"],
      packageName: "dataset-small", mirrors: mirrors,
      files: smallDataSet().map { RemoteFile(name: "\($0.name).gz", sha256: sha256Hex(gzip($0.bytes))) })
  }

  private func mirror() throws -> LoopbackServer {
    let answers = smallDataSet().map { ("small/\($0.name).gz", LoopbackServer.Answer.file(gzip($0.bytes))) }
    return try LoopbackServer(Dictionary(uniqueKeysWithValues: answers))
  }

  @Test func knowsItsDataSets() throws {
    #expect(NamedDataSet.all.map(\.name) == ["fashion-mnist", "mnist", "cifar10"])
    for dataSet in NamedDataSet.all {
      #expect(try NamedDataSet.named(dataSet.name).classNames.count == 10)
      #expect(dataSet.files.count == (dataSet.name == "cifar10" ? 1 : 4))
      #expect(dataSet.files.allSatisfy { $0.sha256.count == 64 })
      #expect(dataSet.mirrors.allSatisfy { $0.hasPrefix("https://") })
    }
  }

  @Test func suggestsTheNearestName() throws {
    let near = thrownError { _ = try NamedDataSet.named("fashion_mnist") }
    #expect(near.code == .usage)
    #expect(near.says("no data set \"fashion_mnist\"", "did you mean fashion-mnist?"))
    let short = thrownError { _ = try NamedDataSet.named("cifar") }
    #expect(short.says("no data set \"cifar\"", "did you mean cifar10?"))
    let far = thrownError { _ = try NamedDataSet.named("imagenet") }
    #expect(far.says("no data set \"imagenet\"", "the data sets are fashion-mnist, mnist, cifar10"))
  }

  @Test func readsThePlacesFromTheEnvironment() {
    let set = DataSetPlaces(environment: [
      "HOURGLASS_CACHE": "/c", "HOURGLASS_MIRROR": "http://m/", "HOME": "/h",
    ])
    #expect(set.cacheDirectory == "/c")
    #expect(set.mirror == "http://m")
    let unset = DataSetPlaces(environment: ["HOURGLASS_CACHE": "", "HOME": "/h"])
    #expect(unset.cacheDirectory == "/h/.cache/hourglass")
    #expect(unset.mirror == nil)
  }

  @Test func takesAnExplicitDirectoryAndNoOther() async throws {
    for file in smallDataSet() {
      try directory.write(file.bytes, "cache/small/\(file.name)")
    }
    let path = "\(directory.path)/mine"
    let error = await asyncThrownError { _ = try await small().load(directory: path, places: places) }
    #expect(error.code == .environment)
    #expect(
      error.says("\(path) does not exist", "apt-get install dataset-small", "four IDX files as the data"))
  }

  @Test func prefersTheCacheToTheSystem() async throws {
    for file in smallDataSet() {
      try directory.write(file.bytes, "system/\(file.name)")
    }
    #expect(try await small().load(places: places).testLabels == [2, 0])
    for file in smallDataSet() {
      let isTestLabels = file.name == "t10k-labels-idx1-ubyte"
      try directory.write(isTestLabels ? labelFile([1, 1]) : file.bytes, "cache/small/\(file.name)")
    }
    #expect(try await small().load(places: places).testLabels == [1, 1])
  }

  @Test func saysHowToGetAMissingDataSet() async throws {
    let error = await asyncThrownError { _ = try await small().load(places: places, allowsDownload: false) }
    #expect(error.code == .environment)
    #expect(
      error.says("small is not on this machine", "\(directory.path)/cache/small", "\(directory.path)/system"))
    #expect(error.says("downloading is off", "apt-get install dataset-small", "four IDX files as the data"))
  }

  @Test func downloadsOnceAndThenUsesTheCache() async throws {
    let server = try mirror()
    defer { server.stop() }
    let dataSet = small(mirrors: ["\(server.address)/nowhere", "\(server.address)/small"])
    #expect(try await dataSet.load(places: places).trainingLabels == [0, 1, 2])
    #expect(server.requests.count == 8)
    let names = smallDataSet().map { "\($0.name).gz" }.sorted()
    #expect(directory.names(in: "cache/small") == names)
    #expect(try await dataSet.load(places: places).name == "small")
    #expect(server.requests.count == 8)
  }

  @Test func downloadsFromTheMirrorOfTheEnvironment() async throws {
    let server = try mirror()
    defer { server.stop() }
    var places = places
    places.mirror = server.address
    // One file is already there; only the others are fetched.
    try directory.write(gzip(labelFile([1, 1])), "cache/small/t10k-labels-idx1-ubyte.gz")
    let dataSet = try await small(mirrors: ["https://127.0.0.1:1"]).load(places: places)
    #expect(dataSet.testLabels == [1, 1])
    #expect(server.requests.count == 3)
  }

  @Test func saysWhyADownloadFailedAndHowToDoWithoutIt() async throws {
    let server = try LoopbackServer([:])
    defer { server.stop() }
    let dataSet = small(mirrors: ["\(server.address)/a", "\(server.address)/b"])
    let error = await asyncThrownError { _ = try await dataSet.load(places: places) }
    #expect(error.code == .environment)
    #expect(error.says("small is not on this machine", "cannot be downloaded"))
    #expect(
      error.says("\(server.address)/a/train-images-idx3-ubyte.gz: the server answered with HTTP status 404"))
    #expect(
      error.says("\(server.address)/b/train-images-idx3-ubyte.gz: the server answered with HTTP status 404"))
    #expect(
      error.says("apt-get install dataset-small, or give the directory that has its four IDX files as"))
    #expect(directory.names(in: "cache/small") == [])
  }

  // MARK: - CIFAR-10

  /// The small CIFAR-10 as one archive, under that name on a mirror.
  private func smallArchive(_ archive: [UInt8], mirrors: [String] = []) -> NamedDataSet {
    NamedDataSet(
      name: "small-cifar", classNames: CIFARDataSet.classNames, systemDirectories: [], packageName: nil,
      mirrors: mirrors, files: [RemoteFile(name: "batches.tar.gz", sha256: sha256Hex(archive))],
      format: .cifar)
  }

  private func archive(without missing: String = "") -> [UInt8] {
    let members = smallCIFAR().filter { $0.name != missing }
      .flatMap { tarMember("cifar-10-batches-bin/\($0.name)", $0.bytes) }
    return gzip(tar(tarMember("cifar-10-batches-bin/", [], kind: "5"), members))
  }

  @Test func downloadsAndUnpacksAnArchiveOnce() async throws {
    let archive = archive()
    let server = try LoopbackServer(["small-cifar/batches.tar.gz": .file(archive)])
    defer { server.stop() }
    let dataSet = smallArchive(archive, mirrors: ["\(server.address)/small-cifar"])
    let data = try await dataSet.load(places: places)
    #expect(data.name == "small-cifar" && data.trainingLabels == [0, 1, 2, 3, 9, 8, 7])
    #expect(directory.names(in: "cache/small-cifar") == smallCIFAR().map(\.name).sorted())
    #expect(try await dataSet.load(places: places).testLabels == [4, 5])
    #expect(server.requests.count == 1)
  }

  @Test func refusesArchivesThatAreNotTheDataSet() async throws {
    let incomplete = archive(without: "test_batch.bin")
    let server = try LoopbackServer(["a/batches.tar.gz": .file(incomplete)])
    defer { server.stop() }
    let wrong = smallArchive(archive(), mirrors: ["\(server.address)/a"])
    let error = await asyncThrownError { _ = try await wrong.load(places: places) }
    #expect(error.code == .environment && error.says("SHA-256 digest", "six binary batches as the data"))
    #expect(directory.names(in: "cache/small-cifar") == [])
    // The right digest of an archive that lacks a batch.
    let lacking = smallArchive(incomplete, mirrors: ["\(server.address)/a"])
    let lack = await asyncThrownError { _ = try await lacking.load(places: places) }
    #expect(lack.code == .badData && lack.says("lacks cifar-10-batches-bin/test_batch.bin"))
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: debianDirectory), "dataset-fashion-mnist is missing"))
  func loadsFashionMNIST() throws {
    let dataSet = try IDXDataSet.load(
      directory: debianDirectory, classNames: NamedDataSet.fashionMNIST.classNames)
    #expect(dataSet.name == "fashion-mnist")
    #expect(dataSet.training.count == 60000)
    #expect(dataSet.test.count == 10000)
    #expect(dataSet.training.shape == [1, 28, 28])
    for label in 0..<10 {
      #expect(dataSet.trainingLabels.count { $0 == UInt8(label) } == 6000)
    }
    // The mean pixel of the training set, as published: 0.2860.
    let mean =
      (0..<60000).reduce(0.0) { $0 + Double(dataSet.training.sample($1).reduce(0, +)) } / (60000 * 784)
    #expect(abs(mean - 0.2860) < 0.0001)
  }
}

private let debianDirectory = "/usr/share/datasets/fashion-mnist"
