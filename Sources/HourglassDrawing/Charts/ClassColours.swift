/// Colours and marks that tell classes apart: ten colours that also people with colour-blindness can distinguish, on
/// light and on dark ground (Petroff, "Accessible color sequences for data visualization", 2021), then the same ten
/// with other marks.
package enum ClassColours {
  /// How a point is drawn.
  package enum Mark: Int, Sendable {
    case disc, ring, square
  }

  /// Red, green and blue.
  package static let all: [SIMD3<UInt8>] = [
    [0x3f, 0x90, 0xda], [0xff, 0xa9, 0x0e], [0xbd, 0x1f, 0x01], [0x83, 0x2d, 0xb6], [0x94, 0xa4, 0xa2],
    [0xa9, 0x6b, 0x59], [0xe7, 0x63, 0x00], [0x71, 0x75, 0x81], [0xb9, 0xac, 0x70], [0x92, 0xda, 0xdd],
  ]

  package static func colour(of label: Int) -> SIMD3<UInt8> { all[label % all.count] }

  package static func mark(of label: Int) -> Mark { Mark(rawValue: label / all.count % 3) ?? .disc }
}
