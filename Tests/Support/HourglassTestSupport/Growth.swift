/// How many times as long work takes of twice as much: about 2 where time is in proportion, 4 where it is the square.
///
/// - Parameters:
///   - size: what is doubled; large enough to be measured.
///   - work: is given the size; of several attempts the fastest counts, so that other processes do not.
package func growth(from size: Int, attempts: Int = 4, _ work: (Int) throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  func fastest(_ size: Int) throws -> Double {
    var least = Double.infinity
    for _ in 0..<attempts { least = min(least, try clock.measure { try work(size) } / .seconds(1)) }
    return least
  }
  let (once, twice) = (try fastest(size), try fastest(2 * size))
  return twice / max(once, 1e-9)
}

/// Letters with this many marks upon the last of them.
package func marked(_ count: Int) -> String {
  var text = "e"
  for index in 0..<count { text.unicodeScalars.append(index.isMultiple(of: 2) ? "\u{301}" : "\u{323}") }
  return text
}
