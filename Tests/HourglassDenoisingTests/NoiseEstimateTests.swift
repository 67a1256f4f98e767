import Foundation
import HourglassPictures
import Testing

struct NoiseEstimateTests {
  /// A slope with a few edges.
  private func smooth(_ width: Int, _ height: Int, channels: Int) -> Picture {
    var bytes: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          bytes.append(UInt8(60 + x / 4 + y / 5 + 8 * channel + (x / 50 % 2) * 30))
        }
      }
    }
    return Picture(width: width, height: height, channels: channels, trusted: bytes)
  }

  @Test(arguments: [1, 3], [5.0, 10, 25]) func findsTheDeviation(channels: Int, deviation: Double) throws {
    let noisy = try smooth(160, 120, channels: channels).noisy(deviation: deviation, seed: 2)
    #expect(abs(noisy.estimatedNoise / deviation - 1) < 0.1)
  }

  @Test func cleanAndSmallPictures() {
    #expect(smooth(160, 120, channels: 1).estimatedNoise < 0.6)
    for (width, height) in [(1, 1), (2, 50), (50, 2), (3, 3)] {
      #expect(smooth(width, height, channels: 3).estimatedNoise < 3)
    }
  }
}
