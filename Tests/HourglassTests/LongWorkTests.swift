import Hourglass
import HourglassTestSupport
import Synchronization
import Testing

/// What takes long tells how far it is, and ends when its task is cancelled or progress throws.
@Suite struct LongWorkTests {
  typealias Progress = @Sendable (WorkProgress) throws -> Void

  struct Work: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let run: @Sendable (@escaping Progress) async throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (@escaping Progress) async throws -> Void) {
      testDescription = name
      self.run = run
    }
  }

  /// Features that vary less and less.
  private static func samples(_ count: Int, _ features: Int, stream: UInt32 = 0) -> SampleArray {
    var random = RandomNumbers(seed: 1, purpose: .sampling, stream: stream)
    let floats = (0..<count * features).map { index in
      let place = Double(index % features + 1)
      return Float(random.normal() / (place * place))
    }
    return SampleArray(trustedFloats: floats, count: count, shape: [features])
  }

  private static func labels(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 3) } }

  private static let variational = Task {
    let model = try Autoencoder(input: .vector(8)) {
      Encoder { GaussianCode(2) }
      Decoder { Dense(8) }
    }
    return try await model.train(
      on: samples(100, 8), objective: .vae(likelihood: .gaussian(deviation: 0.1)), epochs: 1, seed: 1
    ).model
  }

  /// A run of pictures, and the folder it lies in.
  private static let finished = Task {
    let scratch = ScratchFolder()
    let path = try SmallRecipe.write(in: scratch)
    let data = try DataSet(
      name: "made up",
      training: SampleArray(trustedBytes: (0..<640).map { UInt8($0 % 251) }, count: 40, shape: [1, 4, 4]))
    let run = try TrainingRun(
      recipe: RecipeCatalogue.recipe(path), data: data, folder: RunFolder("\(scratch.path)/run"),
      resume: false)
    let kept = Mutex<FinishedRun?>(nil)
    _ = try await run.run(present: { finished in kept.withLock { $0 = finished } })
    return (run: try #require(kept.withLock { $0 }), scratch: scratch)
  }

  static let works = [
    Work("principal components") { progress in
      _ = try await PrincipalComponents(of: samples(600, 8), count: 2, seed: 1, progress: progress)
    },
    Work("principal components of large samples") { progress in
      _ = try await PrincipalComponents(of: samples(300, 260), count: 3, seed: 1, progress: progress)
    },
    Work("nearest neighbours") { progress in
      _ = try await NearestNeighbours(of: samples(5_000, 4), count: 3, threads: 1, progress: progress)
    },
    Work("trustworthiness") { progress in
      _ = try await trustworthiness(
        of: samples(300, 2), for: samples(300, 4, stream: 1), progress: progress)
    },
    Work("accuracy of neighbours") { progress in
      _ = try await neighbourAccuracy(
        of: samples(5_000, 4), labels: labels(5_000), threads: 1, progress: progress)
    },
    Work("accuracy of neighbours among others") { progress in
      _ = try await neighbourAccuracy(
        of: samples(5_000, 4), labels: labels(5_000), among: samples(100, 4, stream: 1), labels: labels(100),
        threads: 1, progress: progress)
    },
    Work("t-SNE") { progress in
      var embedding = TSNE(seed: 1)
      (embedding.iterations, embedding.perplexity) = (150, 5)
      _ = try await embedding.map(samples(60, 4), progress: progress)
    },
    Work("placing") { progress in
      let positions = (0..<100).map { SIMD2<Float>(Float($0 % 10), Float($0 / 10)) }
      let map = try ProjectionMap(
        name: "map", weightsDigest: nil, codes: samples(100, 4),
        layouts: [.init(method: .tsne, positions: positions), .init(method: .pca, positions: positions)],
        seed: 1)
      _ = try await map.place(samples(50, 4, stream: 1), progress: progress)
    },
    Work("evaluation") { progress in
      _ = try await variational.value.evaluate(
        samples(600, 8), indices: (0..<600).map { $0 }, progress: progress)
    },
    Work("statistics of codes") { progress in
      _ = try await variational.value.codeStatistics(
        samples(600, 8), indices: (0..<600).map { $0 }, progress: progress)
    },
    Work("likelihood") { progress in
      _ = try await variational.value.logLikelihood(
        samples(600, 8), indices: (0..<600).map { $0 }, draws: 3, progress: progress)
    },
    Work("report of a run") { progress in
      try await finished.value.run.writeReport(progress: progress)
    },
  ]

  @Test(arguments: works) func tellsHowFarItIs(_ work: Work) async throws {
    let told = Mutex<[WorkProgress]>([])
    try await work.run { progress in told.withLock { $0.append(progress) } }
    let all = told.withLock { $0 }
    #expect(all.count > 1)
    for stage in Set(all.map(\.stage)) {
      let reports = all.filter { $0.stage == stage }
      let done = reports.map(\.done)
      #expect(done == done.sorted() && (done.last ?? 0) > 0, "\(stage)")
      #expect(Set(reports.map(\.total)).count == 1, "\(stage)")
      if let total = reports[0].total { #expect(done.last == total, "\(stage)") }
    }
  }

  @Test(arguments: works) func aCancelledTaskEndsIt(_ work: Work) async {
    let told = Atomic(0)
    let error = await errorOfCancelled { sign in
      try await work.run { _ in
        told.add(1, ordering: .relaxed)
        sign()
      }
    }
    #expect(error is CancellationError)
    #expect(told.load(ordering: .relaxed) == 1)
  }

  @Test(arguments: works) func whatProgressThrowsEndsIt(_ work: Work) async {
    struct Stop: Error {}
    let told = Atomic(0)
    await #expect(throws: Stop.self) {
      try await work.run { _ in
        told.add(1, ordering: .relaxed)
        throw Stop()
      }
    }
    #expect(told.load(ordering: .relaxed) == 1)
  }

  /// The two forms of a call are one computation.
  @Test func onOwnThreadsItIsTheSame() async throws {
    let few = Self.samples(300, 4)
    func here() throws -> [Double] {
      let components = try PrincipalComponents(of: few, count: 2, seed: 1)
      let near = try NearestNeighbours(of: few, count: 3)
      return components.components.flatMap(\.self) + near.squaredDistances.map { Double($0) } + [
        try trustworthiness(of: few, for: Self.samples(300, 4, stream: 1))
      ]
    }
    let components = try await PrincipalComponents(of: few, count: 2, seed: 1)
    let near = try await NearestNeighbours(of: few, count: 3)
    let trust = try await trustworthiness(of: few, for: Self.samples(300, 4, stream: 1))
    let there =
      components.components.flatMap(\.self) + near.squaredDistances.map { Double($0) } + [trust]
    #expect(try here() == there)
  }
}
