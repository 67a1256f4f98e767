import Foundation
import HourglassModels

extension WorkedExample {
  /// The whole computation as text, step by step: each product, sum, ReLU and squared error, the results, then how it learns.
  package var explanation: String {
    """
    An autoencoder by hand: \(input.count) numbers in, a code of \(code.count), \(reconstruction.count) numbers out.

    Input: \(Self.list(input))

    Encoder. Each number of the code has a row of weights. Multiply every weight by the input number
    in its place and add the products up; ReLU then keeps a sum above 0 and makes any other 0.

    \(Self.steps("code", encoder, input, encoded))

    Decoder. The same once more, with the code in the place of the input.

    \(Self.steps("output", decoder, code, decoded))

    Mean squared error. How far is what came out from what went in? Take the differences, square them
    so that none is negative, and take the mean.

    \(errorTable)

      sum:  \(squaredErrors.map(Self.text).joined(separator: " + ")) = \(Self.text(squaredErrors.reduce(0, +)))
      mean: \(Self.text(squaredErrors.reduce(0, +))) / \(input.count) = \(meanSquaredError)

    A computer's numbers hold about 16 digits. The last digits of the mean are what rounding leaves,
    each sum taken from its last product to its first (with fused multiply-adds, as NumPy takes it).

    \(results)

    \(learning)
    """
  }

  /// Two lines for each row of weights: the products as they stand, and what they come to.
  private static func steps(
    _ name: String, _ layer: WorkedLayer, _ input: [Double], _ result: WorkedLayer.Result
  ) -> String {
    let rows = layer.weights.indices.flatMap { row in
      let products = zip(layer.weights[row], input).map { "\(text($0)) * \(text($1))" }
      let (sum, output) = (text(result.sums[row]), text(result.outputs[row]))
      return [
        ["\(name) \(row + 1)", "="] + joined(products),
        ["", "="] + joined(result.products[row].map(text))
          + ["= \(sum)", "  ReLU: max(0, \(sum)) = \(output)"],
      ]
    }
    return table(rows)
  }

  /// Terms of a sum, each in a cell of its own.
  static func joined(_ terms: [String]) -> [String] {
    terms.enumerated().map { $0 == 0 ? $1 : "+ \($1)" }
  }

  private var errorTable: String {
    let header = ["input", "  output", "  difference", "  squared"]
    let rows = input.indices.map { index in
      // Room for a minus sign, so that the points stand one below the other.
      let difference = Self.text(differences[index])
      return [
        Self.text(input[index]), "- \(Self.text(reconstruction[index]))",
        (difference.hasPrefix("-") ? "= " : "=  ") + difference, "  \(Self.text(squaredErrors[index]))",
      ]
    }
    return Self.table([header] + rows)
  }

  /// Cells below each other, two spaces from the margin; rows may end early.
  static func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.compactMap { $0.indices.contains(column) ? $0[column].count : nil }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell.padding(toLength: widths[column], withPad: " ", startingAt: 0)
      }
      return "  " + cells.joined(separator: " ")
    }.joined(separator: "\n")
  }

  /// As NumPy prints an array: at most eight decimals, no zeros at the end, numbers side by side.
  static func list(_ numbers: [Double]) -> String {
    "[" + numbers.map(trimmed).joined(separator: " ") + "]"
  }

  /// A number for the eye: at most eight decimals, at least one.
  static func text(_ number: Double) -> String {
    let text = trimmed(number)
    return text.hasSuffix(".") ? text + "0" : text
  }

  /// Eight decimals without the zeros at the end; the point stays.
  private static func trimmed(_ number: Double) -> String {
    var text = String(format: "%.8f", number)
    while text.hasSuffix("0") { text.removeLast() }
    return text
  }
}
