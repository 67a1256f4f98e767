// Whole numbers of numbers that may be anything, since a conversion that does not fit ends the process.

extension Int {
  /// The number without its fraction; the nearest there is where it does not fit, and 0 of what is no number.
  package init(saturating value: Double) {
    self = Int(exactly: value.rounded(.towardZero)) ?? (value > 0 ? .max : value < 0 ? .min : 0)
  }
}

extension UInt8 {
  /// The nearest whole number; 0 of what is no number.
  package init(saturating value: Float) {
    // The comparison also turns away what is not a number.
    self = value > 0 ? UInt8(Swift.min(value, 255).rounded()) : 0
  }

  /// The nearest whole number; 0 of what is no number.
  package init(saturating value: Double) {
    self = value > 0 ? UInt8(Swift.min(value, 255).rounded()) : 0
  }
}
