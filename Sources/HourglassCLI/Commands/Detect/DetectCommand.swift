import ArgumentParser
import Foundation
import Hourglass

/// Anomaly detection.
struct DetectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Finds rows or images that do not look like the others.",
    discussion: "hourglass detect FILE is short for hourglass detect fit FILE.",
    subcommands: [DetectFitCommand.self, DetectScoreCommand.self], defaultSubcommand: DetectFitCommand.self)
}

extension AnomalyScoring: ExpressibleByArgument {}
extension ColumnScaling: ExpressibleByArgument {}
extension DetectionSplit.Order: ExpressibleByArgument {}
