import HourglassBase

/// Markup of HTML, or of SVG within it. Other texts get into it escaped only: in
///
/// ```swift
/// let heading: HTML = "<h1 title=\"\(hint)\">\(title) \(icon)</h1>"
/// ```
///
/// the literal parts are markup; texts and numbers that are interpolated are escaped, for contents and for quoted values of
/// attributes alike; markup that is interpolated goes in as it is.
package struct HTML: Sendable, Equatable {
  /// The markup as text, to be written to a file.
  package let text: String

  /// Takes text as markup that is no literal: styles, scripts and their data.
  ///
  /// - Parameter text: from nobody but the program itself.
  package init(trusted text: String) { self.text = text }

  /// Takes the bytes of a style or script that is part of the program.
  package init(resource bytes: [UInt8]) { text = String(decoding: bytes, as: UTF8.self) }

  package var isEmpty: Bool { text.isEmpty }
}

extension HTML: ExpressibleByStringInterpolation {
  package init(stringLiteral literal: String) { text = literal }

  package init(stringInterpolation interpolation: StringInterpolation) { text = interpolation.text }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    package mutating func appendLiteral(_ literal: String) { text += literal }

    package mutating func appendInterpolation(_ text: String) { self.text += text.escapedForMarkup }

    package mutating func appendInterpolation(_ number: some Numeric & CustomStringConvertible) {
      appendInterpolation(number.description)
    }

    package mutating func appendInterpolation(_ html: HTML) { text += html.text }
  }
}

extension Sequence<HTML> {
  package func joined(separator: HTML = "") -> HTML {
    HTML(trusted: map(\.text).joined(separator: separator.text))
  }
}
