import HourglassPlatform

/// A sequence of random numbers for work done once (first weights, the order of samples): Philox4x32-10
/// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), keyed by seed and purpose. There is no
/// global generator: the same key gives the same sequence everywhere.
public struct RandomNumbers: Sendable {
  /// Keeps uses of one seed apart; draws inside a graph use purpose 0 with their own stream numbers.
  public enum Purpose: UInt32, Sendable {
    case initialization = 1
    case shuffling = 2
    case splitting = 3
    case augmentation = 4
    case sampling = 5
    case patches = 6
    case units = 7
  }

  private let key: (UInt32, UInt32)
  private let stream: UInt32
  private let purpose: UInt32
  private var block: UInt64 = 0
  private var words: [UInt32] = []

  public init(seed: UInt64, purpose: Purpose, stream: UInt32 = 0) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    // The top bits keep these counters apart from those of draws inside a graph.
    self.purpose = purpose.rawValue << 28
    self.stream = stream
  }

  public mutating func word() -> UInt32 {
    if words.isEmpty {
      words = Self.philox(
        (UInt32(truncatingIfNeeded: block), UInt32(truncatingIfNeeded: block >> 32), stream, purpose), key)
      block += 1
    }
    return words.removeFirst()
  }

  /// [0, 1), 24 random bits.
  public mutating func uniform() -> Double { Double(word() >> 8) * 0x1p-24 }

  /// Mean 0, deviation 1, by Box and Muller's transform (1958).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// 0..<bound, each as likely: multiplication with rejection (Lemire 2019).
  public mutating func index(below bound: Int) -> Int {
    precondition(bound > 0 && bound <= 1 << 32, "index(below:) takes 1 to 2^32")
    let bound = UInt64(bound)
    while true {
      let product = UInt64(word()) * bound
      if product & 0xffff_ffff >= (1 << 32) % bound { return Int(product >> 32) }
    }
  }

  /// The numbers 0..<count in random order (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [UInt32] {
    var order = (0..<UInt32(count)).map { $0 }
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, index(below: last + 1))
    }
    return order
  }

  /// One block of four words.
  package static func philox(
    _ counter: (UInt32, UInt32, UInt32, UInt32), _ key: (UInt32, UInt32)
  ) -> [UInt32] {
    var (c, k) = (counter, key)
    for _ in 0..<10 {
      let a = UInt64(c.0) * 0xD251_1F53
      let b = UInt64(c.2) * 0xCD9E_8D57
      c = (
        UInt32(b >> 32) ^ c.1 ^ k.0, UInt32(truncatingIfNeeded: b), UInt32(a >> 32) ^ c.3 ^ k.1,
        UInt32(truncatingIfNeeded: a)
      )
      k = (k.0 &+ 0x9E37_79B9, k.1 &+ 0xBB67_AE85)
    }
    return [c.0, c.1, c.2, c.3]
  }
}
