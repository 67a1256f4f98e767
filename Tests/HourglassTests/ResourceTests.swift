#if os(Linux)
  import Foundation
  import Hourglass
  import HourglassTestSupport
  import Testing

  /// A process that calls again and again has no more threads, open files and memory than one that called once. Other tests run
  /// in this process at the same time, so a leak shows as what many calls add up to.
  @Suite struct ResourceTests {
    private static let calls = 300

    private struct Usage {
      var threads = 0
      var descriptors = 0
      /// In MiB.
      var memory = 0

      static func now() throws -> Usage {
        func entries(_ folder: String) throws -> Int {
          try FileManager.default.contentsOfDirectory(atPath: folder).count
        }
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return Usage(
          threads: try entries("/proc/self/task"), descriptors: try entries("/proc/self/fd"),
          memory: (Int(pages[1]) ?? 0) / 256)
      }
    }

    /// Each call would leave two threads if its team did not end.
    private func expectNothingLeft(_ body: () async throws -> Void) async throws {
      try await body()
      let before = try Usage.now()
      for _ in 0..<Self.calls { try await body() }
      let after = try Usage.now()
      #expect(after.threads < before.threads + Self.calls, "threads")
      #expect(after.descriptors < before.descriptors + Self.calls / 2, "descriptors")
      #expect(after.memory < before.memory + 600, "MiB")
    }

    private static func samples(_ count: Int) -> SampleArray {
      var random = RandomNumbers(seed: 1, purpose: .sampling)
      return SampleArray(
        trustedFloats: (0..<count * 16).map { _ in Float(random.normal()) }, count: count, shape: [16])
    }

    private static func trained(epochs: Int = 1) async throws -> TrainedModel {
      let model = try Autoencoder(input: .vector(16)) {
        Encoder { Dense(4, activation: .tanh) }
        Decoder { Dense(16) }
      }
      return try await model.train(on: samples(64), epochs: epochs, seed: 1, threads: 3).model
    }

    @Test func training() async throws {
      try await expectNothingLeft { _ = try await Self.trained() }
    }

    @Test func using() async throws {
      let trained = try await Self.trained()
      let samples = Self.samples(40)
      try await expectNothingLeft {
        let codes = try trained.encode(samples, threads: 3)
        _ = try trained.decode(codes, threads: 3)
        _ = try trained.pass(over: samples, threads: 3)
        _ = try trained.predictor(threads: 3).score(samples.sample(0))
      }
    }

    @Test func files() async throws {
      let trained = try await Self.trained()
      let scratch = ScratchFolder()
      try await expectNothingLeft {
        let file = URL(filePath: scratch.path + "/model")
        try trained.write(to: file)
        _ = try TrainedModel.read(from: file)
      }
    }

    @Test func vectors() async throws {
      let samples = Self.samples(60)
      try await expectNothingLeft {
        _ = try ExactSearch(samples, metric: .euclidean).nearest(to: samples, count: 3, threads: 3)
        _ = try await PrincipalComponents(of: samples, count: 2, seed: 1, threads: 3)
        var embedding = TSNE(seed: 1)
        (embedding.iterations, embedding.perplexity) = (2, 5)
        _ = try await embedding.map(samples, threads: 3)
      }
    }

    @Test func detection() async throws {
      let samples = Self.samples(60)
      let table = Table(
        trustedColumns: (0..<3).map { column in
          .init(name: "c\(column)", values: (0..<60).map { Double(samples.sample($0)[column]) })
        })
      var options = DetectorOptions(seed: 1)
      (options.epochs, options.threads) = (1, 3)
      let fitting = options
      try await expectNothingLeft {
        let detector = try await AnomalyDetector.fit(table, options: fitting)
        _ = try detector.score(table, threads: 3)
      }
    }

    @Test func pictures() async throws {
      let picture = Picture(width: 16, height: 16, channels: 1, trusted: (0..<256).map { UInt8($0) })
      try await expectNothingLeft {
        _ = try NoiseFilter.gaussian(1)(picture, threads: 3)
        _ = try PictureQuality(of: picture, comparedWith: picture, threads: 3)
      }
    }
  }
#endif
