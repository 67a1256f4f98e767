import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassPlatform

extension TrainedModel {
  /// The mean log-likelihood of samples in nats, by importance sampling: `log (1/K sum of p(x | z) p(z) / q(z | x))`
  /// with K draws of z from q(z | x) (Burda, Grosse & Salakhutdinov 2016). A lower bound that rises with K; with
  /// K = 1 it is the evidence lower bound. It is found on threads of its own, not on Swift's cooperative pool.
  ///
  /// - Parameters:
  ///   - indices: which samples; at least one.
  ///   - draws: K, from 1.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - progress: told now and then, on the working thread, how many draws of all samples are done; what it throws ends
  ///     the work.
  /// - Throws: `HourglassError` (usage) when the model is not variational, or the samples do not fit;
  ///   `CancellationError` when the task is cancelled; what `progress` throws.
  public func logLikelihood(
    _ data: any SampleSource, indices: [UInt32], draws: Int, threads: Int? = nil,
    progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws -> Double {
    try await onOwnThread(telling: progress) { tell in
      try logLikelihood(data, indices: indices, draws: draws, threads: threads, progress: tell)
    }
  }

  /// As the public one, on the calling thread and its helpers.
  ///
  /// - Parameter processes: that share the work, each with the same samples; all have the result.
  package func logLikelihood(
    _ data: any SampleSource, indices: [UInt32], draws: Int, threads: Int? = nil,
    processes: (any ProcessGroup)? = nil, progress: WorkProgress.Report = { _ in }
  ) throws -> Double {
    guard let graph = importanceGraph else {
      throw HourglassError(
        .usage,
        "The model was trained for \(type(of: objective).kind), which gives no likelihood; train a vae to have one."
      )
    }
    guard 1...100_000 ~= draws, !indices.isEmpty else {
      throw HourglassError(
        .usage,
        "The log-likelihood needs samples and 1 to 100,000 draws, but has \(indices.count) samples and \(draws) draws."
      )
    }
    try checkIndices(indices, of: data)
    try objective.checkTargets(data, indices, named: "the data")
    let pass = try ForwardPass(
      graph, over: data, parameters: parameters, seed: seed, threads: threads)
    var total = 0.0
    // Told as draws are made, or, of those that other processes make, as they come.
    var told = 0
    func tell(_ done: Int) throws {
      told = max(told, done)
      try progress(WorkProgress("likelihood", done: told, of: indices.count * draws, "draws"))
    }
    try processes.deal(indices.count, by: pass.batchSize) { places in
      let batch = indices[places]
      var weights = [[Double]](repeating: [], count: batch.count)
      for draw in 0..<draws {
        // Draws are keyed by epoch; those of evaluations lie at the end.
        try pass.run(batch, epoch: Evaluator.epoch - UInt32(draw))
        pass.withOutput("weight") { values in
          for (index, value) in values.enumerated() { weights[index].append(Double(value)) }
        }
        try tell(places.lowerBound * draws + (draw + 1) * batch.count)
      }
      return MessageNumbers(
        weights.map { sample in
          let largest = sample.max() ?? 0
          return largest + log(sample.reduce(0) { $0 + exp($1 - largest) } / Double(draws))
        })
    } take: { places, likelihoods in
      for likelihood in likelihoods.values { total += likelihood }
      try tell(places.upperBound * draws)
    }
    total = try processes.fromFirst(numbers: [total])[0]
    return total / Double(indices.count)
  }

  /// `log p(x | z) + log p(z) - log q(z | x)` for one draw of z; nil where the model is none of probability.
  private var importanceGraph: Graph? {
    guard objective.traits.hasNormalCodes else { return nil }
    let builder = GraphBuilder()
    let half = ModelInGraph(model: model, context: LayerContext(builder: builder, isTraining: false))
    let sample = builder.input("x", shape: model.inputShape)
    let posterior = half.posterior(sample)
    let noise = builder.random(.normal, shape: posterior.mean.shape)
    let code = posterior.draw(noise)
    // The normalising constants of both densities are the same.
    let prior = (noise.square - code.square + posterior.logVariance).sum * 0.5
    guard let nats = objective.negativeLogLikelihood(of: sample, given: half.decode(code)) else { return nil }
    builder.output("weight", prior - nats)
    return builder.graph
  }
}
