import HourglassBase
import HourglassNN

extension Autoencoder {
  /// The table people know from Keras: layer, output shape, parameters, totals.
  public func summary() throws(HourglassError) -> String {
    let rows = try self.rows()
    let cells =
      [["Input", "", inputShape.description, "0"]]
      + rows.map { [$0.title, $0.name, $0.shape.description, grouped($0.parameterCount)] }
    let header = ["Layer", "Name", "Output shape", "Parameters"]
    let widths = header.indices.map { column in (cells + [header]).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      let padded = cells.enumerated().map { column, text in
        let fill = String(repeating: " ", count: widths[column] - text.count)
        return column == cells.count - 1 ? fill + text : text + fill
      }
      return padded.joined(separator: "  ")
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
    let parameters = rows.flatMap(\.parameters)
    let total = parameters.map(\.shape.count).reduce(0, +)
    let trained = parameters.filter(\.isTrainable).map(\.shape.count).reduce(0, +)
    let code = try codeShape
    var notes = isResidual ? ["The input is added to the decoder's output."] : []
    if let level {
      notes.append(
        "The encoder is told how strong the corruption is, in a channel more; \(numberText(level)) where nobody says it."
      )
    }
    return
      ([line(header), rule] + cells.map(line) + [
        rule,
        "Total parameters: \(grouped(total)) (\(grouped(trained)) trained, \(grouped(total - trained)) not)",
        "Code: \(code), \(grouped(code.count)) numbers for \(grouped(inputShape.count))",
      ] + notes).joined(separator: "\n")
  }
}
