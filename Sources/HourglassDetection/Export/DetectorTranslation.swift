import HourglassBase
import HourglassEngine
import HourglassGraph
import HourglassMessages
import HourglassModels
import HourglassONNX

/// A detector as an ONNX graph: from the columns of a table, or images, to what `score` makes of them, operator by operator.
///
/// A sample is a row of every value. What is worked out in 64 bits here is in the file, too.
struct DetectorTranslation {
  let detector: AnomalyDetector
  var writer: NodeWriter

  /// What the model makes of samples, as values of the file.
  struct Pass {
    var shown: String
    var code: String
    var reconstruction: String
  }

  init(_ detector: AnomalyDetector, reserved: Set<String>) {
    self.detector = detector
    writer = NodeWriter(reserved: reserved)
  }

  var graph: ONNXGraph {
    var graph = ONNXGraph()
    graph.node = writer.nodes
    graph.initializer = writer.initializers
    return graph
  }

  /// - Parameter sample: of the model's input shape.
  /// - Throws: `HourglassError` (usage) when ONNX has no operator for one of the model's.
  mutating func pass(_ sample: String) throws(HourglassError) -> Pass {
    let (trained, scope) = (detector.model, writer.scope)
    let graph = trained.model.inferenceGraph(trained.objective)
    var translation = GraphTranslation(graph, inputs: ["x": sample], writer: writer) {
      trained.parameters.read($0)
    }
    let values = try translation.translate(
      ["shown", "code", "reconstruction"].map { name in
        guard let node = graph.output(name) else {
          preconditionFailure("an inference graph has these outputs")
        }
        return node
      })
    writer = translation.writer
    writer.scope = scope
    return Pass(shown: values[0], code: values[1], reconstruction: values[2])
  }

  /// Gives the results their names: the score and the alerts lose the axis of single numbers.
  mutating func give(score: (value: String, name: String), alert: (value: String, name: String)) {
    for (value, name) in [score, alert] {
      give(op("Squeeze", value, writer.integers([1])), as: name)
    }
  }

  mutating func give(_ value: String, as name: String) { writer.name(value, name, isTaken: false) }

  // MARK: Operators

  mutating func op(_ kind: String, _ inputs: String...) -> String { writer.add(kind, inputs) }

  mutating func cast(_ value: String, to element: ONNXElementKind) -> String {
    writer.add("Cast", [value], .integer("to", element.rawValue))
  }

  mutating func concatenated(_ values: [String]) -> String {
    values.count == 1 ? values[0] : writer.add("Concat", values, .integer("axis", 1))
  }

  /// One column of a matrix.
  mutating func column(_ index: Int, of matrix: String) -> String {
    writer.add("Gather", [matrix, writer.integers([index])], .integer("axis", 1))
  }

  /// A sum over each row.
  mutating func rowSum(_ matrix: String) -> String {
    writer.add("ReduceSum", [matrix, writer.integers([1])], .integer("keepdims", 1))
  }

  /// Without a number on either side of 0 beyond it.
  mutating func clipped(_ value: String, to limit: Float) -> String {
    op("Clip", value, writer.number(Double(-limit)), writer.number(Double(limit)))
  }

  /// The inverse hyperbolic sine in 64 bits, which ONNX Runtime has for 32 only. Near 0 it
  /// keeps its digits by Kahan's logarithm of one more than a small number (1981).
  mutating func inverseHyperbolicSine(_ value: String) -> String {
    let one = writer.double(1)
    let size = op("Abs", value)
    let square = op("Mul", size, size)
    let root = op("Sqrt", op("Add", square, one))
    let small = op("Add", size, op("Div", square, op("Add", one, root)))
    let more = op("Add", one, small)
    let logarithm = op("Div", op("Mul", small, op("Log", more)), op("Sub", more, one))
    return op("Mul", op("Sign", value), op("Where", op("Equal", more, one), small, logarithm))
  }

  mutating func hyperbolicSine(_ value: String) -> String {
    op("Div", op("Sub", op("Exp", value), op("Exp", op("Neg", value))), writer.double(2))
  }
}
