import HourglassPlatform

/// What the program that started this process says of the others that it started.
package enum LaunchedProcesses {
  /// Variables that say how many there are, by who sets them. Slurm's number of tasks is that of a step, which `srun` starts: a
  /// script in a batch has `SLURM_NTASKS` too, and is alone.
  private static let counts = [
    ("OMPI_COMM_WORLD_SIZE", "mpirun"), ("PMI_SIZE", "mpirun"), ("SLURM_STEP_NUM_TASKS", "srun"),
  ]

  private static let ranks = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]

  /// How many processes were started together, by which program, and which of them this is; nil for one that was started alone.
  package static func found(
    in environment: (String) -> String? = { name in getenv(name).map { String(cString: $0) } }
  ) -> (count: Int, starter: String, rank: Int)? {
    func number(_ name: String) -> Int? { environment(name).flatMap { Int($0) } }
    for (name, starter) in counts {
      guard let count = number(name), count > 1 else { continue }
      return (count, starter, ranks.compactMap { number($0) }.first ?? 0)
    }
    return nil
  }
}
