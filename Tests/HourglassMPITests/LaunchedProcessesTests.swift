import HourglassBase
import HourglassMPI
import Testing

@Suite struct LaunchedProcessesTests {
  private func found(_ variables: [String: String]) -> String {
    LaunchedProcesses.found { variables[$0] }.map { "\($0.rank) of \($0.count) by \($0.starter)" } ?? "alone"
  }

  @Test func startersAreKnown() {
    #expect(found(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"]) == "3 of 4 by mpirun")
    #expect(found(["PMI_SIZE": "2", "PMI_RANK": "1"]) == "1 of 2 by mpirun")
    #expect(
      found(["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "7", "PMIX_RANK": "7"]) == "7 of 8 by srun")
  }

  @Test func oneProcessIsAlone() {
    #expect(found([:]) == "alone")
    #expect(found(["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"]) == "alone")
    // A script in a batch of eight, itself not started by srun.
    #expect(found(["SLURM_NTASKS": "8", "SLURM_PROCID": "0"]) == "alone")
    #expect(found(["PMI_SIZE": "many"]) == "alone")
  }
}
