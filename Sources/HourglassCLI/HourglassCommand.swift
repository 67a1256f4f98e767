import ArgumentParser
import Hourglass

/// The command line. Each group is a folder of `Commands`.
struct HourglassCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hourglass", abstract: "Trains and uses autoencoders on the CPU.",
    version: hourglassVersion,
    groupedSubcommands: [
      CommandGroup(
        name: "Train",
        subcommands: [
          RecipesCommand.self, SummaryCommand.self, DataCommand.self, TrainCommand.self, EvaluateCommand.self,
          ReportCommand.self, RunsCommand.self, CompareCommand.self, VerifyCommand.self, LockCommand.self,
        ]),
      CommandGroup(
        name: "Codes",
        subcommands: [
          ProjectCommand.self, TransformCommand.self, InverseTransformCommand.self, GenerateCommand.self,
          InterpolateCommand.self,
        ]),
      CommandGroup(name: "Search", subcommands: [IndexCommand.self, SearchCommand.self]),
      CommandGroup(name: "Detect", subcommands: [DetectCommand.self]),
      CommandGroup(name: "Photos", subcommands: [DenoiseCommand.self]),
      CommandGroup(
        name: "Files",
        subcommands: [
          ExportCommand.self, ImportCommand.self, CompressCommand.self, DecompressCommand.self,
          RateDistortionCommand.self,
        ]),
      CommandGroup(
        name: "Learn",
        subcommands: [
          FeaturesCommand.self, FromScratchCommand.self, ExplainCommand.self, BenchmarkPeakCommand.self,
          BenchmarkLatencyCommand.self,
        ]),
    ])
}
