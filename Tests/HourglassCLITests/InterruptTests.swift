import Foundation
import Hourglass
import Testing

/// Ctrl-C, SIGTERM and SIGHUP end a run at a checkpoint.
struct InterruptTests {
  private let arguments = [
    "train", "mnist-conv", "--data", "data", "--epochs", "40", "--batch-size", "16", "--out", "run", "--json",
  ]

  @Test(arguments: [(SIGINT, Int32(130), "Ctrl-C"), (SIGTERM, 143, "SIGTERM"), (SIGHUP, 129, "SIGHUP")])
  func endsAtACheckpoint(signal: Int32, status: Int32, name: String) throws {
    let scratch = try Scratch()
    // A test that was started in the background has it ignored, and so would the program.
    _ = Foundation.signal(signal, SIG_DFL)
    let running = try scratch.hourglass.start(arguments)
    #expect(running.waitForErrors("epoch 1 "))
    running.send(signal)
    let outcome = try #require(running.wait(seconds: 20))
    #expect(outcome.status == status && !outcome.isSignalled, "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.complaints.isEmpty)
    let last = outcome.errors.split(separator: "\n").last ?? ""
    #expect(last == "Stopped by \(name); to go on: hourglass train run/recipe.yaml --resume --out run")
    #expect(scratch.exists("run/checkpoint/manifest.json"))
    #expect(!scratch.exists("run/result.json"))

    // The checkpoint is of the moment it stopped, not of the last epoch's end.
    let resumed = try scratch.hourglass(arguments + ["--resume"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    let unbroken = try scratch.hourglass(arguments.map { $0 == "run" ? "unbroken" : $0 })
    #expect(resumed.weights == unbroken.weights)
    #expect(try scratch.history("run") == scratch.history("unbroken"))
  }

  /// A server that takes the request and never answers.
  @Test(arguments: [SIGINT, SIGTERM])
  func endsADownloadWithoutATrace(signal: Int32) throws {
    let scratch = try Scratch(data: false)
    let (listener, port) = try SilentServer.listen()
    defer { close(listener) }
    _ = Foundation.signal(signal, SIG_DFL)
    var hourglass = scratch.hourglass
    hourglass.environment["HOURGLASS_MIRROR"] = "http://127.0.0.1:\(port)"
    let running = try hourglass.start(["data", "mnist"])
    func parts() -> [String] { scratch.names("cache/mnist").filter { $0.hasSuffix(".part") } }
    let end = Date.now + 20
    while parts().isEmpty, Date.now < end { usleep(2000) }
    #expect(parts().count == 1)
    running.send(signal)
    let outcome = try #require(running.wait(seconds: 20))
    #expect(outcome.status == 128 + signal && !outcome.isSignalled, "\(outcome.errors)")
    #expect(outcome.errors.hasSuffix("; no data were loaded.\n"), "\(outcome.errors)")
    #expect(scratch.names("cache/mnist") == [])
  }

  /// Work without checkpoints stops between two blocks, and nothing is written.
  @Test func endsASearch() throws {
    let scratch = try Scratch(data: false)
    func write(_ count: Int, _ name: String) throws {
      let numbers = (0..<2 * count).map { Float($0 % 5) }
      try NPY.write(
        SampleArray(trustedFloats: numbers, count: count, shape: [2]), to: "\(scratch.path)/\(name)")
    }
    try write(3, "vectors.npy")
    try write(200_000, "queries.npy")
    #expect(try scratch.hourglass("index", "vectors.npy", "--out", "i").status == 0)
    _ = Foundation.signal(SIGINT, SIG_DFL)
    let running = try scratch.hourglass.start([
      "search", "i", "queries.npy", "--one-by-one", "--threads", "4", "--out", "found.csv",
    ])
    // What is said of -k comes when signals are watched and before the searches, which take long one by one.
    #expect(running.waitForErrors("each query gets all of them"))
    running.send(SIGINT)
    let outcome = try #require(running.wait(seconds: 20))
    #expect(outcome.status == 130 && !outcome.isSignalled, "\(outcome.errors)")
    #expect(outcome.errors.hasSuffix("\nStopped by Ctrl-C; no results were written.\n"), "\(outcome.errors)")
    #expect(outcome.output.isEmpty && !outcome.errors.contains("\u{1B}") && !scratch.exists("found.csv"))
  }

  /// By principal components a map of two numbers is there at once; how good it is takes long.
  @Test func endsTheMeasuringOfAMap() throws {
    let scratch = try Scratch(data: false)
    let count = 100_000
    let numbers = (0..<2 * count).map { Float(($0 * 7919) % 99_991) }
    try NPY.write(
      SampleArray(trustedFloats: numbers, count: count, shape: [2]), to: "\(scratch.path)/vectors.npy")
    try scratch.write("", "codes.csv")
    _ = Foundation.signal(SIGINT, SIG_DFL)
    let running = try scratch.hourglass.start([
      "project", "vectors.npy", "--method", "pca", "--threads", "1", "--codes", "codes.csv",
    ])
    #expect(running.waitForErrors("replaced codes.csv"))
    usleep(300_000)
    running.send(SIGINT)
    let outcome = try #require(running.wait(seconds: 20))
    #expect(outcome.status == 130 && !outcome.isSignalled, "\(outcome.errors)")
    #expect(outcome.errors.hasSuffix("\nStopped by Ctrl-C; no map was written.\n"), "\(outcome.errors)")
    #expect(scratch.names("").sorted() == ["codes.csv", "vectors.npy"])
  }
}

/// Takes connections, as far as the system does so by itself, and answers none.
private enum SilentServer {
  static func listen() throws -> (listener: Int32, port: Int) {
    #if canImport(Glibc)
      let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(listener, generic, length) | Foundation.listen(listener, 16)
          | getsockname(listener, generic, &length)
      }
    }
    guard status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    return (listener, Int(UInt16(bigEndian: place.sin_port)))
  }
}
