/// What all numbers of a column show of it, one after another: how many different ones there are, whether they count seconds since 1970,
/// and whether they say which row it is. What takes all of them at once goes by a sample.
struct ColumnLook {
  private let isNamedLikeTimes: Bool
  private var seen: Set<Double> = []
  private var times = EpochTimes.Look()
  private var identity = RowIdentity.Look()
  /// The values that were drawn are all different.
  private var areDrawnDifferent = false

  init(_ name: String) { isNamedLikeTimes = EpochTimes.isNamed(name) }

  /// How many different numbers there are, or one more than few.
  var different: Int { seen.count }

  /// Whether further numbers would tell nothing.
  var isSettled: Bool { identity.isSettled && times.isSettled && seen.count > ColumnReading.few }

  /// Takes the cells at some places of memory, not a number where one is missing.
  mutating func add(_ places: StrideTo<Int>, of memory: UnsafeBufferPointer<Double>) {
    for place in places {
      // Most columns tell all there is to tell with their first rows.
      if isSettled { return }
      add(memory[place])
    }
  }

  private mutating func add(_ value: Double) {
    identity.add(value)
    guard !value.isNaN else { return }
    times.add(value)
    if seen.count <= ColumnReading.few { seen.insert(value) }
  }

  /// - Parameter drawn: those of the sample.
  func settled(drawn: [Double]) -> ColumnLook {
    var look = self
    let present = drawn.filter { !$0.isNaN }
    look.areDrawnDifferent = Set(present).count == present.count
    return look
  }

  /// Whether the numbers count seconds, or parts of seconds, since 1970.
  var areTimes: Bool { times.areTimes(isNamed: isNamedLikeTimes) }

  /// Why the numbers are no feature, as the end of a sentence; nil where they may be one.
  var identityReason: String? { identity.reason(areDrawnDifferent: areDrawnDifferent) }
}

extension EpochTimes {
  /// As `values`, of numbers that come one after another.
  struct Look {
    private var first = Double.nan
    private var last = -Double.infinity
    private var count = 0
    private var rises = true
    private(set) var isSettled = false

    @inline(__always)
    mutating func add(_ value: Double) {
      guard !isSettled else { return }
      if count == 0 { first = value }
      count += 1
      if value < last { rises = false }
      last = value
      isSettled = !EpochTimes.areTimes(value, beside: first)
    }

    func areTimes(isNamed: Bool) -> Bool {
      !isSettled && count > 2 && (isNamed || rises && count >= EpochTimes.fewestRising)
    }
  }
}

extension RowIdentity {
  /// As `reason`, of numbers that come one after another.
  struct Look {
    private var all = 0
    private var count = 0
    private var areWhole = true
    private var (rises, falls) = (0, 0)
    private var (first, last) = (Double.nan, Double.nan)
    private var (least, largest) = (Double.infinity, -Double.infinity)
    /// Whether all steps so far are 1.
    private var counts = true
    /// The first steps, by whose median the others are judged.
    private var steps: [Double] = []
    private var usual = Double.nan
    private var equal = 0
    // Of the values beside their places: means, and sums of products of what is beyond them.
    private var (meanPlace, meanHeight) = (0.0, 0.0)
    private var (products, squaresOfPlaces, squaresOfHeights) = (0.0, 0.0, 0.0)

    /// So many steps show which is usual.
    private static let firstSteps = 4096

    var isSettled: Bool { !areWhole && rises > 0 && falls > 0 }

    @inline(__always)
    mutating func add(_ value: Double) {
      guard !isSettled else { return }
      all += 1
      guard !value.isNaN else { return }
      if value != value.rounded() { areWhole = false }
      (least, largest) = (min(least, value), max(largest, value))
      if count == 0 { first = value } else { addStep(value - last) }
      last = value
      // Only values that go one way can lie on a line.
      if rises == 0 || falls == 0 { addPoint(value - first) }
      count += 1
    }

    private mutating func addStep(_ step: Double) {
      if step > 0 { rises += 1 } else if step < 0 { falls += 1 }
      if step != 1 { counts = false }
      guard steps.count == Self.firstSteps else {
        steps.append(step)
        if steps.count == Self.firstSteps { (usual, equal) = RowIdentity.usual(steps) }
        return
      }
      if abs(step - usual) <= RowIdentity.tolerance * abs(usual) { equal += 1 }
    }

    private mutating func addPoint(_ height: Double) {
      let (place, number) = (Double(count), Double(count + 1))
      let (beyondPlace, beyondHeight) = (place - meanPlace, height - meanHeight)
      meanPlace += beyondPlace / number
      meanHeight += beyondHeight / number
      products += beyondPlace * (height - meanHeight)
      squaresOfPlaces += beyondPlace * (place - meanPlace)
      squaresOfHeights += beyondHeight * (height - meanHeight)
    }

    /// - Parameter areDrawnDifferent: whether those of a sample are.
    func reason(areDrawnDifferent: Bool) -> String? {
      guard areWhole || rises == 0 || falls == 0, count > 2, count * 10 >= all * 9 else { return nil }
      if first == 0 || first == 1, counts { return RowIdentity.numbering }
      guard count >= RowIdentity.fewest else { return nil }
      let stepCount = count - 1
      if min(rises, falls) == 0, max(rises, falls) * 10 >= stepCount * 9 {
        let equal = steps.count == Self.firstSteps ? self.equal : RowIdentity.usual(steps).equal
        if equal * 20 >= stepCount * 19 { return RowIdentity.numbering }
        let straightness = products * products / (squaresOfPlaces * squaresOfHeights)
        if straightness > RowIdentity.straight { return RowIdentity.evenly(isRising: rises > 0) }
      }
      guard areWhole, abs(least) < 1e15, abs(largest) < 1e15, largest - least < 1.1 * Double(count) else {
        return nil
      }
      return areDrawnDifferent ? RowIdentity.identifiers : nil
    }
  }
}
