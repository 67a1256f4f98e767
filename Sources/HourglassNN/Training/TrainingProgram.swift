import HourglassEngine
import HourglassGraph

/// What is trained: the parameters and the two graphs made of them.
package struct TrainingProgram: Sendable {
  package struct Parameter: Sendable {
    package var name: String
    package var specification: ParameterSpecification

    package init(_ name: String, _ specification: ParameterSpecification) {
      self.name = name
      self.specification = specification
    }
  }

  package var parameters: [Parameter]
  /// Outputs the loss, gradients of trained parameters, and assignments to moving averages.
  package var training: Graph
  /// Outputs the loss and metrics, all batch means.
  package var evaluation: Graph
  /// Parameters that are drawn anew before each step.
  package var drawnUnits: [LayerContext.DrawnUnits]

  /// - Parameter loss: builds the computation of one sample; called once for training, once for evaluation.
  package init(parameters: [Parameter], loss: (LayerContext) -> SampleLoss) {
    var drawn: [LayerContext.DrawnUnits] = []
    training = Self.graph(isTraining: true, parameters) { context in
      let sample = loss(context)
      drawn = context.drawnUnits
      return sample
    }
    evaluation = Self.graph(isTraining: false, parameters, loss)
    drawnUnits = drawn
    let followsProgress = training.nodes.contains {
      $0.operation == .leaf(.parameter(LayerContext.progressName))
    }
    let progress = Parameter(
      LayerContext.progressName,
      ParameterSpecification(LayerContext.progressName, .scalar, .zeros, isTrainable: false))
    self.parameters =
      parameters + (followsProgress ? [progress] : [])
      + drawn.map {
        Parameter($0.name, ParameterSpecification($0.name, [$0.count], .ones, isTrainable: false))
      }
  }

  /// One of the two graphs by itself: evaluations need no gradient.
  package static func graph(
    isTraining: Bool, _ parameters: [Parameter], _ sampleLoss: (LayerContext) -> SampleLoss
  ) -> Graph {
    let builder = GraphBuilder()
    let context = LayerContext(builder: builder, isTraining: isTraining)
    let sample = sampleLoss(context)
    builder.scope = "loss"
    var total = sample.loss.batchMean
    if let shared = sample.shared { total = total + shared }
    for penalty in context.penalties { total = total + penalty.batchMean }
    builder.output(.loss, total)
    guard isTraining else {
      for metric in sample.metrics { builder.output(.metric(metric.name), metric.value.batchMean) }
      return builder.graph
    }
    let trained = parameters.filter(\.specification.isTrainable)
    let tensors = trained.map { builder.parameter($0.name, shape: $0.specification.shape) }
    for (parameter, gradient) in zip(trained, builder.gradient(of: total, with: tensors)) {
      builder.output(.gradient(of: parameter.name), gradient)
    }
    for assignment in context.assignments {
      builder.output(.assignment(to: assignment.parameter), assignment.value)
    }
    return builder.graph
  }

  /// New parameters with their first values.
  package func makeParameters(seed: UInt64) -> ParameterStore {
    let store = ParameterStore(
      parameters.map { ($0.name, $0.specification.shape, $0.specification.isTrainable) })
    for (index, parameter) in parameters.enumerated() {
      let specification = parameter.specification
      store.write(
        parameter.name,
        specification.initializer.values(
          count: specification.shape.count, fanIn: specification.fanIn, fanOut: specification.fanOut,
          seed: seed, stream: UInt32(index)))
    }
    return store
  }
}
