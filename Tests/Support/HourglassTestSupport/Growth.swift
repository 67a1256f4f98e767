/// How many times as long work takes of twice as much: about 2 where time is in proportion, 4 where it is the square.
///
/// Of several attempts the fastest count, so that other processes do not; what is clearly in proportion ends them.
///
/// - Parameters:
///   - size: what is doubled; large enough to be measured.
///   - work: is given the size.
package func growth(from size: Int, attempts: Int = 60, _ work: (Int) throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  var (once, twice) = (Double.infinity, Double.infinity)
  for attempt in 1...attempts {
    once = min(once, try clock.measure { try work(size) } / .seconds(1))
    twice = min(twice, try clock.measure { try work(2 * size) } / .seconds(1))
    if attempt > 1, twice < 2.8 * once { break }
  }
  return twice / max(once, 1e-9)
}

/// A letter with this many marks upon it.
package func marked(_ count: Int) -> String {
  var text = "e"
  for index in 0..<count { text.unicodeScalars.append(index.isMultiple(of: 2) ? "\u{301}" : "\u{323}") }
  return text
}
