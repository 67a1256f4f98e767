import ArgumentParser
import Hourglass

/// A part of a data set.
typealias Split = DataPart.Split

extension DataPart.Split: ExpressibleByArgument {}

/// Which part of the data a command takes; the command says which one if nobody chooses.
struct SplitOptions: ParsableArguments {
  @Option(name: .customLong("split"), help: "Which part of the data; data without parts are taken whole.")
  var part: Split?
}

/// Which part of the data is measured.
struct TestSplitOptions: ParsableArguments {
  @Option(name: .customLong("split"), help: "Which part of the data; data without parts are taken whole.")
  var part = Split.test
}
