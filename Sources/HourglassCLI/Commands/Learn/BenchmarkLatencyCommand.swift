import ArgumentParser
import Hourglass

struct BenchmarkLatencyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-latency",
    abstract: "Measures how long a model takes for one sample, on one thread.")

  @OptionGroup var source: RecipeArgument

  @Option(help: "Calls that are timed, after a tenth of them to warm up.")
  var calls = 10_000

  @OptionGroup var json: JSONOptions

  func validate() throws {
    try require(100...10_000_000 ~= calls, "--calls is \(calls), but must be from 100 to 10,000,000.")
  }

  func run() throws {
    let recipe = try source.load()
    // The time does not depend on what the weights are.
    let parameters = try recipe.model.trainingProgram(recipe.objective).makeParameters(seed: 1)
    let trained = TrainedModel(
      model: recipe.model, objective: recipe.objective, parameters: parameters, seed: 1)
    let predictor = try trained.predictor()
    var random = RandomNumbers(seed: 1, purpose: .sampling)
    let sample = (0..<recipe.model.inputShape.count).map { _ in Float(random.uniform()) }
    var result = sample
    var microseconds: [Double] = []
    microseconds.reserveCapacity(calls)
    let clock = ContinuousClock()
    try sample.withUnsafeBufferPointer { sample in
      try result.withUnsafeMutableBufferPointer { result in
        for call in -calls / 10..<calls {
          let begun = clock.now
          try predictor.reconstruct(sample, into: result)
          if call >= 0 { microseconds.append((clock.now - begun) / .microseconds(1)) }
        }
      }
    }
    microseconds.sort()
    let (median, late) = (microseconds[calls / 2], microseconds[calls * 99 / 100])
    Terminal.note(
      "\(recipe.name): median \(ReportText.fixed(median, 2)) microseconds, 99 % within \(ReportText.fixed(late, 2)), \(calls) calls"
    )
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "recipe": JSONLine.Value.text(recipe.name), "calls": .integer(calls), "median_us": .number(median),
        "p99_us": .number(late),
      ]))
  }
}
