import HourglassBase
import HourglassPlatform

/// One machine of its kind, which differs from others: its speed, blades, what rings in it.
struct MachineUnit {
  static let rate = 16_000

  let kind: MachineKind
  /// Turns in a second; of a valve, strokes.
  private let speed: Double
  private let blades: Int
  /// How loud each multiple of the rotation is.
  private let harmonics: [Double]
  /// What rings, in Hertz, for how long, and how loud.
  private let modes: [(frequency: Double, decay: Double, gain: Float)]
  private let corner: Double
  private let airShare: Float
  /// Clicks for each turn, were its bearing worn.
  private let bearingRatio: Double
  private let bearingMode: Double

  init(_ kind: MachineKind, number: Int, seed: UInt64) {
    let stream = UInt32(MachineKind.allCases.firstIndex(of: kind) ?? 0) << 16 | UInt32(number & 0xffff)
    var random = RandomNumbers(seed: seed, purpose: .sampling, stream: stream)
    self.kind = kind
    speed = kind == .valve ? random.number(in: 0.7...1.3) : random.number(in: 18...42)
    blades = 3 + random.index(below: 6)
    harmonics = (1...40).map { multiple in
      exp(0.8 * random.normal()) / pow(Double(multiple), 1.1)
    }
    modes = (0..<6).map { _ in
      (random.ratio(in: 200...5500), random.ratio(in: 0.002...0.02), Float(random.ratio(in: 0.3...2)))
    }
    corner = random.ratio(in: 300...1500)
    airShare = Float(random.number(in: 0.5...1.2))
    bearingRatio = random.number(in: 3.05...5.45)
    bearingMode = random.ratio(in: 2000...6000)
  }

  /// What it sounds like without anything around it.
  ///
  /// - Parameters:
  ///   - fault: nil when it is well.
  ///   - random: what differs from one recording to the next.
  func sound(
    _ count: Int, fault: MachineFault?, domain: MachineDomain, _ random: inout RandomNumbers
  ) -> [Float] {
    var speed = speed * (1 + 0.008 * random.normal())
    if domain == .target { speed *= 1.15 }
    if fault == .speed {
      speed *= random.uniform() < 0.5 ? random.number(in: 0.87...0.94) : random.number(in: 1.06...1.13)
    }
    let load = Float(random.number(in: 0.85...1.15)) * (domain == .target ? 1.25 : 1)
    // From hardly to be heard to plain.
    let severity = Float(random.number(in: 0.35...1))
    var noise = NoiseSource(&random)
    switch kind {
    case .rotor: return rotor(count, speed, load, fault, severity, &noise)
    case .belt: return belt(count, speed, load, fault, severity, &noise)
    case .valve: return valve(count, speed, load, fault, severity, &noise)
    }
  }

  /// Turns at each moment.
  private func turns(_ count: Int, _ speed: Double, _ noise: inout NoiseSource) -> [Double] {
    let wander = noise.wander(count, seconds: 0.7, rate: Self.rate)
    var turned = Double(noise.uniform())
    return wander.map {
      turned += speed * (1 + 0.002 * Double($0)) / Double(Self.rate)
      return turned
    }
  }

  private func tones(_ turns: [Double], gains: [Double]) -> [Float] {
    turns.map { turned in
      // sin(kx) by the recurrence of Chebyshev's polynomials.
      let angle = 2 * Double.pi * (turned - turned.rounded(.down))
      let (sine, twice) = (sin(angle), 2 * cos(angle))
      var (before, now, sum) = (0.0, sine, 0.0)
      for gain in gains {
        sum += gain * now
        (before, now) = (now, twice * now - before)
      }
      return Float(sum)
    }
  }

  /// What goes in as it sounds through the machine's body.
  private func ringing(_ numbers: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: numbers.count)
    for mode in modes {
      var resonator = Resonator(mode.frequency, decay: mode.decay, rate: Self.rate)
      for place in numbers.indices { result[place] += mode.gain * resonator.next(numbers[place]) }
    }
    return result
  }

  /// Clicks of a worn bearing: each a ringing, a little early or late, louder where the load is.
  private func bearing(_ turns: [Double], _ noise: inout NoiseSource) -> [Float] {
    var clicks = [Float](repeating: 0, count: turns.count)
    var due = turns[0] * bearingRatio + Double(noise.uniform())
    for (place, turned) in turns.enumerated() where turned * bearingRatio >= due {
      clicks[place] = (1 + 0.6 * Float(sin(2 * .pi * turned))) * (0.8 + 0.4 * noise.uniform())
      due += 1 + 0.02 * Double(noise.normal())
    }
    var resonator = Resonator(bearingMode, decay: 0.0015, rate: Self.rate)
    return clicks.map { resonator.next($0) }
  }

  private func rotor(
    _ count: Int, _ speed: Double, _ load: Float, _ fault: MachineFault?, _ severity: Float,
    _ noise: inout NoiseSource
  ) -> [Float] {
    let turns = turns(count, speed, &noise)
    var gains = harmonics
    for multiple in stride(from: blades, through: gains.count, by: blades) { gains[multiple - 1] *= 3 }
    if fault == .imbalance {
      gains[0] *= Double(2 + 6 * severity)
      gains[1] *= Double(1.5 + 2 * severity)
    }
    var result = tones(turns, gains: gains).scaled(to: fault == .imbalance ? 1 + 0.5 * severity : 1)
    var air = noise.low(count, corner: corner, rate: Self.rate).scaled(to: 1)
    air.add(ringing(noise.white(count)).scaled(to: 1), 0.5)
    let depth: Float = fault == .imbalance ? 0.1 + 0.4 * severity : 0.1
    for place in air.indices { air[place] *= 1 + depth * Float(sin(2 * .pi * turns[place])) }
    result.add(air.scaled(to: 1), airShare * load)
    if fault == .bearing { result.add(bearing(turns, &noise).scaled(to: 1), 0.45 * severity) }
    return result
  }

  private func belt(
    _ count: Int, _ speed: Double, _ load: Float, _ fault: MachineFault?, _ severity: Float,
    _ noise: inout NoiseSource
  ) -> [Float] {
    let turns = turns(count, speed, &noise)
    var result = tones(turns, gains: Array(harmonics.prefix(12))).scaled(to: 0.7)
    // Rollers turn with the motor and rattle as they do.
    var rattle = ringing(noise.white(count)).scaled(to: 1)
    for place in rattle.indices {
      let beat = Float(sin(2 * .pi * turns[place] * 0.37))
      rattle[place] *= 0.5 + 0.5 * beat * beat
    }
    result.add(rattle, 0.8 * load)
    // The splice passes the rollers, once for each turn of the belt.
    var ticks = [Float](repeating: 0, count: count)
    var due = turns[0] / 9
    for (place, turned) in turns.enumerated() where turned / 9 >= due {
      ticks[place] = 1
      due += 1
    }
    result.add(ringing(ticks).scaled(to: 1), 0.35)
    result.add(noise.low(count, corner: corner, rate: Self.rate).scaled(to: 1), 0.5 * airShare)
    if fault == .bearing { result.add(bearing(turns, &noise).scaled(to: 1), 0.5 * severity) }
    if fault == .slip { result.add(squeal(count, &noise), 0.5 * severity) }
    return result
  }

  /// Squeals of a fraction of a second, each at a pitch that glides, about one in two seconds.
  private func squeal(_ count: Int, _ noise: inout NoiseSource) -> [Float] {
    var result = [Float](repeating: 0, count: count)
    var place = Int(noise.uniform() * 1.5 * Float(Self.rate))
    while place < count {
      let length = Int((0.15 + 0.5 * noise.uniform()) * Float(Self.rate))
      let (pitch, glide) = (1200 + 1800 * Double(noise.uniform()), 0.2 * Double(noise.normal()))
      var phase = 0.0
      for step in 0..<min(length, count - place) {
        let share = Double(step) / Double(length)
        phase += pitch * (1 + glide * share) / Double(Self.rate)
        let shape = Float(sin(.pi * share))
        result[place + step] += shape * Float(sin(2 * .pi * phase) + 0.4 * sin(4 * .pi * phase))
      }
      place += length + Int((0.5 + 2 * noise.uniform()) * Float(Self.rate))
    }
    return result
  }

  private func valve(
    _ count: Int, _ speed: Double, _ load: Float, _ fault: MachineFault?, _ severity: Float,
    _ noise: inout NoiseSource
  ) -> [Float] {
    var (clicks, open) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
    let period = Double(Self.rate) / speed
    var place = Double(noise.uniform()) * period
    while Int(place) < count {
      clicks[Int(place)] += 1
      // It closes after a third of its stroke; a sticking one late, or it bounces.
      var close = place + 0.33 * period * (1 + 0.03 * Double(noise.normal()))
      if fault == .sticking { close += 0.12 * Double(severity) * period * Double(noise.uniform() + 0.5) }
      if Int(close) < count { clicks[Int(close)] += 0.7 }
      if fault == .sticking, noise.uniform() < 0.6 {
        let bounce = Int(close + (0.02 + 0.05 * Double(noise.uniform())) * Double(Self.rate))
        if bounce < count { clicks[bounce] += 0.5 * severity }
      }
      for step in Int(place)..<max(min(Int(close), count), Int(place)) {
        open[step] = Float(exp(-(Double(step) - place) / (0.12 * Double(Self.rate))))
      }
      place += period * (1 + 0.02 * Double(noise.normal()))
    }
    var result = ringing(clicks).scaled(to: 0.6)
    let air = ringing(noise.white(count)).scaled(to: 1)
    for place in result.indices { result[place] += load * open[place] * air[place] }
    result.add(noise.low(count, corner: corner, rate: Self.rate).scaled(to: 1), 0.12)
    if fault == .leakage {
      let hiss = noise.white(count)
      var last: Float = 0
      for place in hiss.indices {
        // The difference of neighbours: what leaks is high.
        result[place] += (0.04 + 0.14 * severity) * (hiss[place] - 0.8 * last)
        last = hiss[place]
      }
    }
    return result
  }
}
