import Hourglass
import HourglassTestSupport
import Synchronization
import Testing

/// A task that is cancelled ends long work, and what progress throws does too.
@Suite struct CancellationTests {
  private static let samples: SampleArray = {
    var random = RandomNumbers(seed: 1, purpose: .sampling)
    return SampleArray(
      trustedFloats: (0..<600 * 8).map { _ in Float(random.normal()) }, count: 600, shape: [8])
  }()

  private static let images = SampleArray(
    trustedBytes: (0..<100 * 16).map { UInt8($0 * 37 % 251) }, count: 100, shape: [1, 4, 4])

  private func model() throws -> Autoencoder {
    try Autoencoder(input: .vector(8)) {
      Encoder { Dense(3, activation: .tanh) }
      Decoder { Dense(8) }
    }
  }

  @Test func trainingEnds() async throws {
    let model = try model()
    let error = await errorOfCancelled { begun in
      _ = try await model.train(on: Self.samples, epochs: 30_000, seed: 1) { _ in begun() }
    }
    #expect(error is CancellationError)
  }

  /// When the last epoch is told of, the values of the code are still to be counted.
  @Test func countingCodesEnds() async throws {
    let model = try Autoencoder(input: .vector(8)) {
      Encoder {
        Dense(3)
        QuantizedCode()
      }
      Decoder { Dense(8) }
    }
    let error = await errorOfCancelled { sign in
      _ = try await model.train(
        on: Self.samples, objective: .rateDistortion(rateWeight: 0.1), epochs: 2, seed: 1
      ) { event in
        if case .epoch(let record) = event, record.epoch == 2 { sign() }
      }
    }
    #expect(error is CancellationError)
  }

  @Test func fittingEnds() async {
    let error = await errorOfCancelled { begun in
      var options = DetectorOptions(seed: 1)
      options.epochs = 10_000
      _ = try await AnomalyDetector.fit(
        Table(
          trustedColumns: (0..<4).map { column in
            .init(name: "c\(column)", values: (0..<600).map { Double(Self.samples.sample($0)[column]) })
          }), options: options
      ) { _ in begun() }
    }
    #expect(error is CancellationError)
  }

  @Test func fittingToImagesEnds() async {
    let images = Self.images
    let told = Atomic(0)
    let error = await errorOfCancelled { begun in
      var options = DetectorOptions(seed: 1)
      options.epochs = 10_000
      _ = try await AnomalyDetector.fit(images: images, options: options) { _ in
        told.add(1, ordering: .relaxed)
        begun()
      }
    }
    #expect(error is CancellationError)
    #expect(told.load(ordering: .relaxed) == 1)
  }

  /// Where a detection run is when its task is cancelled.
  enum Moment: CaseIterable {
    case beginning, training, scoring
    /// The last that is told before files are written.
    case lastComparison

    func comes(with event: DetectionEvent) -> Bool {
      switch (self, event) {
      case (.beginning, _), (.training, .training): true
      case (.scoring, .stage(let name)): name.hasPrefix("scoring")
      case (.lastComparison, .stage(let name)): name == "comparing with isolation forest"
      default: false
      }
    }
  }

  /// Calls `run` with what it tells of its events, and cancels it at the moment; nothing may be told after that, and
  /// nothing lie in the folder but what did before.
  private func expectEndOfDetection(
    at moment: Moment, in scratch: ScratchFolder, leaving names: [String],
    _ run: @escaping @Sendable (@escaping @Sendable (DetectionEvent) -> Void) async throws -> Void
  ) async {
    let toldAfter = Mutex<Int?>(nil)
    let error = await errorOfCancelled { sign in
      try await run { event in
        if let count = toldAfter.withLock({ $0 }) { return toldAfter.withLock { $0 = count + 1 } }
        guard moment.comes(with: event) else { return }
        toldAfter.withLock { $0 = 0 }
        sign()
      }
    }
    #expect(error is CancellationError)
    #expect(toldAfter.withLock { $0 } == 0)
    #expect(scratch.names() == names)
  }

  private static func detectorOptions() -> DetectorOptions {
    var options = DetectorOptions(seed: 1)
    (options.epochs, options.threads) = (5, 1)
    return options
  }

  @Test(arguments: Moment.allCases) func detectionOverATableEnds(_ moment: Moment) async throws {
    let scratch = ScratchFolder()
    let rows = (0..<100).map { row in Self.samples.sample(row).map { "\($0)" }.joined(separator: ",") }
    let path = try scratch.write("a,b,c,d,e,f,g,h\n" + rows.joined(separator: "\n") + "\n", "rows.csv")
    await expectEndOfDetection(at: moment, in: scratch, leaving: ["rows.csv"]) { tell in
      _ = try await TableDetection(
        path: path, options: Self.detectorOptions(), folder: DetectionFolder("\(scratch.path)/run")
      ).run(tell)
    }
  }

  @Test(arguments: Moment.allCases) func detectionOverImagesEnds(_ moment: Moment) async throws {
    let scratch = ScratchFolder()
    let set = try DataSet(name: "made up", training: Self.images)
    await expectEndOfDetection(at: moment, in: scratch, leaving: []) { tell in
      _ = try await ImageDetection(
        data: set, normalClass: nil, options: Self.detectorOptions(),
        folder: DetectionFolder("\(scratch.path)/run")
      ).run(tell)
    }
  }

  /// A report card ends before the next use.
  @Test func judgingEnds() async throws {
    let trained = try await model().train(on: Self.samples, epochs: 1, seed: 1).model
    let set = try DataSet(name: "made up", training: Self.samples)
    let told = Mutex<[String]>([])
    let error = await errorOfCancelled { sign in
      _ = try await ReportCard(of: trained, title: "small", data: set, limit: 50, threads: 1) { progress in
        told.withLock { $0.append(progress.stage) }
        sign()
      }
    }
    #expect(error is CancellationError)
    #expect(told.withLock { $0 } == ["Reconstruction"])
  }

  @Test func projectingEnds() async {
    let error = await errorOfCancelled { begun in
      var embedding = TSNE(seed: 1)
      embedding.iterations = 100_000
      _ = try await embedding.map(Self.samples) { _ in begun() }
    }
    #expect(error is CancellationError)
  }

  @Test func connectingEnds() async throws {
    // Enough vectors that the graph is far from done when it is first heard of.
    let error = await errorOfCancelled { begun in
      var index = try SearchIndex(model: nil, features: 16, approximation: .init())
      try index.add(SearchIndex.Entries(vectors: Self.vectors(40_000)), source: "numbers")
      try await index.finish { _ in begun() }
    }
    #expect(error is CancellationError)
  }

  private static func vectors(_ count: Int) -> SampleArray {
    var random = RandomNumbers(seed: 2, purpose: .sampling)
    return SampleArray(
      trustedFloats: (0..<count * 16).map { _ in Float(random.uniform()) }, count: count, shape: [16])
  }

  @Test func aTaskCancelledBeforeBeginsNothing() async throws {
    let model = try model()
    let task = Task {
      // Waits until it is cancelled.
      while !Task.isCancelled { await Task.yield() }
      _ = try await model.train(on: Self.samples, epochs: 1, seed: 1) { _ in
        Issue.record("a cancelled task was trained")
      }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  /// Files are read on another thread, which a cancelled task does not start.
  @Test func aTaskCancelledBeforeReadsNoFiles() async {
    let error = await errorOfCancelled { sign in
      sign()
      _ = try await NamedDataSet.mnist.load(directory: "/nowhere")
    }
    #expect(error is CancellationError)
  }

  @Test func whatProgressThrowsEndsTraining() async throws {
    struct Stop: Error {}
    let model = try model()
    await #expect(throws: Stop.self) {
      try await model.train(on: Self.samples, epochs: 30_000, seed: 1) { event in
        if case .epoch(let record) = event, record.epoch == 2 { throw Stop() }
      }
    }
  }
}
