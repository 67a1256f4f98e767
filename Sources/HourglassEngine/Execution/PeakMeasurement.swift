import CLaneKernels

/// The speed limit of this machine: how many multiplications and additions its cores can do.
package enum PeakMeasurement {
  /// Billions of operations a second with this many threads at once, two for each multiply-add; the best of
  /// several tries of a few hundredths of a second.
  package static func gigaflops(threads: Int, kernels: KernelSet) -> Double {
    let team = WorkerTeam(count: threads)
    let work = PeakWork(threads: threads, kernels: kernels)
    var best = 0.0
    // The first tries find out how many rounds take long enough.
    var tries = 0
    while tries < 8 {
      let seconds = work.seconds { team.run(work) }
      if seconds < 0.02 {
        work.rounds *= 2
      } else {
        best = max(best, work.operations / seconds)
        tries += 1
      }
    }
    return best / 1e9
  }
}

/// Each worker writes a place of its own, and the caller waits for all.
private final class PeakWork: TeamWork {
  var rounds: Int64 = 100_000
  private let kernels: KernelSet
  private let threads: Int
  private let done: UnsafeMutablePointer<Int64>

  init(threads: Int, kernels: KernelSet) {
    self.kernels = kernels
    self.threads = threads
    done = .allocate(capacity: threads)
    done.initialize(repeating: 0, count: threads)
  }

  deinit { done.deallocate() }

  var operations: Double { (0..<threads).reduce(0) { $0 + Double(done[$1]) } }

  func work(worker: Int) {
    var result: Float = 1
    done[worker] = kernels.table.pointee.peak(rounds, &result)
  }

  func seconds(_ body: () -> Void) -> Double {
    let duration = ContinuousClock().measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
