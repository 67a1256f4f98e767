import ArgumentParser
import Hourglass

struct BenchmarkPeakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-peak", abstract: "Measures how many multiply-adds this machine can do.")

  @Option(
    name: .customLong("threads"),
    help: "Threads that multiply at the same time; all cores if not given. The rate is of all together.")
  var threadCount: Int?

  @OptionGroup var json: JSONOptions

  func validate() throws {
    guard let threadCount else { return }
    try require(1...1024 ~= threadCount, "--threads is \(threadCount), but must be from 1 to 1024.")
  }

  func run() throws {
    let threads = threadCount ?? WorkerTeam.coreCount
    let kernels = try KernelSet.selected()
    let rate = PeakMeasurement.gigaflops(threads: threads, kernels: kernels)
    Terminal.note("\(ReportText.fixed(rate, 0)) GFLOP/s on \(threads) threads with \(kernels.name)")
    guard json.isAsked else { return }
    try Terminal.result(
      JSONLine.text([
        "gigaflops": JSONLine.Value.number(rate), "gigaflops_per_core": .number(rate / Double(threads)),
        "instruction_set": .text(kernels.name), "threads": .integer(threads),
      ]))
  }
}
