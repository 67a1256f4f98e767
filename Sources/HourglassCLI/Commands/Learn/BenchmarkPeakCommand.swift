import ArgumentParser
import Hourglass

struct BenchmarkPeakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark-peak", abstract: "Measures how many multiply-adds this machine can do.")

  @OptionGroup var threads: ThreadOptions

  @OptionGroup var json: JSONOptions

  func run() throws {
    let threads = threads.count ?? WorkerTeam.coreCount
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
