import ArgumentParser
import Hourglass
import HourglassEngine
import HourglassGraph

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Shows what becomes of a recipe on its way to the machine.")

  enum StageName: String, CaseIterable, ExpressibleByArgument {
    case graph, gradient, passes, fuse, memory
  }

  @OptionGroup var options: RecipeOptions

  @Option(
    help: ArgumentHelp(
      "graph: one evaluation; gradient: the training graph; passes: after each pass; fuse: kernel calls of a training step; memory: where their values lie.",
      valueName: "stage"))
  var stage = StageName.fuse

  func run() throws {
    let recipe = try options.load()
    let program = try recipe.model.trainingProgram(recipe.objective)
    switch stage {
    case .graph:
      try Terminal.result(program.evaluation.description)
    case .gradient:
      try Terminal.result(program.training.description)
    case .passes:
      var graph = program.training
      for pass in Pass.all {
        graph = pass(graph)
        try Terminal.result("# \(pass.name): \(pass.summary)\n\(graph.description)\n")
      }
    case .fuse:
      try Terminal.result(ProgramDescription(program.training).steps)
    case .memory:
      try Terminal.result(ProgramDescription(program.training).memory)
    }
  }
}
