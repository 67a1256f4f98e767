import Foundation
import HourglassBase
import HourglassData
import HourglassFiles
import HourglassTestSupport
import Testing

struct DownloaderTests {
  private let directory = ScratchFolder()
  private let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  private var file: RemoteFile { RemoteFile(name: "data.gz", sha256: sha256Hex(content)) }
  private var cache: String { "\(directory.path)/some/cache" }

  /// Fetches the file from one server with that answer, checks that no trace is left, and returns the message.
  private func failure(
    _ answer: LoopbackServer.Answer, byteLimit: Int = 1_000_000, patience: Int = 10
  ) async throws -> String {
    let server = try LoopbackServer(["data.gz": answer])
    defer { server.stop() }
    var downloader = Downloader(mirrors: [server.address])
    downloader.byteLimit = byteLimit
    downloader.patience = patience
    let error = await asyncThrownError { try await downloader.fetch(file, into: cache) }
    #expect(error.code == .environment)
    #expect(error.message.hasPrefix("\(server.address)/data.gz: "))
    #expect(directory.names(in: "some/cache") == [])
    return error.message
  }

  @Test(arguments: [true, false]) func fetchesAFile(measured: Bool) async throws {
    let server = try LoopbackServer(["data.gz": measured ? .file(content) : .unmeasured(content)])
    defer { server.stop() }
    let reports = Reports()
    try await Downloader(mirrors: [server.address]).fetch(file, into: cache) { reports.append($0) }
    #expect(try sha256Hex(file: "\(cache)/data.gz") == file.sha256)
    #expect(directory.names(in: "some/cache") == ["data.gz"])
    let last = try #require(reports.all.last)
    let total = measured ? content.count : nil
    #expect(last == WorkProgress("downloading data.gz", done: content.count, of: total, "bytes"))
    #expect(reports.all.map(\.done) == reports.all.map(\.done).sorted())
    #expect(server.requests.first?.lowercased().contains("accept-encoding: identity\r\n") == true)
  }

  @Test func followsARedirection() async throws {
    let server = try LoopbackServer(["data.gz": .redirect("/other/place"), "other/place": .file(content)])
    defer { server.stop() }
    try await Downloader(mirrors: [server.address]).fetch(file, into: cache)
    #expect(directory.names(in: "some/cache") == ["data.gz"])
  }

  @Test func goesOnToTheNextMirror() async throws {
    let bad = try LoopbackServer(["data.gz": .cut(content, declared: content.count + 1)])
    let good = try LoopbackServer(["data.gz": .file(content)])
    defer {
      bad.stop()
      good.stop()
    }
    try await Downloader(mirrors: [bad.address, good.address]).fetch(file, into: cache)
    #expect(bad.requests.count == 1)
    #expect(try sha256Hex(file: "\(cache)/data.gz") == file.sha256)
  }

  @Test(arguments: [404, 403, 500, 204, 206]) func refusesAnotherStatus(status: Int) async throws {
    #expect(try await failure(.status(status)).contains("the server answered with HTTP status \(status)"))
  }

  @Test func refusesAWrongDigest() async throws {
    let message = try await failure(.file(Array("page".utf8)))
    #expect(
      message.contains("the file has the SHA-256 digest \(sha256Hex(Array("page".utf8))), not \(file.sha256)")
    )
  }

  @Test func refusesACutConnection() async throws {
    let message = try await failure(.cut(Array(content[..<1000]), declared: content.count))
    #expect(message.contains("the connection was cut after 1000 of 300000 bytes"))
    // Without a declared length the digest tells.
    #expect(try await failure(.unmeasured(Array(content[..<1000]))).contains("SHA-256 digest"))
  }

  @Test func refusesMoreThanTheLimit() async throws {
    let declared = try await failure(.file(content), byteLimit: 299_999)
    #expect(declared.contains("the file has 300000 bytes, more than the limit of 299999"))
    let actual = try await failure(.unmeasured(content), byteLimit: 299_999)
    #expect(actual.contains("the file has more bytes than the limit of 299999"))
  }

  @Test func refusesServersThatAreNone() async throws {
    #expect(try await failure(.nothing).contains("the transfer failed: "))
    #expect(try await failure(.rubbish).contains("the transfer failed: "))
    #expect(try await failure(.silence, patience: 1).contains("the server said nothing for 1 seconds"))
  }

  @Test func waitsForASlowServerButNotForAStalledOne() async throws {
    let slow = LoopbackServer.Answer.slow(content, pieces: 5, pause: 0.5)
    let server = try LoopbackServer(["data.gz": slow])
    defer { server.stop() }
    var downloader = Downloader(mirrors: [server.address])
    downloader.patience = 2
    try await downloader.fetch(file, into: cache)
    try FileManager.default.removeItem(atPath: "\(cache)/data.gz")
    let stalled = LoopbackServer.Answer.slow(content, pieces: 2, pause: 5)
    #expect(try await failure(stalled, patience: 1).contains("the server said nothing for 1 seconds"))
  }

  @Test func refusesARefusedConnection() async throws {
    let server = try LoopbackServer([:])
    server.stop()
    let error = await asyncThrownError {
      try await Downloader(mirrors: [server.address]).fetch(file, into: cache)
    }
    #expect(error.says("\(server.address)/data.gz: the connection was refused"))
  }

  @Test(arguments: ["ftp://host", "file:///tmp", "host", "", "http://"])
  func refusesAnAddressThatIsNotOfTheWeb(mirror: String) async throws {
    let error = await asyncThrownError { try await Downloader(mirrors: [mirror]).fetch(file, into: cache) }
    #expect(error.says("\(mirror)/data.gz: not an address that begins with https:// or http://"))
  }

  @Test func refusesACacheThatCannotBeMade() async throws {
    let path = try directory.write([1], "file")
    let server = try LoopbackServer(["data.gz": .file(content)])
    defer { server.stop() }
    let downloader = Downloader(mirrors: [server.address, server.address])
    let error = await asyncThrownError { try await downloader.fetch(file, into: "\(path)/cache") }
    #expect(error.says("\(path)/cache cannot be created: Not a directory", "HOURGLASS_CACHE"))
    #expect(server.requests.isEmpty)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "this system has no /dev/full"))
  func saysThatTheDiskIsFull() throws {
    let path = "\(directory.path)/never-made"
    let partial = PartialFile(descriptor: open("/dev/full", O_WRONLY), path: path)
    let error = thrownError { try content.withUnsafeBytes { try partial.append($0) } }
    #expect(error.code == .environment)
    #expect(error.says("\(path) cannot be written: No space left on device", "make room", "HOURGLASS_CACHE"))
  }

  /// At the next download; what another process holds, or has just made, stays.
  @Test func removesWhatAKilledProcessLeft() async throws {
    let left = try directory.write([1], "some/cache/.data.gz.left.part")
    let held = try directory.write([1], "some/cache/.data.gz.held.part")
    try directory.write([1], "some/cache/.data.gz.new.part")
    for path in [left, held] {
      let lastMinute = Date(timeIntervalSinceNow: -60)
      try FileManager.default.setAttributes([.modificationDate: lastMinute], ofItemAtPath: path)
    }
    let lock = open(held, O_RDWR)
    defer { close(lock) }
    #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    let server = try LoopbackServer(["data.gz": .file(content)])
    defer { server.stop() }
    try await Downloader(mirrors: [server.address]).fetch(file, into: cache)
    #expect(directory.names(in: "some/cache") == [".data.gz.held.part", ".data.gz.new.part", "data.gz"])
  }

  /// A file that may be in the cache is not fetched again over it.
  @Test func aCacheThatCannotBeSeenIsNotAnEmptyOne() async throws {
    let server = try LoopbackServer([:])
    defer { server.stop() }
    let set = NamedDataSet(
      name: "small", classNames: [], systemDirectories: [], packageName: nil, mirrors: [server.address],
      files: [file])
    let places = DataSetPlaces(cacheDirectory: directory.path)
    let error = await asyncThrownError {
      try await FileFaults.failing(.look, at: "\(directory.path)/small/", EIO) {
        _ = try await set.load(places: places)
      }
    }
    #expect(error.code == .environment && error.says("cannot be examined", systemMessage(EIO)), "\(error)")
    #expect(server.requests == [])
  }

  @Test func twoDownloadsAtOnceDoNoHarm() async throws {
    let server = try LoopbackServer(["data.gz": .file(content)])
    defer { server.stop() }
    let downloader = Downloader(mirrors: [server.address])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { try await downloader.fetch(file, into: cache) }
      }
      try await group.waitForAll()
    }
    #expect(directory.names(in: "some/cache") == ["data.gz"])
    #expect(try sha256Hex(file: "\(cache)/data.gz") == file.sha256)
  }

  @Test func stopsWhenItsTaskIsCancelled() async throws {
    let server = try LoopbackServer(["data.gz": .silence])
    defer { server.stop() }
    let downloader = Downloader(mirrors: [server.address, server.address])
    let task = Task { try await downloader.fetch(file, into: cache) }
    while server.requests.isEmpty {
      try await Task.sleep(for: .milliseconds(10))
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(server.requests.count == 1)
    #expect(directory.names(in: "some/cache") == [])
  }
}

/// The reports of a download, gathered from its thread.
private final class Reports: @unchecked Sendable {
  private let lock = NSLock()
  private var reports: [WorkProgress] = []

  func append(_ report: WorkProgress) {
    lock.withLock { reports.append(report) }
  }

  var all: [WorkProgress] { lock.withLock { reports } }
}
