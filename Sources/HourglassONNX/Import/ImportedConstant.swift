import Foundation
import HourglassBase
import HourglassFiles
import HourglassMessages
import HourglassNN

/// Numbers that a file holds, or that follow from it without a sample.
enum ImportedConstant {
  /// Row-major.
  case floats([Float], extents: [Int])
  /// Sizes, places and truth values, at most some thousand; nil stands for the size of the batch.
  case integers([Int?], extents: [Int])

  var extents: [Int] {
    switch self {
    case .floats(_, let extents), .integers(_, let extents): extents
    }
  }

  var count: Int {
    switch self {
    case .floats(let values, _): values.count
    case .integers(let values, _): values.count
    }
  }

  /// Whole numbers that are all known.
  var knownIntegers: [Int]? {
    guard case .integers(let values, _) = self else { return nil }
    let known = values.compactMap(\.self)
    return known.count == values.count ? known : nil
  }

  /// A single float, whatever its axes.
  var number: Float? {
    guard case .floats(let values, _) = self, values.count == 1 else { return nil }
    return values[0]
  }

  var floats: [Float]? { if case .floats(let values, _) = self { values } else { nil } }

  var integers: [Int?]? { if case .integers(let values, _) = self { values } else { nil } }
}

/// Reads the tensors of an ONNX file, and those that it keeps in files beside it.
struct TensorReading {
  /// The ONNX file.
  let path: String
  /// What lies beside it, by name, as far as it was read.
  private var others: [String: [UInt8]] = [:]

  init(path: String) { self.path = path }

  /// - Throws: `HourglassError`: badData when the sizes do not fit, or the numbers are of another kind; environment when a file
  ///   beside it cannot be read.
  mutating func constant(_ tensor: ONNXTensor, named name: String) throws -> ImportedConstant {
    func complain(_ what: String) -> HourglassError {
      HourglassError(.badData, "\(path): the tensor \(name.quotedForMessage) \(what)")
    }
    guard tensor.dims.allSatisfy({ 0...Int64(ModelLimits.parameters) ~= $0 }),
      tensor.dims.count <= 8
    else {
      throw complain("has sizes of \(tensor.dims.prefix(8)), which cannot be")
    }
    let extents = tensor.dims.map { Int($0) }
    let count = MemoryBudget.product(extents)
    guard count <= ModelLimits.parameters, isModest(extents) else {
      throw complain("has \(grouped(count)) numbers; 268,435,456 are allowed")
    }
    let raw = tensor.dataLocation == .external ? try external(tensor, name) : [UInt8](tensor.rawData)
    func numbers<Number: BitwiseCopyable>(_ kind: Number.Type, _ listed: [Number]) throws -> [Number] {
      if raw.isEmpty, listed.count == count { return listed }
      guard raw.count == count * MemoryLayout<Number>.stride else {
        throw complain(
          "of shape \(extents) has \(grouped(raw.isEmpty ? listed.count : raw.count)) "
            + (raw.isEmpty ? "numbers" : "bytes"))
      }
      return raw.withUnsafeBytes { memory in
        (0..<count).map {
          memory.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.stride, as: Number.self)
        }
      }
    }
    switch tensor.dataType {
    case .float: return .floats(try numbers(Float.self, tensor.floatData), extents: extents)
    case .double:
      return .floats(try numbers(Double.self, tensor.doubleData).map { Float($0) }, extents: extents)
    case .int64, .int32:
      guard count <= 65_536 else { throw complain("has \(grouped(count)) whole numbers; weights are floats") }
      let values =
        tensor.dataType == .int64
        ? try numbers(Int64.self, tensor.int64Data).map { Int($0) }
        : try numbers(Int32.self, tensor.int32Data).map { Int($0) }
      return .integers(values, extents: extents)
    case .float16:
      // Half-precision numbers may be listed as whole ones of their bits.
      let bits = raw.isEmpty ? tensor.int32Data.map { UInt16(truncatingIfNeeded: $0) } : []
      return .floats(try numbers(UInt16.self, bits).map(SafeTensors.widenedHalf), extents: extents)
    case .bool:
      guard count <= 65_536 else { throw complain("has \(grouped(count)) truth values; weights are floats") }
      let bits = raw.isEmpty ? tensor.int32Data.map { UInt8(truncatingIfNeeded: $0) } : []
      return .integers(try numbers(UInt8.self, bits).map { Int($0) }, extents: extents)
    case .undefined, .uint8, .int8, .string, .UNRECOGNIZED:
      throw complain(
        "has numbers of the kind \(tensor.dataType), but 32-bit floats are needed; export it with these")
    }
  }

  /// The bytes of a tensor in a file beside the ONNX file, which may not lie elsewhere.
  private mutating func external(_ tensor: ONNXTensor, _ name: String) throws -> [UInt8] {
    let facts = Dictionary(
      tensor.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    func complain(_ what: String) -> HourglassError {
      HourglassError(.badData, "\(path): the tensor \(name.quotedForMessage) \(what)")
    }
    guard let location = facts["location"], !location.isEmpty else {
      throw complain("is in another file, but does not say which")
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    let place = "\(folder)/\(location)"
    guard !location.begins(with: "/"), let real = try FileEntry.realPath(place),
      let top = try FileEntry.realPath(folder), real.begins(with: top == "/" ? top : "\(top)/")
    else {
      throw complain(
        "is in the file \(location.quotedForMessage), which is not in the folder of the ONNX file")
    }
    let bytes = try others[real] ?? BoundedFile.read(real, limit: 1 << 31)
    others[real] = bytes
    let offset = facts["offset"].map { Int($0) ?? -1 } ?? 0
    let length = facts["length"].map { Int($0) ?? -1 } ?? (bytes.count - offset)
    guard offset >= 0, length >= 0, offset <= bytes.count, length <= bytes.count - offset else {
      throw complain("lies beyond the end of \(location.quotedForMessage)")
    }
    return Array(bytes[offset..<offset + length])
  }
}
