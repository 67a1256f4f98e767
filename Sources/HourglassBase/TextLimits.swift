/// What texts from outside may be at most.
package enum TextLimits {
  /// Marks that combine with what stands before them, one after another. Unicode calls a text of 30 at most
  /// stream-safe; comparing and hashing texts takes the square of that number.
  package static let marks = 1000
}

extension StringProtocol {
  /// Whether nowhere more marks follow one another than `TextLimits.marks`, so that the text can be compared, hashed and
  /// searched in time in proportion to its length.
  package var keepsMarkLimit: Bool {
    // A mark has at least two bytes.
    guard utf8.count > 2 * TextLimits.marks else { return true }
    var run = 0
    for scalar in unicodeScalars {
      run = scalar.isMark ? run + 1 : 0
      if run > TextLimits.marks { return false }
    }
    return true
  }
}

extension Unicode.Scalar {
  /// Whether the order of this and its neighbours is not as written, so that comparing sorts them.
  package var isMark: Bool { value >= 0x300 && properties.canonicalCombiningClass != .notReordered }
}

/// A text as its bytes: equal where they are, whatever Unicode calls equivalent.
package struct ByteText: Hashable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (first: ByteText, second: ByteText) -> Bool {
    first.text.utf8.count == second.text.utf8.count && first.text.utf8.elementsEqual(second.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
