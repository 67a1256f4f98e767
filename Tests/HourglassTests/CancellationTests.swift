import Hourglass
import HourglassTestSupport
import Testing

/// A task that is cancelled ends long work, and what progress throws does too.
@Suite struct CancellationTests {
  private static let samples: SampleArray = {
    var random = RandomNumbers(seed: 1, purpose: .sampling)
    return SampleArray(floats: (0..<600 * 8).map { _ in Float(random.normal()) }, count: 600, shape: [8])
  }()

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
          columns: (0..<4).map { column in
            .init(name: "c\(column)", values: (0..<600).map { Double(Self.samples.sample($0)[column]) })
          }), options: options
      ) { _ in begun() }
    }
    #expect(error is CancellationError)
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
      floats: (0..<count * 16).map { _ in Float(random.uniform()) }, count: count, shape: [16])
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
