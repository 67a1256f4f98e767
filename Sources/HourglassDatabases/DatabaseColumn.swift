/// What a database says of a column.
package struct DatabaseColumn: Sendable, Equatable {
  package var name: String
  package var kind: Kind

  /// What the cells of a column may be.
  package enum Kind: Sendable, Equatable {
    /// Not said, as in a CSV file: found out from the cells.
    case open
    /// Numbers with a point before the fraction, whatever they look like.
    case number
    /// Texts, or times written as such; never numbers, even if all of them are digits.
    case text
    /// Dates, times of day or both, as ISO 8601 has them.
    case time
  }
}
