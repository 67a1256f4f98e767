import ArgumentParser
import Hourglass

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Shows what becomes of a recipe on its way to the machine.")

  enum StageName: String, CaseIterable, ExpressibleByArgument {
    case graph, gradient, passes, fuse, memory, exchange, profile
  }

  @OptionGroup var options: RecipeOptions

  @Option(
    help: ArgumentHelp(
      "graph: one evaluation; gradient: the training graph; passes: after each pass; fuse: kernel calls of a training step; memory: where their values lie; exchange: what several processes send each other; profile: what each call costs here.",
      valueName: "stage"))
  var stage = StageName.fuse

  func run() throws {
    let recipe = try options.load()
    let program = try recipe.model.trainingProgram(recipe.objective)
    switch stage {
    case .graph:
      try show(program.evaluation.description)
    case .gradient:
      try show(program.training.description)
    case .passes:
      var graph = program.training
      for pass in GraphPass.all {
        graph = pass(graph)
        try show("# \(pass.name): \(pass.summary)\n\(graph.description)\n")
      }
    case .fuse:
      try show(CompiledProgram(program.training).kernelCalls)
    case .memory:
      try show(CompiledProgram(program.training).memoryLayout)
    case .exchange:
      let (executor, _) = try bound(recipe, program)
      try show(GroupExchange.table(executor, batch: recipe.plan.batchSize, processes: [2, 3, 4, 8, 16, 64]))
    case .profile:
      try show(profile(recipe, program))
    }
  }

  private func show(_ text: String) throws { try Terminal.result(lines: text.parts(at: "\n")) }

  /// Times a training step on made-up samples, on one thread.
  private func profile(_ recipe: Recipe, _ program: TrainingProgram) throws -> String {
    let (executor, batch) = try bound(recipe, program)
    return try executor.profileTable(batch: batch)
  }

  /// A training step on made-up samples.
  private func bound(_ recipe: Recipe, _ program: TrainingProgram) throws -> (Executor, batch: Int) {
    let count = min(recipe.plan.batchSize, 4096)
    let shape = recipe.model.inputShape
    var random = RandomNumbers(seed: 1, purpose: .augmentation)
    let samples = SampleArray(
      trustedBytes: (0..<count * shape.count).map { _ in UInt8(truncatingIfNeeded: random.word()) },
      count: count,
      shape: shape)
    let executor = Executor(
      program: CompiledProgram(program.training), parameters: program.makeParameters(seed: 1),
      inputs: ["x": samples],
      maximumBatch: count, team: WorkerTeam(count: 1), kernels: try KernelSet.selected(),
      shards: recipe.plan.shards)
    return (executor, count)
  }
}
