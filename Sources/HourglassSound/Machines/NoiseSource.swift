import HourglassBase
import HourglassPlatform

/// Many random numbers at little cost, for what is to sound and not to be counted: xorshift64* (Vigna 2016), begun by `RandomNumbers`.
struct NoiseSource {
  private var state: UInt64

  init(_ random: inout RandomNumbers) {
    state = UInt64(random.word()) << 32 | UInt64(random.word()) | 1
  }

  private mutating func word() -> UInt64 {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_F491_4F6C_DD1D
  }

  /// In 0..<1.
  mutating func uniform() -> Float { Float(word() >> 40) * 0x1p-24 }

  /// Nearly normal, with mean 0 and deviation 1: the sum of four uniform numbers.
  mutating func normal() -> Float {
    let bits = word()
    let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + bits >> 48
    return (Float(sum) / 65_536 - 2) * 1.732
  }

  /// So many numbers of white noise.
  mutating func white(_ count: Int) -> [Float] { (0..<count).map { _ in normal() } }

  /// White noise whose power falls with the frequency from a corner on.
  ///
  /// - Parameter corner: in Hertz.
  mutating func low(_ count: Int, corner: Double, rate: Int) -> [Float] {
    let share = Float(1 - exp(-2 * .pi * corner / Double(rate)))
    var held: Float = 0
    return (0..<count).map { _ in
      held += share * (normal() - held)
      return held
    }
  }

  /// A slow wander about 0 with deviation 1.
  ///
  /// - Parameter seconds: about how long it remembers.
  mutating func wander(_ count: Int, seconds: Double, rate: Int) -> [Float] {
    let kept = Float(exp(-1 / (seconds * Double(rate))))
    let share = (1 - kept * kept).squareRoot()
    var held = normal()
    return (0..<count).map { _ in
      held = kept * held + share * normal()
      return held
    }
  }
}

/// Something that rings: what goes in comes out about one frequency.
struct Resonator {
  private let first: Float
  private let second: Float
  private let gain: Float
  private var last: (Float, Float) = (0, 0)

  /// - Parameters:
  ///   - frequency: in Hertz, below half the rate.
  ///   - decay: seconds until what rings has fallen to 1/e.
  init(_ frequency: Double, decay: Double, rate: Int) {
    let radius = exp(-1 / (decay * Double(rate)))
    first = Float(2 * radius * cos(2 * .pi * frequency / Double(rate)))
    second = Float(-radius * radius)
    gain = Float((1 - radius) * 2)
  }

  mutating func next(_ number: Float) -> Float {
    let value = gain * number + first * last.0 + second * last.1
    last = (value, last.0)
    return value
  }
}

extension [Float] {
  /// The root of the mean square.
  package var level: Float {
    isEmpty ? 0 : Float((reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)).squareRoot())
  }

  /// Scaled to a level; silence stays silent.
  func scaled(to level: Float) -> [Float] {
    let factor = self.level > 0 ? level / self.level : 0
    return map { $0 * factor }
  }

  /// Adds other numbers of the same count, scaled.
  mutating func add(_ others: [Float], _ factor: Float) {
    for place in indices { self[place] += factor * others[place] }
  }
}

extension RandomNumbers {
  mutating func number(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// As likely in any octave of the range.
  mutating func ratio(in range: ClosedRange<Double>) -> Double {
    range.lowerBound * pow(range.upperBound / range.lowerBound, uniform())
  }
}
