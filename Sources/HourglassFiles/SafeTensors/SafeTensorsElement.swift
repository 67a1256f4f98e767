extension SafeTensors {
  /// How a file stores one number; the raw value is the `dtype` of the format.
  enum Element: String, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case uint8 = "U8"

    /// Bytes of one number.
    var size: Int {
      switch self {
      case .float64, .int64: 8
      case .float32, .int32: 4
      case .float16, .bfloat16: 2
      case .uint8: 1
      }
    }

    /// The little-endian numbers in `bytes`, each rounded to the nearest 32-bit float.
    func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
      switch self {
      case .float64: Self.map(bytes, UInt64.self) { Float(Double(bitPattern: $0)) }
      case .float32: Self.map(bytes, UInt32.self) { Float(bitPattern: $0) }
      case .float16: Self.map(bytes, UInt16.self, SafeTensors.widenedHalf)
      case .bfloat16: Self.map(bytes, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
      case .int64: Self.map(bytes, UInt64.self) { Float(Int64(bitPattern: $0)) }
      case .int32: Self.map(bytes, UInt32.self) { Float(Int32(bitPattern: $0)) }
      case .uint8: Self.map(bytes, UInt8.self) { Float($0) }
      }
    }

    private static func map<Stored: FixedWidthInteger & BitwiseCopyable>(
      _ bytes: UnsafeRawBufferPointer, _ type: Stored.Type, _ convert: (Stored) -> Float
    ) -> [Float] {
      let size = MemoryLayout<Stored>.size
      let count = bytes.count / size
      return Array(unsafeUninitializedCapacity: count) { values, filled in
        for index in 0..<count {
          // Nothing in the format aligns a tensor to the size of its numbers.
          let stored = bytes.loadUnaligned(fromByteOffset: index * size, as: Stored.self)
          values.initializeElement(at: index, to: convert(Stored(littleEndian: stored)))
        }
        filled = count
      }
    }
  }

  /// The value of a half-precision number; `Float16` itself is missing on Intel Macs.
  package static func widenedHalf(_ half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10 & 0x1F)
    let fraction = UInt32(half & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: sign | magnitude.bitPattern)
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 127 - 15) << 23 | fraction << 13)
    }
  }
}
