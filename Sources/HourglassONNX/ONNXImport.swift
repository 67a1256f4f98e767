import HourglassBase
import HourglassFiles
import HourglassMessages
import HourglassModels

extension TrainedModel {
  /// Reads an autoencoder from an ONNX file, as PyTorch, Keras and scikit-learn export it: one input, and an output of its shape that is
  /// made of it by layers that this library has. Nothing in the file is run or trusted; what it keeps in other files must lie in its
  /// folder.
  ///
  /// ```swift
  /// let model = try TrainedModel.readONNX(path: "autoencoder.onnx")
  /// ```
  ///
  /// - Parameter code: the value, or the node, that is the code; the narrowest between input and reconstruction when nil.
  /// - Throws: `HourglassError`: badData naming the operator and its node when there is no layer for it, or the file is damaged; usage
  ///   when there is no value of that name; environment when a file cannot be read or there is no memory for it.
  public static func readONNX(path: String, code: String? = nil) throws -> TrainedModel {
    try readONNX(path: path, code: code, freeSizes: (64, 64))
  }

  /// The same, with the height and the width of the images of a file that takes any.
  static func readONNX(
    path: String, code: String?, freeSizes: (height: Int, width: Int)
  ) throws -> TrainedModel {
    let bytes = try BoundedFile.read(path, limit: (1 << 31) - 1)
    // The message's copy of its bytes, numbers of them, and layers' weights.
    try MemoryBudget.process.admit(MemoryBudget.product(4, bytes.count), for: path)
    guard MessageCensus.fields(in: bytes, within: ONNXModel.messages, limit: mostFields) <= mostFields else {
      throw HourglassError(
        .badData, "\(path) has more than \(grouped(mostFields)) parts, which no model of layers has")
    }
    let message = try ONNXModel(decoding: bytes, source: path)
    guard !message.graph.node.isEmpty else {
      throw HourglassError(.badData, "\(path) is no ONNX model: it has no graph of operators")
    }
    guard message.graph.node.count <= mostNodes else {
      throw HourglassError(
        .badData,
        "\(path) has \(grouped(message.graph.node.count)) operators, and \(grouped(mostNodes)) are allowed")
    }
    let assembly = ModelAssembly(
      try GraphReading(message.graph, path: path, freeSizes: freeSizes), message.graph)
    return try assembly.model(code: code, message.graph)
  }

  /// A model of a thousand layers has a few thousand.
  private static let mostNodes = 5_000
  /// Operators, their inputs and settings, tensors, sizes.
  private static let mostFields = 1_000_000
}
