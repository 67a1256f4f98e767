import ArgumentParser
import Foundation
import Hourglass

/// Anomaly detection.
struct DetectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detect", abstract: "Finds rows or images that do not look like the others.",
    subcommands: [DetectFitCommand.self, DetectScoreCommand.self])
}

extension AnomalyScoring: ExpressibleByArgument {}
extension ColumnScaling: ExpressibleByArgument {}
extension DetectionSplit.Order: ExpressibleByArgument {}
