import HourglassBase
import HourglassFiles

/// The weights of a PyTorch model, as safetensors' `save_file(model.state_dict(), path)` writes them: tensors named after the modules
/// that they belong to, in the order of those names.
struct StateDict {
  /// A layer with weights.
  struct Module {
    /// Such as "encoder.0".
    let name: String
    let tensors: [Role: SafeTensors.Tensor]
    let half: ModelHalf

    init(name: String, tensors: [Role: SafeTensors.Tensor]) {
      (self.name, self.tensors, half) = (name, tensors, ModelHalf(of: name))
    }
  }

  /// What a tensor is to its module; the raw value ends its name.
  enum Role: String {
    case weight, bias
    case mean = "running_mean"
    case variance = "running_var"
  }

  let path: String
  /// Encoders first, decoders last, numbers in names in their order as numbers.
  let modules: [Module]
  /// Names of tensors that no layer needs.
  let ignored: [String]

  /// - Throws: `HourglassError`: badData naming a tensor that is no weight, bias or moving average; environment when the file cannot be
  ///   read.
  init(path: String) throws {
    self.path = path
    var modules: [String: [Role: SafeTensors.Tensor]] = [:]
    var ignored: [String] = []
    for tensor in try SafeTensors.read(path: path).tensors {
      let parts = tensor.name.parts(at: ".")
      let (module, kind) = (parts.dropLast().joined(separator: "."), parts.last ?? "")
      if kind == Self.counter {
        ignored.append(tensor.name)
        continue
      }
      guard let role = Role(rawValue: kind) else {
        throw HourglassError(
          .badData,
          "\(path): the tensor \(tensor.name.quotedForMessage) is no weight, bias or moving average of a layer; save the model's "
            + "state_dict with layers of their own only")
      }
      guard tensor.isFinite else {
        throw HourglassError(
          .badData, "\(path): the tensor \(tensor.name.quotedForMessage) has a number that is not finite")
      }
      modules[module, default: [:]][role] = tensor
    }
    guard modules.count <= Self.mostModules else {
      throw HourglassError(
        .badData,
        "\(path) has \(grouped(modules.count)) layers with weights; \(grouped(Self.mostModules)) are allowed")
    }
    self.modules = modules.map { Module(name: $0.key, tensors: $0.value) }.sorted { first, second in
      let (one, other) = (first.half.rank, second.half.rank)
      return one == other ? NaturalOrder(first.name) < NaturalOrder(second.name) : one < other
    }
    self.ignored = ignored.sorted { NaturalOrder($0) < NaturalOrder($1) }
  }

  private static let mostModules = 10_000
  /// How often a batch normalisation was trained, which ours does not count.
  private static let counter = "num_batches_tracked"
}

/// The half of an autoencoder that a name speaks of.
enum ModelHalf {
  case encoder, decoder, unknown

  /// By a part such as "encoder", "enc" or "dec1".
  init(of name: String) {
    let parts = name.lowercased().parts(at: ".")
    if parts.contains(where: { $0.begins(with: "enc") }) {
      self = .encoder
    } else if parts.contains(where: { $0.begins(with: "dec") }) {
      self = .decoder
    } else {
      self = .unknown
    }
  }

  var rank: Int {
    switch self {
    case .encoder: 0
    case .unknown: 1
    case .decoder: 2
    }
  }

  func agrees(with other: ModelHalf) -> Bool { self == other || self == .unknown || other == .unknown }
}

/// Names in the order in which a person lists them: "layer.2" before "layer.10".
struct NaturalOrder: Comparable {
  private let parts: [Part]

  private enum Part: Comparable {
    case number(Int)
    case text(String)
  }

  init(_ name: String) {
    var parts: [Part] = []
    var rest = Substring(name)
    while let first = rest.unicodeScalars.first {
      let isDigit = "0"..."9" ~= first
      let run = rest.unicodeScalars.prefix { ("0"..."9" ~= $0) == isDigit }
      // A number too long for one is a text.
      parts.append(isDigit ? Int(String(run)).map(Part.number) ?? .text(String(run)) : .text(String(run)))
      rest =
        rest.unicodeScalars.dropFirst(run.count).isEmpty
        ? "" : Substring(rest.unicodeScalars.dropFirst(run.count))
    }
    self.parts = parts
  }

  static func < (first: NaturalOrder, second: NaturalOrder) -> Bool {
    for (one, other) in zip(first.parts, second.parts) where one != other { return one < other }
    return first.parts.count < second.parts.count
  }
}
