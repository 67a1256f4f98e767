import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassTestSupport
import Testing

@Suite struct ExecutorMemoryTests {
  private func program(_ size: Int) -> CompiledProgram {
    let builder = GraphBuilder()
    let x = builder.input("x", shape: [size])
    let wide = x.multiplied(by: builder.parameter("w", shape: [size, size])).tanh
    builder.output("y", wide * 2 + x)
    return CompiledProgram(builder.graph)
  }

  @Test func arenasOfAllThreadsCount() {
    let program = program(64)
    let bytes = [1, 2, 64].map { Executor.bytes(program, maximumBatch: 16, workers: $0) }
    let arena = bytes[1] - bytes[0]
    #expect(arena >= 64 * 16 * 4 && bytes[2] == bytes[0] + 63 * arena)
    #expect(Executor.bytes(program, maximumBatch: 32, workers: 1) == bytes[0] + 64 * 16 * 4)
  }

  @Test func tooMuchIsRefusedInOneSentence() throws {
    let (program, team) = (program(64), WorkerTeam(count: 2))
    let bytes = Executor.bytes(program, maximumBatch: 16, workers: 2)
    try Executor.admit(program, maximumBatch: 16, team: team, budget: MemoryBudget(bytes: bytes))
    let error = thrownError {
      try Executor.admit(program, maximumBatch: 16, team: team, budget: MemoryBudget(bytes: bytes - 1))
    }
    #expect(error.code == .environment && error.says("in each of 2 threads", "use fewer threads"), "\(error)")
  }
}
