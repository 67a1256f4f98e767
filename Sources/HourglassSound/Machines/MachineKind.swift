/// A kind of machine whose sound is made up.
public enum MachineKind: String, Sendable, CaseIterable {
  /// A fan or a motor: harmonics of a rotation and the noise of air.
  case rotor
  /// A conveyor: a motor, rollers that rattle, a splice that ticks once for each turn of the belt.
  case belt
  /// A valve that opens and closes with a click and a burst of air.
  case valve

  /// What may be wrong with it.
  public var faults: [MachineFault] {
    switch self {
    case .rotor: [.bearing, .imbalance, .speed]
    case .belt: [.bearing, .slip, .speed]
    case .valve: [.leakage, .sticking, .speed]
    }
  }
}

/// What is wrong with a machine.
public enum MachineFault: String, Sendable, CaseIterable {
  /// Clicks at some multiple of the rotation that is no whole number.
  case bearing
  /// The rotation itself is loud, and the air comes in beats.
  case imbalance
  /// It runs faster or slower than it does when it is well.
  case speed
  /// A belt squeals now and then.
  case slip
  /// Air hisses where none should.
  case leakage
  /// A valve closes late or twice.
  case sticking
}

/// Under what conditions a machine runs: most recordings are of the first.
public enum MachineDomain: String, Sendable, CaseIterable {
  case source
  /// At another speed and load.
  case target
}
