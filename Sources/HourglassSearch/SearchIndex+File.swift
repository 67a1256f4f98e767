import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassEngine
import HourglassFiles
import HourglassGraph
import HourglassModels

extension SearchIndex {
  private static let format = "hourglass index 1"
  /// Before the names of the model's tensors.
  private static let modelPrefix = "model/"

  /// Writes the index as one file (safetensors with text beside), replacing an older one only when the new one is complete.
  ///
  /// - Throws: `HourglassError`: usage when it would be larger than 4 GiB, environment when the place cannot be written.
  public func write(to path: String) throws { _ = try written(to: path) }

  /// `write`, for those who tell of it.
  ///
  /// - Returns: how many bytes the file has.
  package func written(to path: String) throws -> Int {
    var metadata = ["format": Self.format, "index": try description.text()]
    var parts = [
      TensorFile.Part("vectors", shape: [count, vectors.shape.count], .floats(vectors.floats)),
      TensorFile.Part("labels", shape: [count], .integers(labels.map { Int32($0) })),
    ]
    let text = Array(names.joined(separator: "\0").utf8)
    if names.contains(where: { !$0.isEmpty }) {
      parts.append(TensorFile.Part("names", shape: [text.count], .bytes(text)))
    }
    if let pictures {
      parts.append(
        TensorFile.Part(
          "pictures", shape: Shape([count] + pictures.shape.dimensions), .bytes(pictures.bytes)))
    }
    if let graph {
      parts.append(
        TensorFile.Part(
          "graph", shape: [graph.words.count], .integers(graph.words.map { Int32(bitPattern: $0) })))
    }
    if let model = try model?.safeTensors() {
      for key in TrainedModel.metadataKeys { metadata[key] = model.metadata[key] }
      parts += model.tensors.map {
        TensorFile.Part(Self.modelPrefix + $0.name, shape: $0.shape, .floats($0.values))
      }
    }
    return try TensorFile.write(metadata: metadata, parts, to: path)
  }

  /// Keeps other processes from changing the index in a file until it is released: for those that read one, add to it and
  /// write it anew.
  ///
  /// - Parameter waiting: called again and again while another process changes it; what it throws ends the wait.
  /// - Throws: `HourglassError` (environment) when the folder cannot be written; what `waiting` throws.
  package static func lock(_ path: String, waiting: () throws -> Void) throws -> FileLock {
    try withoutActuallyEscaping(waiting) {
      try FileLock(beside: path, work: "changing", waiting: $0)
    }
  }

  private var description: JSONValue {
    get throws {
      var members = [
        JSONMember("metric", .string(metric.rawValue)),
        JSONMember("classes", .array(classNames.map { .string($0) })),
        JSONMember(
          "sources",
          .array(
            sources.map {
              .object([JSONMember("name", .string($0.name)), JSONMember("count", .int($0.count))])
            })),
        JSONMember("wholePictures", .bool(hasWholePictures)),
        JSONMember("data", try DataDescription(DataSource(.images, "-"), fitting: fitting).value.json),
      ]
      if let values { members.append(JSONMember("values", try values.json)) }
      if let axes { members.append(JSONMember("axes", .string(axes.rawValue))) }
      if let approximation, let graph {
        members.append(
          JSONMember(
            "graph",
            .object([
              JSONMember("links", .int(approximation.links)),
              JSONMember("construction", .int(approximation.construction)),
              JSONMember("seed", .string(String(approximation.seed))), JSONMember("count", .int(graph.count)),
              JSONMember("recall", try recall.map { try .double($0) } ?? .null),
            ])))
      }
      return .object(members)
    }
  }

  /// Reads a file that `write(to:)` made. Nothing in it is run or trusted.
  ///
  /// - Throws: `HourglassError`: badData when the file is no index or is damaged, environment when it cannot be read.
  public static func read(path: String) throws -> SearchIndex {
    let file = try TensorFile.read(
      path: path, format: format, what: "index", remedy: .make(.index))
    return try IndexReader(file: file, path: path, prefix: modelPrefix).read()
  }
}

/// Takes an index out of its file. The digest holds, so only a file made on purpose ends here with a complaint.
private struct IndexReader {
  let file: TensorFile
  let path: String
  let prefix: String

  private func complaint(_ what: String) -> HourglassError {
    HourglassError(.badData, "\(path) is no index that can be used: \(what); make it again.")
  }

  /// What is wrong with settings in the file is the file's fault, not that of who asked.
  private func setting<Value>(_ what: String, _ read: () throws -> Value) throws -> Value {
    do {
      return try read()
    } catch let error as HourglassError {
      throw complaint("its \(what) cannot be used (\(error.fact))")
    }
  }

  func read() throws -> SearchIndex {
    let description = try JSONValue.parse(
      Array((file.metadata["index"] ?? "").utf8), source: "\(path), metadata \"index\"")
    guard let metric = description["metric"]?.stringValue.flatMap(DistanceMetric.init),
      let shape = file.shape("vectors"), shape.rank == 2, shape[0] > 0, shape[1] > 0,
      let classes = description["classes"]?.arrayValue?.compactMap(\.stringValue),
      let sources = description["sources"]?.arrayValue.map({ $0.compactMap(source) }),
      let isWhole = description["wholePictures"]?.boolValue, let data = description["data"]
    else { throw complaint("its description is not complete") }
    let count = shape[0]
    guard count <= SearchIndex.largestCount, sources.reduce(0, { $0 + $1.count }) == count else {
      throw complaint("its sources do not make \(count) vectors")
    }
    let labels = try file.integers("labels").map { Int($0) }
    guard labels.count == count, labels.allSatisfy({ -1..<classes.count ~= $0 }) else {
      throw complaint("its labels do not fit")
    }
    let (approximation, graph, recall) = try self.graph(description["graph"], count: count)
    let fitting = try setting("fitting of pictures") {
      try DataDescription(SettingValue(data, source: path), path: "data").fitting
    }
    let model = try self.model()
    if let model, try model.model.codeShape.count != shape[1] {
      throw complaint("its vectors are not its model's")
    }
    let values = try description["values"].map {
      guard let values = ValueRange($0) else { throw complaint("the range of its values is damaged") }
      return values
    }
    var index = SearchIndex(
      vectors: SampleArray(trustedFloats: try file.floats("vectors"), count: count, shape: [shape[1]]),
      metric: metric,
      model: model, fitting: fitting, labels: labels,
      classNames: classes, names: try names(count), sources: sources, pictures: try pictures(count),
      hasWholePictures: isWhole, approximation: approximation, graph: graph, recall: recall)
    index.values = values
    index.axes = description["axes"]?.stringValue.flatMap(ChannelAxis.init)
    return index
  }

  private func source(_ value: JSONValue) -> SearchIndex.Source? {
    guard let name = value["name"]?.stringValue, let count = value["count"]?.intValue,
      0...SearchIndex.largestCount ~= count
    else { return nil }
    return SearchIndex.Source(name: name, count: count)
  }

  private func names(_ count: Int) throws -> [String] {
    guard file.shape("names") != nil else { return Array(repeating: "", count: count) }
    let lines = try file.bytes("names").split(separator: 0, omittingEmptySubsequences: false)
    guard lines.count == count else { throw complaint("its names do not fit") }
    let names = lines.map { String(decoding: $0, as: UTF8.self) }
    guard names.allSatisfy(\.keepsMarkLimit) else { throw complaint("its names cannot be compared") }
    return names
  }

  private func pictures(_ count: Int) throws -> SampleArray? {
    guard let shape = file.shape("pictures") else { return nil }
    let picture = Shape(Array(shape.dimensions.dropFirst()))
    guard shape.rank == 4, shape[0] == count, SampleForm(picture).isPicture,
      max(picture[1], picture[2]) <= Thumbnails.longestSide
    else { throw complaint("its pictures have the shape \(shape)") }
    return SampleArray(trustedBytes: Array(try file.bytes("pictures")), count: count, shape: picture)
  }

  private func graph(
    _ value: JSONValue?, count: Int
  ) throws -> (ApproximateSearch.Settings?, SearchIndex.Graph?, Double?) {
    guard let value else { return (nil, nil, nil) }
    guard let links = value["links"]?.intValue, let construction = value["construction"]?.intValue,
      let seed = value["seed"]?.stringValue.flatMap(UInt64.init), value["count"]?.intValue == count
    else { throw complaint("its graph is not complete") }
    var settings = ApproximateSearch.Settings()
    (settings.links, settings.construction, settings.seed) = (links, construction, seed)
    try setting("graph") { try settings.check() }
    let words = try file.integers("graph").map { UInt32(bitPattern: $0) }
    return (settings, SearchIndex.Graph(words: words, count: count), value["recall"]?.doubleValue)
  }

  private func model() throws -> TrainedModel? {
    guard file.metadata["model"] != nil else { return nil }
    var metadata = file.metadata.filter { TrainedModel.metadataKeys.contains($0.key) }
    metadata["format"] = TrainedModel.format
    let tensors = try file.names(after: prefix).map { name in
      SafeTensors.Tensor(
        name: name, shape: file.shape(prefix + name) ?? .scalar, values: try file.floats(prefix + name))
    }
    return try TrainedModel.read(SafeTensors(metadata: metadata, tensors: tensors), path: path)
  }
}
