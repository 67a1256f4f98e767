import HourglassBase
import HourglassPictures

/// Samples as small pictures, to be kept and shown.
package struct Thumbnails {
  /// Bytes of shape `[channels, height, width]`, no side longer than 64.
  package let pictures: SampleArray
  /// Whether the pictures are the samples themselves, with nothing lost.
  package let areWhole: Bool

  /// Pictures with a longer side are made smaller.
  package static let longestSide = 64

  /// - Parameter images: samples that are pictures, see `SampleForm.isPicture`, values in 0...1.
  package init(_ images: any SampleSource) throws {
    let shape = images.shape
    let reduction = (max(shape[1], shape[2]) + Self.longestSide - 1) / Self.longestSide
    if reduction == 1, images.element == .byte(scale: 1 / 255) {
      (pictures, areWhole) = (try images.array(), true)
      return
    }
    let (height, width) = (max(shape[1] / reduction, 1), max(shape[2] / reduction, 1))
    let size = shape[0] * height * width
    areWhole = false
    pictures = try SampleArray(trustedByteCount: images.count, shape: [shape[0], height, width]) { memory in
      for index in 0..<images.count {
        let picture = try Picture(samples: images.numbers(of: index), shape: shape).resized(
          height: height, width: width)
        let planes = try SampleArray([picture])
        UnsafeMutableRawBufferPointer(rebasing: memory[index * size..<(index + 1) * size]).copyMemory(
          from: UnsafeRawBufferPointer(start: planes.baseAddress, count: size))
      }
    }
  }
}
