import HourglassBase

/// Samples to project.
package enum PointClouds {
  /// Normally distributed around as many centres as there are classes; sample `i` belongs to class
  /// `i % classes`.
  package static func clusters(_ count: Int, features: Int, classes: Int, apart: Double, seed: UInt64 = 1)
    -> SampleArray
  {
    var random = RandomNumbers(seed: seed, purpose: .initialization)
    let centres = (0..<classes).map { _ in (0..<features).map { _ in apart * random.normal() } }
    let floats = (0..<count).flatMap { index in
      centres[index % classes].map { Float($0 + random.normal()) }
    }
    return SampleArray(trustedFloats: floats, count: count, shape: [features])
  }

  package static func labels(_ count: Int, classes: Int) -> [UInt8] {
    (0..<count).map { UInt8($0 % classes) }
  }

  /// Whole numbers, so that distances are exact and many are equal.
  package static func whole(_ count: Int, features: Int, below bound: Int, seed: UInt64 = 1) -> SampleArray {
    var random = RandomNumbers(seed: seed, purpose: .initialization)
    let floats = (0..<count * features).map { _ in Float(random.index(below: bound)) }
    return SampleArray(trustedFloats: floats, count: count, shape: [features])
  }

  package static func positions(_ count: Int, extent: Double, seed: UInt64 = 1) -> [SIMD2<Float>] {
    var random = RandomNumbers(seed: seed, purpose: .initialization)
    return (0..<count).map { _ in
      SIMD2(Float(extent * (random.uniform() - 0.5)), Float(extent * (random.uniform() - 0.5)))
    }
  }

  package static func rows(_ samples: SampleArray) -> [[Double]] {
    (0..<samples.count).map { samples.sample($0).map(Double.init) }
  }
}
