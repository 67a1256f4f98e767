import HourglassBase
import HourglassTestSupport
import Testing

@Suite struct MemoryBudgetTests {
  @Test func refusesInOneSentence() throws {
    let budget = MemoryBudget(bytes: 2_000_000_000)
    try budget.admit(2_000_000_000, for: "a")
    let error = thrownError {
      try budget.admit(3_100_000_000, for: "x.gz with 5 images", remedy: "give fewer")
    }
    #expect(error.code == .environment)
    #expect(
      error.message
        == "x.gz with 5 images takes 3,100 MB of memory, but 2,000 MB are left, since no more is allowed; give fewer, or "
        + "allow more memory.")
    #expect(thrownError { try budget.divided(by: 2).admit(1_000_000_001, for: "a") }.code == .environment)
    try budget.divided(by: 2).admit(1_000_000_000, for: "a")
  }

  @Test func theLeastRoomCounts() {
    let budget = MemoryBudget {
      [
        .init(bytes: 500, bound: .machine), .init(limit: 1000, used: 800, bound: .controlGroup),
        .init(limit: 9000, used: 10_000, bound: .data),
      ]
    }
    #expect(budget.available == 0)
    #expect(thrownError { try budget.admit(1, for: "a") }.message.contains("ulimit -d"))
    #expect(MemoryBudget.Room(limit: 1000, used: 800, bound: .controlGroup).bytes == 75)
    // A reserve is left, of 64 MiB at most.
    #expect(MemoryBudget.Room(limit: 1 << 40, used: 0, bound: .machine).bytes == 1 << 40 - 1 << 26)
  }

  @Test func theSystemIsAsked() throws {
    let budget = MemoryBudget.process
    #expect(budget.available > 0)
    try budget.admit(MemoryBudget.unasked, for: "a")
    #expect(thrownError { try budget.admit(1 << 60, for: "a") }.code == .environment)
  }

  @Test func productsDoNotOverflow() {
    #expect(MemoryBudget.product(65_536, 3, 8) == 1_572_864)
    #expect(MemoryBudget.product([1 << 40, 1 << 40]) == .max)
  }

  /// Groups within groups, of the second kind of control groups and the first.
  @Test func controlGroupsAreRead() throws {
    let scratch = ScratchFolder()
    try scratch.write("max\n", "memory.max")
    try scratch.write("4000000\n", "pods/memory.max")
    try scratch.write("1500000\n", "pods/memory.current")
    try scratch.write("anon 3\ninactive_file 500000\n", "pods/memory.stat")
    try scratch.write("3000000\n", "pods/one/memory.max")
    try scratch.write("9223372036854771712\n", "memory/memory.limit_in_bytes")
    try scratch.write("2000000\n", "memory/job/memory.limit_in_bytes")
    try scratch.write("700000\n", "memory/job/memory.usage_in_bytes")
    try scratch.write("total_inactive_file 100000\n", "memory/job/memory.stat")
    let second = ControlGroup.groups(in: "0::/pods/one\n", root: scratch.path)
    #expect(second.map(\.limit) == [3_000_000, 4_000_000])
    #expect(second.map(\.used) == [0, 1_000_000])
    let first = ControlGroup.groups(in: "7:cpu:/job\n4:memory:/job\n", root: scratch.path)
    #expect(first.map(\.limit) == [2_000_000] && first.map(\.used) == [600_000])
    #expect(ControlGroup.groups(in: "0::/../..\nnonsense\n", root: scratch.path).isEmpty)
  }

  @Test func conversionsDoNotTrap() {
    #expect(
      Int(saturating: .nan) == 0 && Int(saturating: .infinity) == .max && Int(saturating: -1e300) == .min)
    #expect(Int(saturating: 2.9) == 2 && Int(saturating: -2.9) == -2 && Int(saturating: 9.3e18) == .max)
    for value in [Float.nan, -1, 0] { #expect(UInt8(saturating: value) == 0) }
    #expect(UInt8(saturating: Float.infinity) == 255 && UInt8(saturating: Float(2.5)) == 3)
    #expect(UInt8(saturating: Double.nan) == 0 && UInt8(saturating: 254.6) == 255)
  }
}
