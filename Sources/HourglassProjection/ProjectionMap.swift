import HourglassBase
import HourglassDrawing
import HourglassEngine
import HourglassFiles

/// A finished map of codes, with what is needed to place new samples into it: old points stay where they are.
public struct ProjectionMap: Sendable {
  /// How a way to lay out the samples was found.
  public enum Method: String, Sendable {
    case tsne, pca
    /// The code itself, which has two numbers.
    case code

    package var title: String {
      switch self {
      case .tsne: "t-SNE"
      case .pca: "PCA"
      case .code: "Code"
      }
    }
  }

  /// One way to lay out the samples.
  public struct Layout: Sendable {
    public var method: Method
    public var positions: [SIMD2<Float>]

    public init(method: Method, positions: [SIMD2<Float>]) {
      self.method = method
      self.positions = positions
    }
  }

  package var name: String
  package var weightsDigest: String?
  package var codes: SampleArray
  /// The first is the map that was asked for.
  public var layouts: [Layout]
  public var labels: [UInt8]
  public var classNames: [String]
  /// The samples to be shown, small, if they are images.
  private(set) var pictures: SampleArray?
  package var seed: UInt64
  /// Which numbers the samples held where they are mapped themselves; nil where nobody knows.
  package private(set) var values: ValueRange?

  /// - Parameters:
  ///   - name: of the samples, such as "fashion-mnist, test".
  ///   - weightsDigest: of the model that made the codes; nil where the samples are mapped themselves.
  ///   - codes: `[n]` of shape `[features]`.
  ///   - labels: the class of each sample, an index into `classNames`; none if they are not known.
  ///   - images: the samples, if they are images to be shown.
  ///   - seed: keys the search for principal components.
  public init(
    name: String, weightsDigest: String?, codes: SampleArray, layouts: [Layout], labels: [UInt8] = [],
    classNames: [String] = [], images: (any SampleSource)? = nil, seed: UInt64
  ) throws {
    self.name = name
    self.weightsDigest = weightsDigest
    self.codes = codes.flattened
    self.layouts = layouts
    self.labels = labels
    self.classNames = classNames
    self.seed = seed
    values = weightsDigest == nil ? try codes.valueRange() : nil
    pictures = try images.flatMap { $0.form.isPicture ? try Thumbnails($0).pictures : nil }
  }

  // MARK: - New points

  /// New samples with numbers that mean what those of the map mean, see `ValueReading`; codes of a model are what they are.
  ///
  /// - Parameter name: what they are called, such as their file.
  /// - Returns: also what a person should know of them.
  /// - Throws: `HourglassError` (badData) when the numbers cannot be meant.
  package func matched(
    _ new: SampleArray, named name: String
  ) throws(HourglassError) -> (samples: SampleArray, note: String?) {
    let (samples, note) = try new.matched(to: values, named: name, learner: "the map holds")
    return (try samples.array(), note)
  }

  /// Places new samples: principal components exactly, as the old ones; in t-SNE each by its affinities to the old points,
  /// which do not move (Poličar, Stražar & Zupan, "Embedding to reference t-SNE space addresses batch effects in
  /// single-cell classification", 2019). A sample's place does not depend on the others.
  ///
  /// - Parameters:
  ///   - new: codes of the same model.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - progress: told now and then, on the working thread, what is done for a layout; what it throws ends the work.
  /// - Returns: the positions in each layout.
  /// - Throws: `HourglassError`: badData when the codes have another size, a value is not finite, or, where samples are mapped
  ///   themselves, numbers cannot be meant beside those of the map; `CancellationError`
  ///   when the task is cancelled; what `progress` throws.
  public func place(
    _ new: SampleArray, threads: Int? = nil,
    progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws -> [[SIMD2<Float>]] {
    try await onOwnThread(telling: progress) { tell in
      try placeNow(new, threads: threads, progress: tell)
    }
  }

  private func placeNow(
    _ new: SampleArray, threads: Int?, progress: WorkProgress.Report
  ) throws -> [[SIMD2<Float>]] {
    let new = new.flattened
    guard new.shape == codes.shape else {
      throw HourglassError(
        .badData,
        "The codes have \(new.shape.count) numbers, but those of the map \(codes.shape.count); use the same model."
      )
    }
    let read = try matched(new, named: "the new samples").samples
    let machine = try VectorMachine(threads: threads)
    let (old, points) = (try PointMatrix(codes), try PointMatrix(read))
    return try layouts.map { layout in
      switch layout.method {
      case .code: return read.positions
      case .pca:
        let components = try PrincipalComponents(
          of: old, shape: codes.shape, count: min(2, old.features), seed: seed, machine: machine,
          progress: progress)
        return components.project(points, machine: machine).positions
      case .tsne:
        let placement = Placement()
        let width = min(placement.startNeighbours, old.count)
        let table = try machine.neighbours(of: points, among: old, width: width) {
          try progress(WorkProgress("neighbours", done: $0, of: points.count, "samples"))
        }
        return try machine.places(table, in: layout.positions, placement) {
          try progress(WorkProgress("placing", done: $0, of: points.count, "samples"))
        }
      }
    }
  }

  // MARK: - File

  private static let format = "hourglass map 1"

  /// Writes the map as a safetensors file, replacing an older one only when the new one is complete.
  ///
  /// - Throws: `HourglassError` (environment) when the place cannot be written.
  public func write(to path: String) throws {
    var members = [
      JSONMember("name", .string(name)), JSONMember("weights", weightsDigest.map { .string($0) } ?? .null),
      JSONMember("methods", .array(layouts.map { .string($0.method.rawValue) })),
      JSONMember("classes", .array(classNames.map { .string($0) })),
      JSONMember("seed", .string(String(seed))),
    ]
    if let values { members.append(JSONMember("values", try values.json)) }
    var parts = [
      TensorFile.Part("codes", shape: [codes.count, codes.shape.count], .floats(codes.floats)),
      TensorFile.Part("labels", shape: [labels.count], .bytes(labels)),
    ]
    for layout in layouts {
      parts.append(
        TensorFile.Part(
          "positions/\(layout.method.rawValue)", shape: [codes.count, 2],
          .floats(layout.positions.flatMap { [$0.x, $0.y] })))
    }
    if let pictures {
      parts.append(
        TensorFile.Part(
          "pictures", shape: Shape([codes.count] + pictures.shape.dimensions), .bytes(pictures.bytes)))
    }
    try TensorFile.write(
      metadata: ["format": Self.format, "map": JSONValue.object(members).text()], parts, to: path)
  }

  /// Reads a file that `write(to:)` made. Nothing in it is trusted.
  ///
  /// - Throws: `HourglassError`: badData when the file is no map or is damaged, environment when it cannot be read.
  public static func read(path: String) throws -> ProjectionMap {
    let file = try TensorFile.read(
      path: path, format: format, what: "map", remedy: .make(.map))
    func complaint(_ what: String) -> HourglassError {
      HourglassError(.badData, "\(path) is no map that can be used: \(what); make it again.")
    }
    let description = try JSONValue.parse(
      Array((file.metadata["map"] ?? "").utf8), source: "\(path), metadata \"map\"")
    guard let name = description["name"]?.stringValue,
      let seed = description["seed"]?.stringValue.flatMap(UInt64.init),
      let methods = description["methods"]?.arrayValue?.compactMap({ $0.stringValue.flatMap(Method.init) }),
      !methods.isEmpty, let classes = description["classes"]?.arrayValue?.compactMap(\.stringValue),
      let shape = file.shape("codes"), shape.rank == 2, shape[0] > 0, shape[1] > 0
    else { throw complaint("its description is not complete") }
    let layouts = try methods.map { method in
      let floats = try file.floats("positions/\(method.rawValue)")
      guard floats.count == 2 * shape[0], floats.allSatisfy(\.isFinite), method != .code || shape[1] == 2
      else {
        throw complaint("its positions do not fit")
      }
      return Layout(
        method: method, positions: (0..<shape[0]).map { SIMD2(floats[2 * $0], floats[2 * $0 + 1]) })
    }
    let labels = Array(try file.bytes("labels"))
    guard labels.isEmpty || labels.count == shape[0], classes.count <= 256,
      labels.max() ?? 0 < max(classes.count, 1)
    else { throw complaint("its labels do not fit") }
    var map = try ProjectionMap(
      name: name, weightsDigest: description["weights"]?.stringValue,
      codes: SampleArray(trustedFloats: try file.floats("codes"), count: shape[0], shape: [shape[1]]),
      layouts: layouts,
      labels: labels, classNames: classes, seed: seed)
    map.values = try description["values"].map {
      guard let values = ValueRange($0) else { throw complaint("the range of its values is damaged") }
      return values
    }
    if let pictured = file.shape("pictures") {
      let picture = Shape(Array(pictured.dimensions.dropFirst()))
      guard pictured.rank == 4, pictured[0] == shape[0], SampleForm(picture).isPicture,
        max(picture[1], picture[2]) <= Thumbnails.longestSide
      else { throw complaint("its pictures have the shape \(pictured)") }
      map.pictures = SampleArray(
        trustedBytes: Array(try file.bytes("pictures")), count: shape[0], shape: picture)
    }
    return map
  }
}

extension SampleArray {
  /// The first two numbers of each sample as a point; a lone number lies on the first axis.
  package var positions: [SIMD2<Float>] {
    (0..<count).map { index in
      let sample = sample(index)
      return SIMD2(sample[0], sample.count > 1 ? sample[1] : 0)
    }
  }
}
