import HourglassBase
import HourglassGraph

/// Puts a newcomer's loss through what every loss must stand, for tests of losses outside this package, and for ours.
///
/// Its settings make it again, and all that `checkLoss(_:formula:_:)` asks for.
///
/// - Parameter formula: what it is for one number and its target, if it is the mean of that over a sample's numbers.
/// - Throws: `HourglassError` (badData) that says what does not hold first.
public func checkLoss(_ loss: Loss, formula: ((_ prediction: Double, _ target: Double) -> Double)? = nil)
  throws
{
  let function = loss.function
  let reader = try SettingsReader(.map(function.settings), path: "loss")
  let again = try type(of: function).init(reader)
  try reader.finish()
  guard again.settings == function.settings, Loss(again) == loss else {
    throw HourglassError(
      .badData,
      "The loss \(loss.name) fails its check: reading its settings \(SettingValue.map(function.settings).shortText) "
        + "gives \(SettingValue.map(again.settings).shortText).")
  }
  try checkLoss(loss.name, formula: formula) { loss($0, $1) }
}

/// Puts a function of a prediction and its target through what every loss must stand: one number a sample, the same whatever
/// the sample's shape; finite, and least where the prediction is the target; the gradient that finite differences give in
/// double precision; the engine computing what the reference interpreter does; samples that do not see one another.
///
/// - Parameters:
///   - name: for messages.
///   - formula: what it is for one number and its target, if it is the mean of that over a sample's numbers.
///   - loss: of tensors of one shape, with numbers in 0...1.
/// - Throws: `HourglassError` (badData) that says what does not hold first.
package func checkLoss(
  _ name: String, formula: ((_ prediction: Double, _ target: Double) -> Double)? = nil,
  _ loss: (_ prediction: Tensor, _ target: Tensor) -> Tensor
) throws {
  func failure(_ what: String) -> HourglassError {
    HourglassError(.badData, "The loss \(name) fails its check: \(what).")
  }
  var byShape: [[Double]] = []
  for shape in [[12], [3, 4], [2, 3, 2]] as [Shape] {
    let builder = GraphBuilder()
    let prediction = builder.input("prediction", shape: shape)
    let target = builder.input("target", shape: shape)
    let value = loss(prediction, target)
    guard value.shape == .scalar, value.isPerSample else {
      throw failure("it gives the shape \(value.shape) for samples of \(shape), not one number a sample")
    }
    let mean = value.batchMean
    builder.output("value", value)
    builder.output("least", loss(target, target))
    builder.output("loss", mean)
    builder.output("slope", builder.gradient(of: mean, with: [prediction])[0])
    let trial = try GraphTrial(builder, inputs: ["prediction": 0.05...0.95, "target": 0.05...0.95])
    let results = trial.reference()
    let values = results["value"] ?? []
    for (sample, pair) in zip(values, results["least"] ?? []).enumerated() {
      guard pair.0.isFinite, pair.1.isFinite else { throw failure("it is not finite") }
      guard pair.1 <= pair.0 else {
        throw failure(
          "a prediction that is the target has \(pair.1), and another of sample \(sample) less, \(pair.0)")
      }
    }
    if let formula {
      for (sample, value) in values.enumerated() {
        let pairs = zip(trial.inputs["prediction"]?[sample] ?? [], trial.inputs["target"]?[sample] ?? [])
        let expected = pairs.reduce(0) { $0 + formula($1.0, $1.1) } / Double(shape.count)
        guard abs(value - expected) <= 1e-9 * max(abs(expected), 1) else {
          throw failure(
            "it gives \(value), and its formula \(expected), for sample \(sample) of shape \(shape)")
        }
      }
    }
    if let complaint = trial.wrongGradient([(output: "slope", of: "prediction")]) { throw failure(complaint) }
    if let complaint = try trial.disagreement() { throw failure(complaint) }
    if let complaint = try trial.dependence(of: "value") { throw failure(complaint) }
    byShape.append(values)
  }
  // The made-up numbers are the same for each shape.
  guard byShape.allSatisfy({ zip($0, byShape[0]).allSatisfy { abs($0 - $1) <= 1e-9 * max(abs($1), 1) } })
  else {
    throw failure("the same numbers in another shape give another value")
  }
}
