import CLaneKernels
import HourglassPlatform

/// The factors and the circle of a Fourier transform of one size.
final class FourierPlan {
  let size: Int
  private let radices: UnsafeMutablePointer<Int32>
  private let radixCount: Int
  private let cosines: UnsafeMutablePointer<Float>
  private let sines: UnsafeMutablePointer<Float>

  /// Sizes that transforms are made for: multiples of 64 without other prime factors than 2 and 3.
  static let sizes = [128, 192, 256, 384, 512, 576, 768, 1024, 1152, 1536, 2048, 2304, 3072]

  /// - Parameter size: one of `sizes`.
  init(size: Int) {
    precondition(Self.sizes.contains(size), "no transform is made for the size \(size)")
    self.size = size
    // 4 at both ends, as the kernels want it.
    var (factors, rest) = ([Int32](), size / 16)
    for radix in [3, 4, 2] {
      while rest.isMultiple(of: radix) {
        factors.append(Int32(radix))
        rest /= radix
      }
    }
    factors = [4] + factors + [4]
    radixCount = factors.count
    radices = .allocate(capacity: factors.count)
    radices.initialize(from: factors, count: factors.count)
    cosines = allocateFloats(size)
    sines = allocateFloats(size)
    for step in 0..<size {
      let angle = 2 * Double.pi * Double(step) / Double(size)
      cosines[step] = Float(cos(angle))
      sines[step] = Float(sin(angle))
    }
  }

  deinit {
    radices.deallocate()
    cosines.deallocate()
    sines.deallocate()
  }

  /// The plan as the kernels see it, valid while this object lives.
  var kernelPlan: lane_fourier {
    lane_fourier(
      size: Int64(size), radix_count: Int32(radixCount), radices: radices, cosines: cosines, sines: sines)
  }
}
