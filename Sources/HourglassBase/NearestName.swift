/// The candidate most like a name that was probably mistyped, for a sentence such as "did you mean ...?".
///
/// Capitals do not count, and a name cut short stands for the first candidate that begins with it.
///
/// - Returns: `nil` if no candidate is near: a third of its letters may differ, and at least one must agree.
package func nearestName(to name: String, among candidates: [String]) -> String? {
  let wanted = Array(name.lowercased().unicodeScalars)
  // Nothing has a name this long; the bound keeps the table small whatever a file may hold.
  guard !wanted.isEmpty, wanted.count <= 100 else { return nil }
  var best: (name: String, distance: Int)?
  for candidate in candidates {
    let known = Array(candidate.lowercased().unicodeScalars)
    var distance = editDistance(wanted, known)
    let isAbbreviation = wanted.count >= 3 && known.starts(with: wanted)
    if isAbbreviation {
      distance = min(distance, 1)
    }
    let allowed = max(1, max(wanted.count, known.count) / 3)
    guard distance <= allowed, distance < min(wanted.count, known.count) else { continue }
    if best.map({ distance < $0.distance }) ?? true {
      best = (candidate, distance)
    }
  }
  return best?.name
}

/// The least number of letters inserted, removed, replaced or exchanged with their neighbour that turns one
/// word into the other.
private func editDistance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...second.count)
  for row in first.indices {
    var current = [row + 1]
    for column in second.indices {
      let replaced = last[column] + (first[row] == second[column] ? 0 : 1)
      var least = min(replaced, last[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
        least = min(least, beforeLast[column - 1] + 1)
      }
      current.append(least)
    }
    beforeLast = last
    last = current
  }
  return last[second.count]
}
