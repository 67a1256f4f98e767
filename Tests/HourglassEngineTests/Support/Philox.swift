import Foundation
import HourglassBase
import HourglassGraph

/// Philox4x32-10 and the draws the engine makes of it, written the plain way.
struct Philox {
  var seed: UInt64
  var epoch: UInt32

  func words(group: UInt32, sample: UInt32, stream: UInt32) -> [UInt32] {
    // Streams of the upper half have the same draws in every epoch but an evaluation's.
    var counter = [group, sample, stream >= 1 << 31 && epoch != .max ? 0 : epoch, stream]
    var key = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
    for _ in 0..<10 {
      let first = UInt64(counter[0]) * 0xD251_1F53
      let second = UInt64(counter[2]) * 0xCD9E_8D57
      counter = [
        UInt32(second >> 32) ^ counter[1] ^ key[0], UInt32(truncatingIfNeeded: second),
        UInt32(first >> 32) ^ counter[3] ^ key[1], UInt32(truncatingIfNeeded: first),
      ]
      key[0] &+= 0x9E37_79B9
      key[1] &+= 0xBB67_AE85
    }
    return counter
  }

  func draw(_ distribution: RandomDistribution, stream: UInt32, sample: UInt32, element: Int) -> Double {
    let words = words(group: UInt32(element / 4), sample: sample, stream: stream)
    let place = element % 4
    switch distribution {
    case .uniform:
      return Double(words[place] >> 8) * 0x1p-24
    case .normal:
      let radius = (-2 * log(Double((words[place / 2 * 2] >> 8) + 1) * 0x1p-24)).squareRoot()
      let angle = 2 * Double.pi * Double(words[place / 2 * 2 + 1] >> 8) * 0x1p-24
      return radius * (place % 2 == 0 ? cos(angle) : sin(angle))
    }
  }
}
