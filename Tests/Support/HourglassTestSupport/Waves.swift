import Foundation
import HourglassBase

/// Series of two channels and sixteen moments.
package enum Waves {
  /// - Parameter shape: any of 32 numbers, as files may give the series.
  package static func samples(_ count: Int, shape: Shape = [2, 16]) -> SampleArray {
    var floats: [Float] = []
    for sample in 0..<count {
      let frequency = 0.3 + 0.1 * Double(sample % 7)
      for place in 0..<32 {
        let (channel, moment) = (Double(place / 16), Double(place % 16))
        floats.append(Float(0.5 + 0.4 * sin(moment * frequency + channel)))
      }
    }
    return SampleArray(trustedFloats: floats, count: count, shape: shape)
  }
}
