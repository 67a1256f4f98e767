import HourglassBase
import HourglassGraph
import HourglassNN
import HourglassTestSupport
import Testing

/// That `checkLayer` lets a right newcomer pass, and finds what is wrong with others. What is right with shipped layers,
/// `LayerConformanceTests` checks.
@Suite struct CheckLayerTests {
  /// `scale * x + offset` with what a test wants to be wrong.
  private struct Newcomer: Layer {
    static let kind = "newcomer"
    static let title = "Newcomer"
    static let summary = "A layer with a fault."

    var offset = 0.5
    /// What is not as it should be.
    var fault = Fault.none
    /// Reading makes it one more.
    var readings = 0.0

    enum Fault: String, CaseIterable {
      case none, forgetsSetting, wrongShape, wrongParameterShape, twoNames, undeclared, unread, ofBatch
      case setsTrained, drawsAlways
    }

    init(_ fault: Fault = .none) {
      self.fault = fault
      readings = fault == .forgetsSetting ? 1 : 0
    }

    static let fields = Fields(Newcomer()) {
      Field("offset", \.offset, .number(-10...10), "added", .required)
      Field("fault", \.fault, .choice, "what is wrong with it", .required)
      Field("readings", \.readings, .forgetful, "another number each time that it is read")
    }

    func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
      fault == .wrongShape ? Shape([input[0] + 1] + input.dimensions.dropFirst()) : input
    }

    private func scale(_ count: Int) -> ParameterSpecification {
      ParameterSpecification("scale", [count], .ones)
    }

    func parameters(_ input: Shape) -> [ParameterSpecification] {
      switch fault {
      case .twoNames: [scale(1), scale(1)]
      case .undeclared: []
      case .unread: [scale(1), ParameterSpecification("idle", [2], .zeros)]
      case .wrongParameterShape: [scale(2)]
      case .none, .forgetsSetting, .wrongShape, .ofBatch, .setsTrained, .drawsAlways:
        [scale(1)]
      }
    }

    func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
      let ones = Shape(Array(repeating: 1, count: input.shape.rank))
      let scale = context.parameter(scale(1))
      var value = input * scale.reshaped(to: ones) + offset
      switch fault {
      case .ofBatch: value = value + input.batchMean
      case .setsTrained: if context.isTraining { context.assign("scale", scale * 0.5) }
      case .drawsAlways: value = value + context.builder.random(.uniform, shape: input.shape)
      case .none, .forgetsSetting, .wrongShape, .wrongParameterShape, .twoNames, .undeclared, .unread:
        break
      }
      return value
    }

    var traits: LayerTraits { LayerTraits() }
  }

  /// What the check says of each fault.
  private func expect(_ words: String, _ layer: some Layer, _ input: Shape = [2, 3, 4]) {
    expectSentence([words], .badData) { try checkLayer(layer, input: input) }
  }

  @Test(arguments: [[5], [2, 5], [2, 3, 4]] as [Shape])
  func aRightOnePasses(_ input: Shape) throws { try checkLayer(Newcomer(), input: input) }

  @Test func faultsAreFound() {
    expect("reading its settings", Newcomer(.forgetsSetting))
    expect("declares the shape (3, 3, 4), but makes (2, 3, 4)", Newcomer(.wrongShape))
    expect("declares the parameter scale with the shape (2), but reads (1)", Newcomer(.wrongParameterShape))
    expect("two of its parameters are called scale", Newcomer(.twoNames))
    expect("reads the parameter scale, which it does not declare", Newcomer(.undeclared))
    expect("declares the parameter idle, but never reads it", Newcomer(.unread))
    expect("outside training sample 0 gets another value in a batch of 1", Newcomer(.ofBatch))
    expect("sets layer.0.scale", Newcomer(.setsTrained))
    expect("isRandomInTraining = false, but it does draw", Newcomer(.drawsAlways))
  }

  /// A shipped layer with other traits than its own.
  private struct Lying: Layer {
    static let kind = "lying"
    static let title = "Lying"

    var inner: any Layer
    var traits: LayerTraits

    init(_ inner: any Layer, _ change: (inout LayerTraits) -> Void) {
      self.inner = inner
      traits = inner.traits
      change(&traits)
    }

    static let summary = "Another layer that lies."
    static let fields = Fields(Lying(Flatten()) { _ in }) {
      Field("inner", \.inner, .layer, "the layer", .required)
    }

    func outputShape(_ input: Shape) throws(HourglassError) -> Shape { try inner.outputShape(input) }
    func parameters(_ input: Shape) -> [ParameterSpecification] { inner.parameters(input) }
    func apply(_ input: Tensor, _ context: LayerContext) -> Tensor { inner.apply(input, context) }
  }

  @Test func liesAreFound() throws {
    try checkLayer(Lying(Conv2D(2, kernel: 3, stride: 2)) { _ in }, input: [1, 4, 4])
    let image: Shape = [2, 4, 6]
    expect(
      "fixesSize = false, but it does serve one size only", Lying(Flatten()) { $0.fixesSize = false }, image)
    expect("fixesSize = false", Lying(Reshape([6, 4, 2])) { $0.fixesSize = false }, image)
    expect("fixesSize = true, but it does not", Lying(MaxPool2D()) { $0.fixesSize = true }, image)
    expect("reduction", Lying(MaxPool2D()) { $0.reduction = 4 }, image)
    expect("reduction", Lying(MaxPool2D()) { $0.reduction = 1 }, image)
    expect("enlargement", Lying(Upsample2D()) { $0.enlargement = Pair(2, 3) }, image)
    expect(
      "keepsStatistics = false, but it does set", Lying(BatchNorm()) { $0.keepsStatistics = false }, image)
    expect(
      "couplesSamples = false, but it does make", Lying(BatchNorm()) { $0.couplesSamples = false }, image)
    expect("couplesSamples = true, but it does not", Lying(LayerNorm()) { $0.couplesSamples = true }, image)
    expect("isRandomInTraining = false", Lying(Dropout(0.5)) { $0.isRandomInTraining = false }, image)
    expect("isRandomInTraining = true", Lying(Dropout(0)) { $0.isRandomInTraining = true }, image)
    expect("code = gaussian", Lying(GaussianCode(2)) { $0.code = .plain }, [3])
    expect("code = quantized", Lying(Dense(2)) { $0.code = .quantized(step: 0.5) }, [3])
    expect("multiples of 0.75", Lying(QuantizedCode()) { $0.code = .quantized(step: 0.75) }, [3])
    expect("passes its input's values on", Lying(LayerNorm()) { $0.passesValuesOn = true }, image)
    expect("passed sigmoid, which never gives", Lying(Dense(4)) { $0.activation = .sigmoid }, [3])
    expect("not gelu of its linear map", Lying(Dense(4, activation: .relu)) { $0.activation = .gelu }, [3])
    let tied = TiedDense(to: "encoder.1", units: 4)
    expect("do not say that it mirrors", Lying(tied) { $0.mirrors = nil }, [3])
    expect("mirrors encoder.1, but it reads", Lying(Dense(4)) { $0.mirrors = "encoder.1" }, [3])
    expect("no matrix kernel", Lying(Dense(4)) { $0.linearMap = LinearMap(weight: "kernel") }, [3])
    expect("not linear of its linear map", Lying(Dense(4)) { $0.linearMap = LinearMap(bias: nil) }, [3])
  }

  /// A layer of another package with layers within it: its name in recipes, its rows and its traits are its own.
  private struct Twice: Layer {
    static let kind = "twice"
    static let title = "Twice"
    var innerLayers: [any Layer]
    var gain = 1.0

    init(_ layers: [any Layer]) { innerLayers = layers }

    static let summary = "Layers whose value is multiplied."
    static let fields = Fields(Twice([]), bare: .list("layers")) {
      Field("layers", \.innerLayers, .list(of: .layer, 1...10, what: "layers"), "what it holds", .required)
    }

    func outputShape(_ input: Shape) throws(HourglassError) -> Shape {
      try Network("inner", innerLayers).shapes(input).last ?? input
    }

    func parameters(_ input: Shape) -> [ParameterSpecification] {
      let shapes = [input] + ((try? Network("inner", innerLayers).shapes(input)) ?? [])
      let own = ParameterSpecification("gain", .scalar, .ones)
      return innerLayers.indices.flatMap { index in
        innerLayers[index].parameters(shapes[index]).map { inner in
          var inner = inner
          inner.name = "\(index).\(inner.name)"
          return inner
        }
      } + [own]
    }

    func apply(_ input: Tensor, _ context: LayerContext) -> Tensor {
      let gain = context.parameter(ParameterSpecification("gain", .scalar, .ones))
      return Network(context.scope, innerLayers).apply(input, context) * gain
    }
  }

  @Test func layersWithinLayersAreTheirOwn() throws {
    let layer = Twice([Conv2D(3, kernel: 3, stride: 2), BatchNorm(), Upsample2D()])
    try checkLayer(layer, input: [1, 4, 6])
    let rows = try Network("encoder", [layer]).rows([1, 4, 6])
    #expect(rows.map(\.name) == ["encoder.0.0", "encoder.0.1", "encoder.0.2", "encoder.0"])
    #expect(rows.map(\.parameterCount) == [30, 12, 0, 1])
    #expect(rows.map(\.traits.couplesSamples) == [false, true, false, false])
    #expect(
      LayerCatalogue.value(Twice([Flatten()])) == .map([Setting("twice", .list([.string("flatten")]))]))
  }
}

/// That `checkLoss` finds what is wrong with a loss.
@Suite struct CheckLossTests {
  private func expect(
    _ words: String, formula: ((Double, Double) -> Double)? = nil, _ loss: (Tensor, Tensor) -> Tensor
  ) {
    let error = thrownError { try checkLoss("newcomer", formula: formula, loss) }
    #expect(error.message.hasPrefix("The loss newcomer fails its check: "))
    #expect(error.says(words), "\(error)")
  }

  @Test func aRightOnePasses() throws {
    func formula(_ prediction: Double, _ target: Double) -> Double {
      let square = (prediction - target) * (prediction - target)
      return square * square
    }
    try checkLoss("fourth power", formula: formula) { ($0 - $1).square.square.mean }
  }

  @Test func faultsAreFound() {
    expect("its formula", formula: { abs($0 - $1) }, { ($0 - $1).square.mean })
    expect("not one number a sample") { ($0 - $1).square }
    expect("not one number a sample") { ($0 - $1).square.mean.batchMean }
    expect("a prediction that is the target has") { -($0 - $1).square.mean }
    expect("a prediction that is the target has") { prediction, _ in prediction.square.mean }
    expect("not finite") { (($0 - $1).square.mean * 0).logarithm }
    expect("in a batch of") { ($0 - $1).square.mean + ($0 - $1).square.mean.batchMean }
    expect("in another shape") { prediction, target in
      (prediction - target).square.mean * Double(prediction.shape.rank)
    }
  }
}

extension SettingType where Value == Double {
  /// A number that is one more whenever it is read.
  fileprivate static var forgetful: Self {
    .number(0...10).converted({ (number, _) throws(HourglassError) in number + 1 }, back: { $0 })
  }
}
