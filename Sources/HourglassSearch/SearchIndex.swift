import HourglassBase
import HourglassData
import HourglassDrawing
import HourglassEngine
import HourglassGraph
import HourglassModels
import HourglassPictures

/// Vectors to search in, usually the codes that a model gives images, with what is needed to show what was found: classes,
/// file names and small pictures. With its model it takes images as queries.
public struct SearchIndex: Sendable {
  /// Where some of the vectors came from.
  struct Source: Sendable, Hashable {
    /// Such as "fashion-mnist, train".
    var name: String
    /// Vectors of it, one after another.
    var count: Int
  }

  /// `[n]` vectors of shape `[features]`.
  package internal(set) var vectors: SampleArray
  public let metric: DistanceMetric
  /// What makes vectors of samples; nil for an index of vectors alone.
  public let model: TrainedModel?
  /// Which numbers the vectors of an index without a model held when they were added; nil where nobody knows.
  var values: ValueRange?
  /// Where the arrays that were indexed have their channels, where somebody said so.
  package var axes: ChannelAxis?
  package let fitting: PictureFitting
  /// The class of each vector, an index into `classNames`; -1 where it is not known.
  public internal(set) var labels: [Int]
  public internal(set) var classNames: [String]
  /// The file of each vector; "" where it is none of its own.
  public internal(set) var names: [String]
  var sources: [Source]
  /// Bytes of shape `[channels, height, width]`, one picture for each vector, if they are kept.
  var pictures: SampleArray?
  /// Whether the pictures are the samples themselves, with nothing lost.
  var hasWholePictures: Bool
  package internal(set) var approximation: ApproximateSearch.Settings?
  /// The graph over the first vectors.
  var graph: Graph?
  /// The share of the ten nearest that the graph finds.
  public internal(set) var recall: Double?

  struct Graph: Sendable {
    var words: [UInt32]
    /// Vectors in it.
    var count: Int
  }

  public var count: Int { vectors.count }

  /// An index with nothing in it yet.
  ///
  /// - Parameters:
  ///   - features: numbers of a vector, where there is no model to say it.
  ///   - fitting: how pictures are brought into the model's shape.
  ///   - approximation: how the graph is made; nil for an index that is searched exactly.
  /// - Throws: `HourglassError` (usage) when the settings of the approximation are out of range.
  public init(
    model: TrainedModel?, features: Int? = nil, metric: DistanceMetric = .euclidean,
    fitting: PictureFitting = PictureFitting(), approximation: ApproximateSearch.Settings? = nil
  ) throws {
    try approximation?.check()
    let features = try features ?? model?.model.codeShape.count ?? 0
    self.init(
      vectors: SampleArray(trustedFloats: [], count: 0, shape: [features]), metric: metric, model: model,
      fitting: fitting,
      labels: [], classNames: [], names: [], sources: [], pictures: nil, hasWholePictures: false,
      approximation: approximation, graph: nil, recall: nil)
  }

  init(
    vectors: SampleArray, metric: DistanceMetric, model: TrainedModel?, fitting: PictureFitting,
    labels: [Int],
    classNames: [String], names: [String], sources: [Source], pictures: SampleArray?, hasWholePictures: Bool,
    approximation: ApproximateSearch.Settings?, graph: Graph?, recall: Double?
  ) {
    self.vectors = vectors
    self.metric = metric
    self.model = model
    self.fitting = fitting
    self.labels = labels
    self.classNames = classNames
    self.names = names
    self.sources = sources
    self.pictures = pictures
    self.hasWholePictures = hasWholePictures
    self.approximation = approximation
    self.graph = graph
    self.recall = recall
  }

  /// The most vectors of an index: what a graph can number.
  static let largestCount = 1 << 30

  /// What goes into an index.
  public struct Entries: Sendable {
    /// Of any shape with as many numbers as the index's vectors.
    public var vectors: SampleArray
    /// One for each vector, or none at all.
    public var labels: [Int] = []
    /// What the labels stand for.
    public var classNames: [String] = []
    /// The file of each vector, or none at all.
    public var names: [String] = []
    /// The images that the vectors stand for, to be shown.
    public var images: (any SampleSource)?

    public init(vectors: SampleArray) {
      self.vectors = vectors
    }
  }

  /// Adds vectors behind those there are. A graph is not changed before `finish`.
  ///
  /// - Parameter source: where they come from.
  /// - Throws: `HourglassError`: badData when they do not fit the index or, for the cosine, one is zero; usage when it would
  ///   become too large, or labels, names or pictures are more or fewer than vectors.
  public mutating func add(_ entries: Entries, source: String) throws {
    _ = try addTelling(entries, source: source)
  }

  /// As `add`. The numbers of vectors without a model are read as those that are there, see `ValueReading`.
  ///
  /// - Returns: what a person should know of them, one sentence.
  package mutating func addTelling(_ entries: Entries, source: String) throws -> String? {
    let (matched, note) = try entries.vectors.matched(
      to: model == nil ? values : nil, named: source, learner: Self.learner)
    let added = try matched.array()
    guard added.shape.count == vectors.shape.count else {
      throw HourglassError(
        .badData,
        "The vectors of \(source) have \(added.shape.count) numbers, but those of the index \(vectors.shape.count); give "
          + "others, or make an index of their own.")
    }
    guard count + added.count <= Self.largestCount else {
      throw HourglassError(
        .usage, "An index holds \(grouped(Self.largestCount)) vectors at most; make several.")
    }
    try Self.checkCounts(entries)
    // An index with such a vector could not be searched.
    if metric == .cosine,
      let zero = (0..<added.count).first(where: { added.sample($0).allSatisfy { $0 == 0 } })
    {
      let which = entries.names.isEmpty ? "Sample \(zero) of \(source)" : entries.names[zero]
      throw HourglassError(
        .badData,
        "\(which) has a vector of zeros, which has no direction for the cosine distance; leave it out, or use the "
          + "Euclidean distance.")
    }
    try addPictures(of: entries)
    addLabels(of: entries)
    names += entries.names.isEmpty ? Array(repeating: "", count: added.count) : entries.names
    let features = vectors.shape.count
    if model == nil {
      let new = try added.valueRange()
      // What is not known of some is not known of all.
      values = count == 0 ? new : values.flatMap { old in new.map(old.joined) ?? old }
    }
    vectors = SampleArray(
      trustedFloats: (count == 0 ? [] : vectors.floats) + added.floats, count: count + added.count,
      shape: [features]
    )
    sources.append(Source(name: source, count: added.count))
    recall = nil
    return note
  }

  /// - Throws: `HourglassError` (usage) when some vectors have a label, a name or a picture, and some none.
  private static func checkCounts(_ entries: Entries) throws(HourglassError) {
    let needed = entries.vectors.count
    let pictures = entries.images.map { $0.form.isPicture ? $0.count : needed } ?? 0
    for (what, count) in [
      ("labels", entries.labels.count), ("names", entries.names.count), ("pictures", pictures),
    ] where count != needed && count != 0 {
      throw HourglassError(
        .usage, "There are \(count) \(what) for \(needed) vectors; give one for each, or none.")
    }
    if let wrong = entries.labels.first(where: { !entries.classNames.indices.contains($0) }) {
      throw HourglassError(
        .usage,
        "A label is \(wrong), but there are \(entries.classNames.count) names of classes; give a name for each."
      )
    }
  }

  /// What sentences say of the vectors of an index without a model.
  static let learner = "the index holds"

  /// Classes are the same where their names are.
  private mutating func addLabels(of entries: Entries) {
    guard !entries.labels.isEmpty else {
      labels += Array(repeating: -1, count: entries.vectors.count)
      return
    }
    var known = NamePlaces(classNames)
    let numbers = entries.classNames.map { known.place($0) }
    classNames = known.names
    labels += entries.labels.map { numbers[$0] }
  }

  private mutating func addPictures(of entries: Entries) throws {
    guard let images = entries.images, images.form.isPicture, count == 0 || pictures != nil else {
      // Some without pictures would shift the others.
      pictures = nil
      hasWholePictures = false
      return
    }
    let added = try Thumbnails(images)
    let before = pictures?.bytes ?? []
    guard pictures == nil || pictures?.shape == added.pictures.shape else {
      pictures = nil
      hasWholePictures = false
      return
    }
    hasWholePictures = (count == 0 || hasWholePictures) && added.areWhole
    pictures =
      count == 0
      ? added.pictures
      : SampleArray(
        trustedBytes: before + added.pictures.bytes, count: count + added.pictures.count,
        shape: added.pictures.shape
      )
  }

  /// Adds new vectors to the graph, if there is one, and measures its recall, on threads of its own. A task that is
  /// cancelled ends it, and the index is as it was.
  ///
  /// - Parameter progress: told every now and then, on the working thread; what it throws ends the work.
  /// - Throws: `HourglassError` (environment) when there is no memory; `CancellationError` when the task is cancelled; what
  ///   `progress` throws.
  public mutating func finish(
    threads: Int? = nil, progress: @escaping @Sendable (WorkProgress) throws -> Void = { _ in }
  ) async throws {
    let unfinished = self
    self = try await onOwnThread(telling: progress) { tell in
      var index = unfinished
      try index.finishNow(threads: threads, progress: tell)
      return index
    }
  }

  private mutating func finishNow(threads: Int?, progress: @escaping WorkProgress.Report) throws {
    guard let approximation, graph?.count != count, count > 0 else { return }
    let search = try ApproximateSearch(
      ExactSearch(vectors, metric: metric), settings: approximation, words: graph?.words ?? [],
      count: graph?.count ?? 0, progress: progress)
    graph = Graph(words: search.words, count: count)
    recall = count > 10 ? try search.recall(threads: threads) : nil
  }

  /// What to call a vector: its file, or its source and its number there.
  public func caption(_ index: Int) -> String {
    if !names[index].isEmpty { return names[index] }
    var place = index
    for source in sources {
      if place < source.count { return "\(source.name) \(place)" }
      place -= source.count
    }
    return "\(index)"
  }

  /// The name of a vector's class, if it is known.
  public func className(_ index: Int) -> String? {
    labels[index] >= 0 ? classNames[labels[index]] : nil
  }

  /// The samples themselves, if the index holds all of them with nothing lost.
  package var wholeSamples: SampleArray? { hasWholePictures ? pictures : nil }

  /// A vector's picture, if pictures are kept.
  func picture(_ index: Int) throws -> Picture? {
    try pictures.map { try Picture(samples: $0.sample(index), shape: $0.shape) }
  }
}
