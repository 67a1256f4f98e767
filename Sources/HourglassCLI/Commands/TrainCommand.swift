import ArgumentParser
import Hourglass
import HourglassData
import HourglassEngine
import HourglassGraph

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a recipe and writes a run folder: model, history, pictures, report.")

  @OptionGroup var options: RecipeOptions

  @Option(help: "Worker threads; all cores if not given. The result does not depend on it.")
  var threads: Int?

  @Option(help: ArgumentHelp("The run folder; runs/RECIPE if not given.", valueName: "dir"))
  var out: String?

  @Flag(help: "Go on with a run that was broken off.")
  var resume = false

  @Flag(help: "End with one line of JSON on standard output.")
  var json = false

  func run() async throws {
    let recipe = try options.load()
    let threads = try threads?.checkedThreads()
    let folder = out.map { RunFolder($0) } ?? (resume ? RunFolder("runs/\(recipe.name)") : .unused(for: recipe.name))
    let data = try await recipe.loadData()
    let run = try TrainingRun(recipe: recipe, data: data, folder: folder, resume: resume, threads: threads)
    Terminal.note(
      "\(recipe.name): \(grouped(try recipe.model.parameterCount())) parameters, \(data.name), "
        + "\(threads ?? WorkerTeam.coreCount) threads, \(try KernelSet.selected().name), into \(folder.path)")
    let progress = TrainingProgress()
    let result = try run.run { progress.report($0) }
    let metrics = result.metrics.sorted { $0.key < $1.key }
      .map { "\($0.key) \(decimal($0.value, $0.key == "mse" ? 5 : 3))" }.joined(separator: "  ")
    Terminal.note("\(metrics)\nreport: \(folder.report)")
    if json { Terminal.result(try result.json()) }
  }
}
