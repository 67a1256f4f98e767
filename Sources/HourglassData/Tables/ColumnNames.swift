/// Names of columns in one text, apart by commas. A name may hold commas itself, where the table has such a column.
package enum ColumnNames {
  /// - Parameter known: the table's columns. The longest of them that fits comes first; what fits none stays a name by itself.
  package static func split(_ list: String, known: [String]) -> [String] {
    let pieces = list.parts(at: ",")
    // No name has more commas than the one that has most.
    let most = known.map { $0.utf8.count { $0 == UInt8(ascii: ",") } }.max() ?? 0
    let known = Set(known)
    var names: [String] = []
    var place = 0
    while place < pieces.count {
      var end = min(place + most + 1, pieces.count)
      while end > place + 1 {
        let name = trimmed(pieces[place..<end].joined(separator: ","))
        if known.contains(name) { break }
        end -= 1
      }
      let name = trimmed(pieces[place..<end].joined(separator: ","))
      if !name.isEmpty { names.append(name) }
      place = end
    }
    return names
  }

  private static func trimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...]
    while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
    while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
    return String(scalars)
  }
}
