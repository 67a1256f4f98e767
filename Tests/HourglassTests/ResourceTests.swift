#if os(Linux)
  import Foundation
  import Hourglass
  import HourglassReaders
  import HourglassTestSupport
  import Testing

  /// A process that calls again and again has no more threads, open files and memory than one that called a few times.
  /// Each test runs in a process of its own, so that nothing else that runs at the same time is counted.
  ///
  /// Each entry is called 1,000 times, but fewer times where one call takes over 5 ms.
  @Suite struct ResourceTests {
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
          memory: ((Int(pages[1]) ?? 0) * Int(getpagesize())) >> 20)
      }
    }

    private static func expectNothingLeft(
      calls: Int = 1000, _ body: () async throws -> Void
    ) async throws {
      // Teams and pools that live as long as the process begin, and memory that is kept for the next call is taken.
      for _ in 0..<max(calls / 20, 3) { try await body() }
      let before = try Usage.now()
      for _ in 0..<calls { try await body() }
      var after = try Usage.now()
      // Swift's pool may still grow to the number of cores. A thread that has done its work takes a moment to end.
      let allowed = before.threads + ProcessInfo.processInfo.activeProcessorCount + 8
      for _ in 0..<100 where after.threads > allowed {
        try await Task.sleep(for: .milliseconds(20))
        after = try Usage.now()
      }
      #expect(after.threads <= allowed, "\(before.threads) threads before")
      #expect(
        after.descriptors <= before.descriptors + 8, "\(before.descriptors) descriptors before")
      #expect(after.memory <= before.memory + 128, "\(before.memory) MiB before")
    }

    // MARK: - What the calls are given

    private static func samples(_ count: Int) -> SampleArray {
      var random = RandomNumbers(seed: 1, purpose: .sampling)
      return SampleArray(
        trustedFloats: (0..<count * 16).map { _ in Float(random.normal()) }, count: count, shape: [16])
    }

    private static func images(_ count: Int) -> SampleArray {
      SampleArray(
        trustedBytes: (0..<count * 16).map { UInt8($0 % 251) }, count: count, shape: [1, 4, 4])
    }

    private static func trained() async throws -> TrainedModel {
      let model = try Autoencoder(input: .vector(16)) {
        Encoder { Dense(4, activation: .tanh) }
        Decoder { Dense(16) }
      }
      return try await model.train(on: samples(64), epochs: 1, seed: 1, threads: 3).model
    }

    private static func trainedOnImages() async throws -> TrainedModel {
      let model = try Autoencoder(
        inputShape: [1, 4, 4], encoder: [Flatten(), Dense(3), QuantizedCode()],
        decoder: [Dense(16, activation: .sigmoid), Reshape([1, 4, 4])])
      return try await model.train(
        on: images(40), objective: .rateDistortion(rateWeight: 0.02), epochs: 1, batchSize: 8, seed: 1,
        threads: 3
      ).model
    }

    private static func table() -> Table {
      let samples = samples(60)
      return Table(
        trustedColumns: (0..<3).map { column in
          .init(name: "c\(column)", values: (0..<60).map { Double(samples.sample($0)[column]) })
        })
    }

    private static func detectorOptions() -> DetectorOptions {
      var options = DetectorOptions(seed: 1)
      (options.epochs, options.threads) = (1, 3)
      return options
    }

    // MARK: - Models

    @Test func training() async {
      await #expect(processExitsWith: .success) {
        try await Self.expectNothingLeft { _ = try await Self.trained() }
      }
    }

    @Test func using() async {
      await #expect(processExitsWith: .success) {
        let trained = try await Self.trained()
        let samples = Self.samples(40)
        try await Self.expectNothingLeft {
          let codes = try trained.encode(samples, threads: 3)
          _ = try trained.decode(codes, threads: 3)
          _ = try trained.pass(over: samples, threads: 3)
          _ = try trained.predictor(threads: 3).score(samples.sample(0))
        }
      }
    }

    @Test func evaluating() async {
      await #expect(processExitsWith: .success) {
        let trained = try await Self.trained()
        let samples = Self.samples(40)
        try await Self.expectNothingLeft {
          _ = try await trained.evaluate(samples, indices: Array(0..<40), threads: 3)
          _ = try await trained.codeStatistics(samples, indices: Array(0..<40), threads: 3)
        }
      }
    }

    /// What is written waits for the disk.
    @Test func files() async {
      await #expect(processExitsWith: .success) {
        let trained = try await Self.trained()
        let scratch = ScratchFolder()
        try await Self.expectNothingLeft(calls: 200) {
          let file = URL(filePath: scratch.path + "/model")
          try trained.write(to: file)
          _ = try TrainedModel.read(from: file)
        }
      }
    }

    // MARK: - Runs and reports

    /// A run writes a folder of files, with figures and a page.
    @Test func runs() async {
      await #expect(processExitsWith: .success) {
        let scratch = ScratchFolder()
        let path = try SmallRecipe.write(in: scratch)
        let data = try DataSet(name: "made up", training: Self.images(40))
        try await Self.expectNothingLeft(calls: 60) {
          let folder = "\(scratch.path)/run"
          let run = try TrainingRun(
            recipe: RecipeCatalogue.recipe(path), data: data, folder: RunFolder(folder), resume: false,
            threads: 3)
          _ = try await run.run(present: { try $0.writeReport() })
          try FileManager.default.removeItem(atPath: folder)
        }
      }
    }

    /// A card compares models of all kinds, and takes some 40 ms.
    @Test func reportCards() async {
      await #expect(processExitsWith: .success) {
        let trained = try await Self.trained()
        let set = try DataSet(name: "made up", training: Self.samples(60))
        try await Self.expectNothingLeft(calls: 60) {
          _ = try await ReportCard(of: trained, title: "small", data: set, limit: 50, threads: 3).html()
        }
      }
    }

    // MARK: - Vectors

    @Test func vectors() async {
      await #expect(processExitsWith: .success) {
        let samples = Self.samples(60)
        try await Self.expectNothingLeft {
          _ = try ExactSearch(samples, metric: .euclidean).nearest(to: samples, count: 3, threads: 3)
          _ = try await PrincipalComponents(of: samples, count: 2, seed: 1, threads: 3)
          var embedding = TSNE(seed: 1)
          (embedding.iterations, embedding.perplexity) = (2, 5)
          _ = try await embedding.map(samples, threads: 3)
        }
      }
    }

    @Test func placing() async {
      await #expect(processExitsWith: .success) {
        let positions = (0..<100).map { SIMD2<Float>(Float($0 % 10), Float($0 / 10)) }
        let map = try ProjectionMap(
          name: "map", weightsDigest: nil, codes: Self.samples(100),
          layouts: [.init(method: .tsne, positions: positions), .init(method: .pca, positions: positions)],
          seed: 1)
        let new = Self.samples(3)
        try await Self.expectNothingLeft { _ = try await map.place(new, threads: 3) }
      }
    }

    @Test func indexes() async {
      await #expect(processExitsWith: .success) {
        let samples = Self.samples(60)
        try await Self.expectNothingLeft {
          for approximation in [nil, ApproximateSearch.Settings()] {
            var index = try SearchIndex(model: nil, features: 16, approximation: approximation)
            try index.add(SearchIndex.Entries(vectors: samples), source: "numbers")
            try await index.finish(threads: 3)
            _ = try IndexSearch(index).nearest(to: samples, count: 3, threads: 3)
          }
        }
      }
    }

    // MARK: - Detectors

    /// Several models are trained for one detector.
    @Test func fittingDetectors() async {
      await #expect(processExitsWith: .success) {
        let table = Self.table()
        try await Self.expectNothingLeft(calls: 150) {
          _ = try await AnomalyDetector.fit(table, options: Self.detectorOptions())
        }
      }
    }

    @Test func scoring() async {
      await #expect(processExitsWith: .success) {
        let table = Self.table()
        let detector = try await AnomalyDetector.fit(table, options: Self.detectorOptions())
        try await Self.expectNothingLeft { _ = try detector.score(table, threads: 3) }
      }
    }

    // MARK: - Pictures

    @Test func pictures() async {
      await #expect(processExitsWith: .success) {
        let picture = Picture(width: 16, height: 16, channels: 1, trusted: (0..<256).map { UInt8($0) })
        try await Self.expectNothingLeft {
          _ = try NoiseFilter.gaussian(1)(picture, threads: 3)
          _ = try PictureQuality(of: picture, comparedWith: picture, threads: 3)
        }
      }
    }

    @Test func denoising() async {
      await #expect(processExitsWith: .success) {
        let model = try Autoencoder(input: .image(channels: 1, height: 8, width: 8)) {
          Encoder { Conv2D(4, kernel: 4, stride: 2, activation: .relu) }
          Decoder { Conv2DTranspose(1, kernel: 4, stride: 2) }
        }
        let samples = SampleArray(
          trustedBytes: (0..<8 * 64).map { UInt8($0 % 251) }, count: 8, shape: [1, 8, 8])
        let trained = try await model.train(
          on: samples, objective: .denoising(.gaussian(0.1)), epochs: 1, seed: 1, threads: 3
        ).model
        let picture = Picture(width: 16, height: 16, channels: 1, trusted: (0..<256).map { UInt8($0) })
        try await Self.expectNothingLeft {
          _ = try PhotoDenoiser(trained, tileSize: 32, overlap: 16, threads: 3).denoise(picture)
        }
      }
    }

    @Test func compressing() async {
      await #expect(processExitsWith: .success) {
        let compressor = try Compressor(try await Self.trainedOnImages())
        let images = Self.images(8)
        let picture = Picture(width: 6, height: 5, channels: 1, trusted: (0..<30).map { UInt8($0) })
        try await Self.expectNothingLeft {
          let bytes = try compressor.compress(images, threads: 3)
          _ = try compressor.decompress(bytes, source: "a", threads: 3)
          let whole = try compressor.compress(picture, threads: 3)
          _ = try compressor.decompress(whole, source: "b", threads: 3)
        }
      }
    }

    // MARK: - Readers

    /// Every kept file of every reader, whole and cut in the middle: 100 times each, which makes over 10,000 readings.
    @Test func reading() async {
      await #expect(processExitsWith: .success) {
        let readers = try FileReader.all.map { ($0, try Corpus.files(of: $0.name).map(\.bytes)) }
        try await Self.expectNothingLeft(calls: 100) {
          for (reader, files) in readers {
            for bytes in files {
              _ = reader.outcome(of: bytes)
              _ = reader.outcome(of: Array(bytes.prefix(bytes.count / 2)))
            }
          }
        }
      }
    }
  }
#endif
