import HourglassBase
import HourglassPlatform

/// Another rate, stretch by stretch: a windowed sinc (Kaiser, 1980), so many phases of it as the ratio asks for.
///
/// What lies above the lower of both rates' halves is 90 dB down; below 0.92 of it all passes within 0.001 dB. The result of a sound
/// does not depend on the stretches it comes in.
public struct Resampler: Sendable {
  /// How far what cannot be kept is pushed down, in dB.
  static let attenuation = 90.0
  /// The share of the lower half rate that passes whole.
  static let passing = 0.92
  /// Phases that are made at most; where the ratio has more, two that are near are mixed.
  static let mostPhases = 4096

  private let from: Int
  private let to: Int
  /// `[phase][tap]`, one phase more than there are for mixing.
  private let weights: [Float]
  private let phases: Int
  private let taps: Int
  private let isMixed: Bool
  /// Numbers that came in, from `start` on.
  private var held: [Float]
  private var start: Int
  private var received = 0
  private var produced = 0

  /// - Parameters:
  ///   - from: the rate that comes in, in Hertz.
  ///   - to: the rate that is wanted, in Hertz.
  /// - Throws: `HourglassError` (usage): a rate that is not from 1 to 768,000 Hz, or a ratio beyond 1000.
  public init(from: Int, to: Int) throws(HourglassError) {
    let rates = SoundFormat.Limits.rates
    guard rates.contains(from), rates.contains(to), max(from, to) / min(from, to) <= 1000 else {
      throw HourglassError(
        .usage,
        "\(from) Hz cannot become \(to) Hz; give rates from 1 to \(grouped(rates.upperBound)) Hz, one at most 1000 times the other"
      )
    }
    let divisor = Self.commonDivisor(from, to)
    (self.from, self.to) = (from / divisor, to / divisor)
    isMixed = self.to > Self.mostPhases
    phases = min(self.to, Self.mostPhases)
    // In cycles for each number that comes in: the lower half rate, and the middle of what is left for falling off.
    let half = 0.5 * min(1, Double(to) / Double(from))
    let (middle, width) = (half * (1 + Self.passing) / 2, half * (1 - Self.passing))
    // Kaiser's formulas for the length and the shape.
    let reach = Int(((Self.attenuation - 7.95) / (2.285 * 2 * .pi * width) / 2).rounded(.up))
    let beta = 0.1102 * (Self.attenuation - 8.7)
    taps = from == to ? 1 : 2 * reach
    var weights: [Float] = []
    if from != to {
      weights.reserveCapacity((phases + 1) * taps)
      for phase in 0...phases {
        let shift = Double(phase) / Double(phases)
        // Tap t is of the number t - reach + 1 places behind the moment's own.
        let numbers = (0..<taps).map { tap -> Double in
          let distance = Double(tap - reach + 1) - shift
          let share = distance / Double(reach)
          guard abs(share) < 1 else { return 0 }
          let angle = 2 * .pi * middle * distance
          let sinc = angle == 0 ? 1 : sin(angle) / angle
          return 2 * middle * sinc * Self.bessel(beta * (1 - share * share).squareRoot()) / Self.bessel(beta)
        }
        // A constant stays what it is at every phase.
        let sum = numbers.reduce(0, +)
        weights += numbers.map { Float($0 / sum) }
      }
      start = -(reach - 1)
      held = [Float](repeating: 0, count: reach - 1)
    } else {
      (start, held) = (0, [])
    }
    self.weights = weights
  }

  private static func commonDivisor(_ first: Int, _ second: Int) -> Int {
    second == 0 ? first : commonDivisor(second, first % second)
  }

  /// The modified Bessel function of order 0, by its series.
  private static func bessel(_ value: Double) -> Double {
    var (sum, term, step) = (1.0, 1.0, 1.0)
    while term > 1e-18 * sum {
      term *= (value / (2 * step)) * (value / (2 * step))
      sum += term
      step += 1
    }
    return sum
  }

  /// How many numbers become of so many.
  public func count(of count: Int) -> Int { (count * to + from - 1) / from }

  /// Takes in the next stretch.
  ///
  /// - Parameter numbers: at the rate that comes in.
  /// - Returns: all that can be said by now at the wanted rate, which is some milliseconds behind.
  public mutating func next(_ numbers: [Float]) -> [Float] {
    if from == to { return numbers }
    held += numbers
    received += numbers.count
    return take(upTo: received)
  }

  /// The rest, after the last stretch: the sound is taken to be silent from then on.
  public mutating func finish() -> [Float] {
    if from == to { return [] }
    let all = count(of: received)
    held += [Float](repeating: 0, count: taps)
    let rest = take(upTo: received + taps)
    return Array(rest.prefix(max(all - (produced - rest.count), 0)))
  }

  /// - Parameter end: numbers below this one are held.
  private mutating func take(upTo end: Int) -> [Float] {
    var result: [Float] = []
    let reach = taps / 2
    result.reserveCapacity(max((end - start) * to / from, 0))
    held.withUnsafeBufferPointer { held in
      weights.withUnsafeBufferPointer { weights in
        while true {
          let moment = produced * from
          let place = moment / to
          guard place + reach < end else { break }
          let first = held.baseAddress! + (place - reach + 1 - start)
          if isMixed {
            let exact = Double(moment % to) / Double(to) * Double(phases)
            let phase = Int(exact)
            let share = Float(exact - Double(phase))
            let low = Self.product(first, weights.baseAddress! + phase * taps, taps)
            let high = Self.product(first, weights.baseAddress! + (phase + 1) * taps, taps)
            result.append(low + share * (high - low))
          } else {
            result.append(Self.product(first, weights.baseAddress! + moment % to * taps, taps))
          }
          produced += 1
        }
      }
    }
    let needed = produced * from / to - reach + 1
    if needed > start {
      held.removeFirst(min(needed - start, held.count))
      start = needed
    }
    return result
  }

  private static func product(
    _ numbers: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, _ count: Int
  ) -> Float {
    var sums = SIMD8<Float>()
    var place = 0
    while place + 8 <= count {
      sums +=
        UnsafeRawPointer(numbers + place).loadUnaligned(as: SIMD8<Float>.self)
        * UnsafeRawPointer(weights + place).loadUnaligned(as: SIMD8<Float>.self)
      place += 8
    }
    var sum = sums.sum()
    while place < count {
      sum += numbers[place] * weights[place]
      place += 1
    }
    return sum
  }

  /// Some numbers at another rate, as a whole.
  ///
  /// - Throws: as `init`.
  public static func resample(_ numbers: [Float], from: Int, to: Int) throws(HourglassError) -> [Float] {
    var resampler = try Resampler(from: from, to: to)
    return resampler.next(numbers) + resampler.finish()
  }
}

extension Sound {
  /// The sound at another rate, in Hertz.
  ///
  /// - Throws: as `Resampler`.
  public func resampled(to rate: Int) throws(HourglassError) -> Sound {
    guard rate != self.rate else { return self }
    var channels: [[Float]] = []
    for channel in self.channels {
      channels.append(try Resampler.resample(channel, from: self.rate, to: rate))
    }
    return Sound(trustedRate: rate, channels: channels)
  }
}
