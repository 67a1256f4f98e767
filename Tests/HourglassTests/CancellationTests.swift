import Hourglass
import Synchronization
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

  /// Cancels the task that it is told of, from any thread.
  private final class Canceller: Sendable {
    private let task = Mutex<Task<Void, any Error>?>(nil)

    func take(_ task: Task<Void, any Error>) { self.task.withLock { $0 = task } }

    func cancel() { task.withLock { $0?.cancel() } }
  }

  /// Begins the work, cancels it at a sign of life, from the thread that gives it, and returns what it then throws.
  private func errorOfCancelled(
    _ work: @escaping @Sendable (_ sign: @escaping @Sendable () -> Void) async throws -> Void
  ) async -> (any Error)? {
    let canceller = Canceller()
    let task = Task { try await work { canceller.cancel() } }
    canceller.take(task)
    return await task.result.error
  }

  @Test func trainingEnds() async throws {
    let model = try model()
    let error = await errorOfCancelled { begun in
      _ = try await model.train(on: Self.samples, epochs: 30_000, seed: 1) { _ in begun() }
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

extension Result {
  fileprivate var error: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}
