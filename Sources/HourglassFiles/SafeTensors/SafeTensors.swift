import HourglassBase

/// The contents of a file in the safetensors format: named tensors and some text about them.
///
/// Numbers are held as 32-bit floats, whatever the file stores, and are written as `F32`.
package struct SafeTensors: Sendable, Equatable {
  /// One named tensor.
  package struct Tensor: Sendable, Equatable {
    package var name: String
    package var shape: Shape
    /// `shape.count` numbers in row-major order.
    package var values: [Float]

    package init(name: String, shape: Shape, values: [Float]) {
      self.name = name
      self.shape = shape
      self.values = values
    }

    /// Whether no value is infinite or not a number; reading accepts such values and leaves the choice to the
    /// caller.
    package var isFinite: Bool { values.allSatisfy(\.isFinite) }
  }

  /// Text about the file, stored under `__metadata__`.
  package var metadata: [String: String]
  /// The tensors in the order of the file's header.
  package var tensors: [Tensor]

  package init(metadata: [String: String] = [:], tensors: [Tensor] = []) {
    self.metadata = metadata
    self.tensors = tensors
  }

  /// The first tensor with this name, found by walking the tensors.
  package subscript(name: String) -> Tensor? {
    tensors.first { $0.name == name }
  }

  /// What a file may hold at most.
  package enum Limits {
    /// Bytes of the header.
    static let headerLength = 100_000_000
    static let tensorCount = 100_000
    /// Bytes of a file that is read whole: 4 GiB.
    package static let fileSize = 1 << 32
  }

  /// The header's key for `metadata`; no tensor can have this name.
  static let metadataKey = "__metadata__"
}
