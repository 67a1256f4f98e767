import HourglassBase
import HourglassData
import HourglassPlatform

/// A column of dates and times: the hour of the day and the day of the week, each as a point on a circle, so that midnight is near
/// to midnight and Sunday to Monday. How long ago it was is no feature: every later row would be odd.
struct TimeColumn: Sendable, Equatable {
  var usesClock: Bool
  var usesWeekday: Bool

  /// Within fewer days the hours, or the days of the week, only show how late it is.
  private static let fewestDaysOfHours = 3.0
  private static let fewestDaysOfWeekdays = 13.0

  var featureCount: Int { (usesClock ? 2 : 0) + (usesWeekday ? 2 : 0) }

  /// nil where neither the hours nor the days of the week vary.
  init?(_ values: some Sequence<Double>) {
    var (clocks, weekdays): (Set<Double>, Set<Int>) = ([], [])
    var (first, last, isDated) = (Double.infinity, -Double.infinity, false)
    for value in values where !value.isNaN {
      let time = WallClock(value)
      if clocks.count < 2 { clocks.insert(time.secondsOfDay) }
      guard time.hasDate else { continue }
      isDated = true
      weekdays.insert(time.weekday)
      (first, last) = (min(first, value), max(last, value))
    }
    let days = (last - first) / 86_400
    self.init(
      usesClock: clocks.count > 1 && (!isDated || days >= Self.fewestDaysOfHours),
      usesWeekday: weekdays.count > 1 && days >= Self.fewestDaysOfWeekdays)
    if featureCount == 0 { return nil }
  }

  init(usesClock: Bool, usesWeekday: Bool) {
    (self.usesClock, self.usesWeekday) = (usesClock, usesWeekday)
  }

  /// A circle of this radius has variance 1 along both axes.
  static let radius = 2.0.squareRoot()

  /// Not numbers where the time is missing.
  func encode(_ value: Double) -> [Float] {
    guard !value.isNaN else { return Array(repeating: .nan, count: featureCount) }
    let time = WallClock(value)
    var turns: [Double] = []
    if usesClock { turns.append(time.secondsOfDay / 86_400) }
    if usesWeekday { turns.append(Double(time.weekday) / 7) }
    return turns.flatMap { turn in
      [Float(Self.radius * sin(2 * .pi * turn)), Float(Self.radius * cos(2 * .pi * turn))]
    }
  }

  /// What features stand for, such as "about 14:20 on a Tuesday".
  func decode(_ features: some RandomAccessCollection<Float>) -> String {
    var rest = features.map { Double($0) }
    var words: [String] = []
    /// Nil near the middle of the circle, from where no time is nearer than the others.
    func turn() -> Double? {
      let (x, y) = (rest[0], rest[1])
      rest.removeFirst(2)
      guard (x * x + y * y).squareRoot() > Double(Self.radius) / 2 else { return nil }
      let turn = atan2(x, y) / (2 * .pi)
      return turn < 0 ? turn + 1 : turn
    }
    if usesClock {
      // To ten minutes: the model does not know it better.
      words.append(
        turn().map {
          "about \(WallClock.clock(($0 * 144).rounded().truncatingRemainder(dividingBy: 144) * 600))"
        }
          ?? "at no hour in particular")
    }
    if usesWeekday {
      words.append(
        turn().map { "on a \(WallClock.weekdays[Int(saturating: ($0 * 7).rounded()) % 7])" }
          ?? "on no weekday in particular")
    }
    return words.joined(separator: " ")
  }

  /// What is used of a column, in words.
  var description: String {
    [usesClock ? "the hour of the day" : nil, usesWeekday ? "the day of the week" : nil].compactMap(\.self)
      .joined(separator: " and ")
  }
}
