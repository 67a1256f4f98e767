/// What an output of a graph is for. Whoever runs the graph goes by this, never by a text.
package enum OutputRole: Hashable, Sendable {
  /// The number that training lowers.
  case loss
  /// The loss's gradient in a parameter, which the optimizer takes.
  case gradient(of: String)
  /// What a parameter becomes after a step, such as a moving average.
  case assignment(to: String)
  /// A number to be averaged over an evaluation.
  case metric(String)
  /// Anything else, by its name.
  case output(String)
}

/// For printed graphs and the reference interpreter's results.
extension OutputRole: CustomStringConvertible {
  package var description: String {
    switch self {
    case .loss: "loss"
    case .gradient(let parameter): "gradient/\(parameter)"
    case .assignment(let parameter): "assign/\(parameter)"
    case .metric(let name): "metric/\(name)"
    case .output(let name): name
    }
  }
}
