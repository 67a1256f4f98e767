import HourglassBase
import HourglassPlatform

/// A made-up recording of a machine in a hall with a life of its own.
public struct MachineRecording: Sendable {
  /// In Hertz.
  public static let rate = MachineUnit.rate

  public var kind: MachineKind
  /// Which machine of its kind; each is another.
  public var unit: Int
  /// nil when the machine is well.
  public var fault: MachineFault?
  public var domain: MachineDomain
  /// How much louder the machine is than the hall, in dB.
  public var advantage: Double
  /// Of the recordings of this unit, which one.
  public var number: Int

  public init(
    _ kind: MachineKind, unit: Int, fault: MachineFault? = nil, domain: MachineDomain = .source,
    advantage: Double, number: Int
  ) {
    (self.kind, self.unit, self.fault, self.domain) = (kind, unit, fault, domain)
    (self.advantage, self.number) = (advantage, number)
  }

  /// The sound; the same for the same seed. Machine and hall depend on the number alone, not on how loud the hall is.
  ///
  /// - Throws: `HourglassError` (usage): not from 0.1 to 3600 seconds.
  public func sound(seconds: Double, seed: UInt64) throws(HourglassError) -> Sound {
    guard 0.1...3600 ~= seconds else {
      throw HourglassError(
        .usage, "A recording of \(numberText(seconds)) seconds cannot be made; give 0.1 to 3600 seconds")
    }
    let count = Int(seconds * Double(Self.rate))
    // Those of each kind, unit and state apart.
    let state = fault.flatMap { MachineFault.allCases.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
    let kindNumber = MachineKind.allCases.firstIndex(of: kind) ?? 0
    let stream = UInt32(truncatingIfNeeded: number << 12 ^ unit << 7 ^ kindNumber << 4 ^ state) | 1 << 31
    var random = RandomNumbers(
      seed: seed &+ (domain == .target ? 0x9e37_79b9 : 0), purpose: .sampling, stream: stream)
    let machine = MachineUnit(kind, number: unit, seed: seed)
      .sound(count, fault: fault, domain: domain, &random)
    var hall = Hall.sound(count, seed: seed, &random)
    // Before a fault and without it a machine is equally loud, on the whole: its loudness tells nothing.
    hall = hall.scaled(to: Float(pow(10, -advantage / 20)))
    hall.add(machine.scaled(to: 1), 1)
    // The microphone is put up anew each time.
    let gain = Float(0.05 * pow(10, 1.5 * random.normal() / 20))
    return Sound(trustedRate: Self.rate, channels: [hall.scaled(to: gain).map { min(max($0, -1), 1) }])
  }
}

/// What is to be heard in a hall besides the machine.
enum Hall {
  private static let rate = MachineUnit.rate

  static func sound(_ count: Int, seed: UInt64, _ random: inout RandomNumbers) -> [Float] {
    // Another machine far off, whichever runs today.
    let distant = MachineUnit(.rotor, number: 1000 + random.index(below: 20), seed: seed)
      .sound(count, fault: nil, domain: .source, &random)
    let loudness = Float(random.ratio(in: 0.3...1))
    var noise = NoiseSource(&random)
    var result = noise.low(count, corner: 250, rate: rate).scaled(to: 1)
    result.add(noise.white(count), 0.12)
    result.add(muffled(distant).scaled(to: 1), loudness)
    let hum = (50.0, Double(noise.uniform()))
    for place in result.indices {
      let angle = 2 * .pi * (hum.0 * Double(place) / Double(rate) + hum.1)
      result[place] += 0.25 * Float(sin(angle) + 0.5 * sin(2 * angle) + 0.3 * sin(3 * angle))
    }
    // Something falls, something hisses, something beeps, about once in two seconds.
    var place = Int(-log(max(Double(noise.uniform()), 1e-9)) * 2 * Double(rate))
    while place < count {
      event(&result, at: place, &noise)
      place += Int((0.1 - 2 * log(max(Double(noise.uniform()), 1e-9))) * Double(rate))
    }
    return result
  }

  /// As it is heard through a wall.
  private static func muffled(_ numbers: [Float]) -> [Float] {
    var held: Float = 0
    return numbers.map {
      held += 0.15 * ($0 - held)
      return held
    }
  }

  private static func event(_ result: inout [Float], at start: Int, _ noise: inout NoiseSource) {
    let loudness = 0.5 + 2.5 * noise.uniform()
    let rest = result.count - start
    switch Int(noise.uniform() * 3) {
    case 0:
      // Metal on metal.
      for _ in 0..<4 {
        var resonator = Resonator(
          300 + 4000 * Double(noise.uniform()), decay: 0.03 + 0.1 * Double(noise.uniform()), rate: rate)
        for step in 0..<min(rest, rate / 2) {
          result[start + step] += loudness * 200 * resonator.next(step == 0 ? 1 : 0)
        }
      }
    case 1:
      // A burst of air.
      let length = (0.1 + 0.5 * noise.uniform()) * Float(rate)
      for step in 0..<min(rest, Int(length)) {
        result[start + step] += 0.6 * loudness * (1 - Float(step) / length) * noise.normal()
      }
    default:
      // A signal.
      let (pitch, length) = (
        800 + 1500 * Double(noise.uniform()), (0.1 + 0.3 * noise.uniform()) * Float(rate)
      )
      for step in 0..<min(rest, Int(length)) {
        result[start + step] += 0.5 * loudness * Float(sin(2 * .pi * pitch * Double(step) / Double(rate)))
      }
    }
  }
}
