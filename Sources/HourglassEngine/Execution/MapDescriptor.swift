import CLaneKernels
import HourglassGraph

extension MapProgram.Function {
  /// The kernel's number for the function.
  var code: Int32 {
    switch self {
    case .unary(let function): Int32(bitPattern: function.code.rawValue)
    case .binary(let function): Int32(bitPattern: function.code.rawValue)
    }
  }
}

extension UnaryFunction {
  fileprivate var code: lane_map_function {
    switch self {
    case .negate: LANE_NEGATE
    case .absolute: LANE_ABSOLUTE
    case .sign: LANE_SIGN
    case .step: LANE_STEP
    case .square: LANE_SQUARE
    case .squareRoot: LANE_SQUARE_ROOT
    case .reciprocal: LANE_RECIPROCAL
    case .exponential: LANE_EXPONENTIAL
    case .logarithm: LANE_LOGARITHM
    case .tanh: LANE_HYPERBOLIC_TANGENT
    case .sigmoid: LANE_SIGMOID
    case .softplus: LANE_SOFTPLUS
    case .relu: LANE_RELU
    case .normalCumulative: LANE_NORMAL_CUMULATIVE
    case .round: LANE_ROUND
    case .stopGradient: LANE_IDENTITY
    }
  }
}

extension BinaryFunction {
  fileprivate var code: lane_map_function {
    switch self {
    case .add: LANE_ADD
    case .subtract: LANE_SUBTRACT
    case .multiply: LANE_MULTIPLY
    case .divide: LANE_DIVIDE
    case .maximum: LANE_MAXIMUM
    case .minimum: LANE_MINIMUM
    case .greater: LANE_GREATER
    case .straightThrough: LANE_IDENTITY
    }
  }
}

// C's fixed arrays arrive as tuples; these write one element.
extension lane_map {
  mutating func setOperand(_ index: Int, _ operand: lane_operand) {
    withUnsafeMutableBytes(of: &operands) { $0.bindMemory(to: lane_operand.self)[index] = operand }
  }

  mutating func setStep(_ index: Int, _ step: lane_map_step) {
    withUnsafeMutableBytes(of: &steps) { $0.bindMemory(to: lane_map_step.self)[index] = step }
  }

  mutating func setOutput(_ index: Int, _ output: lane_map_output) {
    withUnsafeMutableBytes(of: &outputs) { $0.bindMemory(to: lane_map_output.self)[index] = output }
  }
}
