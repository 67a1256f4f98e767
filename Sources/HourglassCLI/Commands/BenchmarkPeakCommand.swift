import ArgumentParser
import Hourglass

struct BenchmarkPeakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-peak", abstract: "Measures how many multiply-adds this machine can do.")

  @Option(help: "Worker threads; all cores if not given.")
  var threads: Int?

  @Flag(help: "End with one line of JSON on standard output.")
  var json = false

  func run() throws {
    let threads = try threads?.checkedThreads() ?? WorkerTeam.coreCount
    let kernels = try KernelSet.selected()
    let rate = PeakMeasurement.gigaflops(threads: threads, kernels: kernels)
    Terminal.note("\(decimal(rate, 0)) GFLOP/s on \(threads) threads with \(kernels.name)")
    guard json else { return }
    try Terminal.result(
      JSONLine.text([
        "gigaflops": JSONLine.Value.number(rate), "gigaflops_per_core": .number(rate / Double(threads)),
        "instruction_set": .text(kernels.name), "threads": .integer(threads),
      ]))
  }
}
