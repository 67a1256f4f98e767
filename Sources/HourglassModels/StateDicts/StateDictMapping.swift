import HourglassBase
import HourglassEngine
import HourglassFiles
import HourglassNN

/// Which tensor of a PyTorch state dict each parameter of a model gets: by name where all names agree, else by the order of the layers
/// and the shapes of their weights.
package struct StateDictMapping {
  package struct Row: Sendable, Equatable {
    /// Such as "encoder.0.weight".
    package var parameter: String
    package var shape: Shape
    package var tensor: String
    package var tensorShape: Shape
    package var reason: Reason

    /// Such as "encoder.0".
    package var layer: String { parameter.parts(at: ".").dropLast().joined(separator: ".") }
  }

  package enum Reason: String, Sendable {
    case name
    /// No other layer of the file has weights of these shapes.
    case shape
    /// Others have such shapes, too; this one is next.
    case order
  }

  /// In the order of the layers.
  package private(set) var rows: [Row] = []
  /// Tensors that no layer needs.
  package let ignored: [String]
  /// What a person should know: convolutions that PyTorch may have placed otherwise, epsilons other than PyTorch's, and deviations
  /// that stand where variances should.
  package let notes: [String]
  package let model: TrainedModel

  /// - Parameters:
  ///   - path: a safetensors file of a state dict.
  ///   - seed: of the model.
  /// - Throws: `HourglassError`: badData naming the first parameter without a tensor, tensor without a parameter or tensor that is no
  ///   weight, bias or moving average; usage naming a parameter that no layer of PyTorch has; environment when the file cannot be read.
  package init(path: String, model: Autoencoder, objective: any Objective, seed: UInt64) throws {
    let file = try StateDict(path: path)
    ignored = file.ignored
    var notes = try Self.windowNotes(model) + Self.epsilonNotes(model)
    let specifications = try model.parameters()
    let units = try Self.units(specifications)
    let store = ParameterStore(
      specifications.map { ($0.name, $0.specification.shape, $0.specification.isTrainable) })
    var values: [String: [Float]] = [:]
    for (unit, module, reason) in try Self.pairs(units, file) {
      if unit.moment == .variance, module.isDeviation {
        notes.append(Self.deviationNote(module.name, unit.name))
      }
      for parameter in unit.parameters {
        guard let tensor = module.tensors[parameter.role] else {
          preconditionFailure("only what fits is taken")
        }
        values[parameter.name] = tensor.values
        rows.append(
          Row(
            parameter: parameter.name, shape: parameter.shape, tensor: tensor.name, tensorShape: tensor.shape,
            reason: reason))
      }
    }
    self.notes = notes
    for parameter in specifications {
      if let numbers = values[parameter.name] { store.write(parameter.name, numbers) }
    }
    self.model = TrainedModel(model: model, objective: objective, parameters: store, seed: seed)
  }

  // MARK: Layers

  /// A layer of ours with weights, or the half of one that makes a distribution.
  private struct Unit {
    let name: String
    let half: ModelHalf
    var parameters: [Parameter] = []

    init(name: String) { (self.name, half) = (name, ModelHalf(of: name)) }

    /// Whether a module has just these tensors, in shapes that fit.
    func fits(_ module: StateDict.Module) -> Bool {
      parameters.count == module.tensors.count && half.agrees(with: module.half)
        && !isOther(than: module.moment)
        && parameters.allSatisfy { parameter in
          module.tensors[parameter.role].map { parameter.takes($0.shape) } ?? false
        }
    }

    /// Of a distribution, whether a module's name says that it gives the other moment.
    private func isOther(than moment: Moment?) -> Bool {
      guard let moment, let own = self.moment else { return false }
      return moment != own
    }

    /// Of a distribution, which of its two products this is.
    var moment: Moment? { name.parts(at: ".").last.flatMap(Moment.init(rawValue:)) }
  }

  fileprivate enum Moment: String {
    case mean
    case variance = "log_variance"
  }

  private struct Parameter {
    var name: String
    var role: StateDict.Role
    var shape: Shape

    /// PyTorch keeps matrices and kernels as we do; those of convolutions over series lack the axis of rows.
    func takes(_ other: Shape) -> Bool {
      other == shape || shape.rank == 4 && shape[2] == 1 && other == [shape[0], shape[1], shape[3]]
    }
  }

  /// - Throws: `HourglassError` (usage) naming a parameter that no layer of PyTorch has.
  private static func units(_ parameters: [TrainingProgram.Parameter]) throws(HourglassError) -> [Unit] {
    var units: [Unit] = []
    for parameter in parameters {
      let parts = parameter.name.parts(at: ".")
      guard let (role, part) = role(parts.last ?? "") else {
        throw HourglassError(
          .usage, "The recipe's parameter \(parameter.name) is one that PyTorch's layers have no tensor for")
      }
      let name = parts.dropLast().joined(separator: ".") + part
      if units.last?.name != name { units.append(Unit(name: name)) }
      units[units.count - 1].parameters.append(
        Parameter(name: parameter.name, role: role, shape: parameter.specification.shape))
    }
    return units
  }

  /// - Returns: also what tells the two products of a distribution apart.
  private static func role(_ name: String) -> (role: StateDict.Role, part: String)? {
    switch name {
    case "weight", "gamma": (.weight, "")
    case "bias", "beta": (.bias, "")
    case "moving_mean": (.mean, "")
    case "moving_variance": (.variance, "")
    case "mean_weight": (.weight, ".mean")
    case "mean_bias": (.bias, ".mean")
    case "log_variance_weight": (.weight, ".log_variance")
    case "log_variance_bias": (.bias, ".log_variance")
    default: nil
    }
  }

  // MARK: Pairs

  /// - Throws: `HourglassError` (badData) naming the first layer without a module or tensor without a parameter.
  private static func pairs(
    _ units: [Unit], _ file: StateDict
  ) throws(HourglassError) -> [(Unit, StateDict.Module, Reason)] {
    let named = Dictionary(file.modules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    if named.count == units.count, units.allSatisfy({ unit in named[unit.name].map(unit.fits) ?? false }) {
      return units.compactMap { unit in named[unit.name].map { (unit, $0, .name) } }
    }
    var rest = file.modules
    var pairs: [(Unit, StateDict.Module, Reason)] = []
    for unit in units {
      guard let place = rest.firstIndex(where: unit.fits) else { throw missing(unit, rest, file.path) }
      let module = rest.remove(at: place)
      let others = units.count { $0.fits(module) } > 1 || file.modules.count(where: unit.fits) > 1
      pairs.append((unit, module, others ? .order : .shape))
    }
    if let left = rest.first, let tensor = left.tensors.values.min(by: { $0.name < $1.name }) {
      throw HourglassError(
        .badData,
        "\(file.path): no parameter of the recipe is left for the tensor \(tensor.name.quotedForMessage) of shape \(tensor.shape)"
      )
    }
    return pairs
  }

  /// A layer of ours without a module.
  private static func missing(_ unit: Unit, _ rest: [StateDict.Module], _ path: String) -> HourglassError {
    let left = rest.prefix(4).map { module in
      let tensors = module.tensors.values.sorted { $0.name < $1.name }
      return tensors.map { "\($0.name.quotedForMessage) \($0.shape)" }.joined(separator: " with ")
    }
    return HourglassError(
      .badData,
      "\(path) has no tensors for \(unit.parameters.map { "\($0.name) \($0.shape)" }.joined(separator: " with ")); left are "
        + (left.isEmpty ? "none" : left.joined(separator: ", ")))
  }
}

extension StateDict.Module {
  /// What its name says of a distribution, such as "fc_mu" or "log_var".
  fileprivate var moment: StateDictMapping.Moment? {
    if speaks(of: ["var"], but: Self.otherThanVariances) || isDeviation { return .variance }
    return speaks(of: ["mu", "mean", "loc"], but: ["multi", "block", "local"]) ? .mean : nil
  }

  /// Whether its name says that it gives a standard deviation, or its logarithm.
  fileprivate var isDeviation: Bool {
    !speaks(of: ["var"], but: Self.otherThanVariances)
      && speaks(of: ["sigma", "std", "scale"], but: ["upscale", "downscale", "multiscale"])
  }

  private static let otherThanVariances = ["variation", "variable"]

  /// Whether a word of the name, between what are no letters of ASCII, holds one of some.
  ///
  /// - Parameter others: words that hold one of them by chance.
  private func speaks(of terms: [String], but others: [String]) -> Bool {
    let words = name.utf8.split { !(65...90 ~= $0 || 97...122 ~= $0) }
    return words.contains { bytes in
      let word = others.reduce(String(decoding: bytes, as: UTF8.self).lowercased()) {
        $0.replacing($1, with: " ")
      }
      return terms.contains(where: word.contains)
    }
  }
}
