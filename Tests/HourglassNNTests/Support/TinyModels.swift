import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassNN
import HourglassTestSupport

/// A trainer with all that it works on.
struct Training {
  var program: TrainingProgram
  var plan: TrainingPlan
  var data: SampleArray
  var validation: SampleArray?
  var samples: [UInt32]
  var threads = 1

  /// - Parameter data: as many numbers as the samples have together.
  init(
    _ program: TrainingProgram, _ plan: TrainingPlan, _ shape: Shape, _ data: [Float],
    validation: [Float]? = nil
  ) {
    self.program = program
    self.plan = plan
    let count = data.count / shape.count
    self.data = SampleArray(trustedFloats: data, count: count, shape: shape)
    self.validation = validation.map {
      SampleArray(trustedFloats: $0, count: $0.count / shape.count, shape: shape)
    }
    samples = Array(0..<UInt32(count))
  }

  func trainer(
    _ parameters: ParameterStore? = nil, state: TrainingState = TrainingState(), best: [String: [Float]] = [:]
  ) throws -> Trainer {
    try Trainer(
      program: program, plan: plan, parameters: parameters ?? program.makeParameters(seed: plan.seed),
      data: data,
      samples: samples, validation: validation.map { ($0, Array(0..<UInt32($0.count))) },
      team: WorkerTeam(count: threads), kernels: .best, state: state, best: best)
  }
}

/// One parameter `w`, zero at first, and a loss made of it and the sample.
func oneParameter(
  _ shape: Shape = [1], _ initializer: Initializer = .zeros, _ loss: @escaping (Tensor, Tensor) -> Tensor
) -> TrainingProgram {
  TrainingProgram(parameters: [.init("net.0.w", ParameterSpecification("w", shape, initializer))]) {
    context in
    .init(
      loss(context.builder.parameter("net.0.w", shape: shape), context.builder.input("x", shape: shape)))
  }
}

/// Reconstruction by these layers.
func reconstruction(_ layers: [any Layer], _ shape: Shape) throws -> TrainingProgram {
  let network = Network("net", layers)
  let rows = try network.rows(shape)
  let parameters = rows.flatMap { row in
    row.parameters.map { TrainingProgram.Parameter("\(row.name).\($0.name)", $0) }
  }
  return TrainingProgram(parameters: parameters) { context in
    let x = context.builder.input("x", shape: shape)
    return .init(Loss.l2(network.apply(x, context), x))
  }
}

/// All bits a trainer's next step depends on.
func bits(_ trainer: Trainer) -> [[UInt32]] {
  ParameterStore.Array.allCases.flatMap { array in
    trainer.parameters.entries.map { bits(trainer.parameters.read($0.name, array)) }
  }
}

/// Thrown to break a run off.
struct BrokenOff: Error {}
