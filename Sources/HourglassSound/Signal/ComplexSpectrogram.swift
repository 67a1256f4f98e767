import HourglassBase
import HourglassPlatform

/// A sound as frames of complex frequencies, and back: windows are the root of Hann's both ways, so that nothing is lost.
package struct ComplexSpectrogram: Sendable {
  package let window: Int
  package let hop: Int
  package let frames: Int
  /// `[frame][bin]`.
  package var real: [Float]
  /// `[frame][bin]`.
  package var imaginary: [Float]

  package var bins: Int { window / 2 + 1 }

  /// - Parameters:
  ///   - numbers: silence lies around them.
  ///   - window: a power of two.
  ///   - hop: half, a quarter or an eighth of it.
  package init(_ numbers: [Float], window: Int, hop: Int) {
    precondition(window % (2 * hop) == 0, "windows overlap by half at least")
    (self.window, self.hop) = (window, hop)
    let bins = window / 2 + 1
    // Every number lies in as many frames as any other.
    let before = window - hop
    let frames = (numbers.count + before + hop - 1) / hop
    self.frames = frames
    let padded =
      [Float](repeating: 0, count: before) + numbers
      + [Float](repeating: 0, count: frames * hop + window - before - numbers.count)
    let transform = FrameTransform(size: window)
    let room = FrameTransform.Room(transform)
    let shape = Self.window(window)
    var (real, imaginary) = (
      [Float](repeating: 0, count: frames * bins), [Float](repeating: 0, count: frames * bins)
    )
    let lanes = FrameTransform.width
    for first in stride(from: 0, to: frames, by: lanes) {
      let count = min(lanes, frames - first)
      padded.withUnsafeBufferPointer { padded in
        let target = UnsafeMutableRawPointer(room.frames).assumingMemoryBound(to: Float.self)
        for lane in 0..<lanes {
          let start = (first + min(lane, count - 1)) * hop
          for place in 0..<window { target[place * lanes + lane] = padded[start + place] * shape[place] }
        }
      }
      transform.forward(room)
      let (re, im) = (
        UnsafeRawPointer(room.real).assumingMemoryBound(to: Float.self),
        UnsafeRawPointer(room.imaginary).assumingMemoryBound(to: Float.self)
      )
      for lane in 0..<count {
        for bin in 0..<bins {
          real[(first + lane) * bins + bin] = re[bin * lanes + lane]
          imaginary[(first + lane) * bins + bin] = im[bin * lanes + lane]
        }
      }
    }
    (self.real, self.imaginary) = (real, imaginary)
  }

  private static func window(_ size: Int) -> [Float] {
    SpectrumAnalyser.hann(size).map { $0.squareRoot() }
  }

  /// The sound again.
  ///
  /// - Parameter count: numbers of it, as many as went in.
  package func sound(count: Int) -> [Float] {
    let transform = FrameTransform(size: window)
    let room = FrameTransform.Room(transform)
    let before = window - hop
    // What the squares of overlapping windows add up to.
    let scale = Float(2 * hop) / Float(window)
    let shape = Self.window(window).map { $0 * scale }
    var sums = [Float](repeating: 0, count: frames * hop + window)
    let (lanes, bins) = (FrameTransform.width, bins)
    for first in stride(from: 0, to: frames, by: lanes) {
      let count = min(lanes, frames - first)
      let (re, im) = (
        UnsafeMutableRawPointer(room.real).assumingMemoryBound(to: Float.self),
        UnsafeMutableRawPointer(room.imaginary).assumingMemoryBound(to: Float.self)
      )
      for lane in 0..<lanes {
        let frame = first + min(lane, count - 1)
        for bin in 0..<bins {
          re[bin * lanes + lane] = real[frame * bins + bin]
          im[bin * lanes + lane] = imaginary[frame * bins + bin]
        }
      }
      transform.inverse(room)
      let source = UnsafeRawPointer(room.frames).assumingMemoryBound(to: Float.self)
      sums.withUnsafeMutableBufferPointer { sums in
        for lane in 0..<count {
          let start = (first + lane) * hop
          for place in 0..<window { sums[start + place] += source[place * lanes + lane] * shape[place] }
        }
      }
    }
    return Array(sums[before..<before + count])
  }
}
