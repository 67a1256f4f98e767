import HourglassBase
import HourglassGraph
import HourglassNN

/// Reconstruction with a code that hardly moves when the sample does:
/// `loss(decode(h), x) + lambda * ||dh/dx||^2`, the squared Frobenius norm of the encoder's Jacobian (Rifai et al.
/// 2011). The norm is exact for any encoder, or estimated by random projections where the code is large.
public struct Contractive: Objective {
  public static let kind = "contractive"
  public static let summary = "A code that hardly moves when the sample does."
  public static let fields = Fields(Contractive(lambda: 0)) {
    Field("lambda", \.lambda, .number(0...1e6), "weight of the penalty", .required)
    Field("norm", \.norm, .norm, "how the norm of the encoder's derivative is had")
    Field("loss", \.loss)
  }
  var lambda: Double
  var loss: Loss
  var norm: Norm

  /// How the norm is had.
  public enum Norm: Sendable, Hashable {
    /// Exact for codes of up to 64 units and encoders of one dense layer; one random projection beyond.
    case automatic
    /// Unit by unit.
    case exact
    /// The mean over this many random directions; right on average, at the price of noise.
    case projections(Int)
  }

  /// - Parameter lambda: weight of the penalty, at least 0.
  public init(lambda: Double, loss: Loss = .l2, norm: Norm = .automatic) {
    self.lambda = lambda
    self.loss = loss
    self.norm = norm
  }

  private static let largestExactCode = 64

  /// Random directions for this encoder; nil for the exact norm.
  private func projections(_ model: Autoencoder) -> Int? {
    switch norm {
    case .exact: return nil
    case .projections(let count): return count
    case .automatic:
      let rows = try? model.encoder.rows(model.encoderInputShape)
      let withWeights = rows?.filter { $0.parameterCount > 0 } ?? []
      let isOneDense = withWeights.count == 1 && withWeights[0].traits.linearMap != nil
      let size = (try? model.codeShape.count) ?? 0
      return isOneDense || size <= Self.largestExactCode ? nil : 1
    }
  }

  public func notes(for model: Autoencoder) -> [String] {
    guard let count = projections(model) else { return ["The contractive penalty is exact."] }
    return [
      "The contractive penalty is estimated by \(count) random projection\(count == 1 ? "" : "s") a sample; "
        + "norm: exact makes it exact."
    ]
  }

  public var traits: ObjectiveTraits { ObjectiveTraits(targets: loss.targets) }

  public func loss(_ sample: Tensor, _ model: ModelInGraph) -> SampleLoss {
    let code = model.encode(sample)
    let reconstruction = model.decode(code)
    let jacobian = Jacobian(of: code, in: sample)
    let squaredNorm = projections(model.model).map(jacobian.estimatedSquaredNorm) ?? jacobian.squaredNorm
    return .init(
      loss(reconstruction, sample) + squaredNorm * lambda,
      metrics: [
        ("mse", Loss.l2(reconstruction, sample)), ("jacobian_squared_norm", squaredNorm),
      ])
  }
}

extension SettingType where Value == Contractive.Norm {
  fileprivate static let norm = variants(
    of: "norm", like: "projections: 4",
    [
      Variant(
        "automatic", "Exact for small codes and encoders of one dense layer, else one projection.", .automatic
      ),
      Variant("exact", "Unit by unit.", .exact),
      Variant(
        "projections", "The mean over this many random directions.",
        Fields(1, bare: .value("count")) {
          Field("count", \.self, .whole(1...1000), "random directions", .required)
        }, make: { .projections($0) },
        take: { if case .projections(let count) = $0 { count } else { nil } }),
    ])
}

extension Objective where Self == Contractive {
  public static func contractive(
    lambda: Double, loss: Loss = .l2, norm: Contractive.Norm = .automatic
  ) -> Contractive {
    Contractive(lambda: lambda, loss: loss, norm: norm)
  }
}
