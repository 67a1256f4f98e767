import HourglassBase
import HourglassEngine
import HourglassModels

/// How far samples are from the nearest training samples.
struct NeighbourDistance: Sendable {
  /// Where samples are points, and which distance counts there.
  enum Space: Sendable {
    /// A sample's code. The distance is that to the last of the nearest (Ramaswamy, Rastogi and Shim 2000). Of older files, and of
    /// samples that are neither rows nor images.
    case codes
    /// See `EdgeSpace`. The distance is that to the last of the nearest, as of codes. Of images.
    case edges(EdgeSpace)
    /// See `JoinedSpace`. The distance is the mean of those to all of the nearest (Angiulli and Pizzuti 2002), which does not trust
    /// one that is odd itself, or halfway between it and that to the nearest, which knows single rows. Of tables.
    case joined(JoinedSpace)
  }

  let space: Space
  /// Training samples.
  let points: SampleArray
  /// How many of them are the nearest; all where there are fewer.
  let neighbours: Int
  /// How much the distance to the nearest counts in a joined space; the mean over all of the nearest counts the rest. 0 or a half.
  let nearestShare: Double

  init(space: Space, points: SampleArray, neighbours: Int, nearestShare: Double = 0.5) {
    (self.space, self.points, self.neighbours) = (space, points, neighbours)
    self.nearestShare = nearestShare
  }

  /// In a joined space.
  ///
  /// - Parameters:
  ///   - seen: what the model makes of the training samples that others are compared with, of shape `[features]`.
  ///   - missing: what these lack.
  ///   - usual: residuals that `distance` was learnt from.
  ///   - isMixed: whether anomalies are to be expected among the training samples. The nearest, which may be one, does not count
  ///     then beyond the mean, and that is over more, since anomalies may lie together.
  ///   - neighbours: how many are the nearest; what is usual when nil.
  init(
    joining seen: TrainedModel.Pass, missing: MissingCells, usual: SampleArray, _ distance: ResidualDistance,
    isMixed: Bool, neighbours: Int?, _ machine: VectorMachine
  ) throws {
    let space = Space.joined(
      JoinedSpace(inputs: seen.shown, distances: try distance.distances(usual, machine: machine)))
    let points = try distance.measured(
      seen, residuals: AnomalyDetector.residuals(seen, missing: missing), missing: missing, in: space,
      machine: machine
    ).points
    self.init(
      space: space, points: points,
      neighbours: neighbours ?? (isMixed ? Self.nearestOfMixed(points.count) : Self.nearestRows),
      nearestShare: isMixed ? 0 : 0.5)
  }

  /// Of images, where all others are compared with the edges of these; of samples of another form with their codes.
  ///
  /// - Parameters:
  ///   - seen: what the model makes of the training samples that others are compared with.
  ///   - isClean: whether anomalies are known not to be among them.
  ///   - neighbours: how many are the nearest; what is usual when nil.
  init(
    images seen: TrainedModel.Pass, shape: Shape, isImage: Bool, isClean: Bool, neighbours: Int?,
    _ machine: VectorMachine
  ) {
    let neighbours = neighbours ?? (isClean ? Self.nearestImage.clean : Self.nearestImage.mixed)
    guard isImage else {
      self.init(space: .codes, points: seen.code, neighbours: neighbours)
      return
    }
    let space = EdgeSpace(shape)
    self.init(
      space: .edges(space), points: space.points(seen.shown, machine: machine), neighbours: neighbours)
  }

  /// How much the reconstruction counts in a combined score without tails; the distance counts the rest. The edges tell other
  /// kinds of images apart better than the residual does, which is better at small defects.
  var reconstructionShare: Double {
    if case .edges = space { 0.2 } else { 0.5 }
  }

  /// What is measured, in a few words.
  var title: String {
    switch space {
    case .codes: "autoencoder, distance of codes"
    case .edges: "distance of edges"
    case .joined: "autoencoder, distance to neighbours"
    }
  }

  /// Some samples, their distances and their nearest training samples.
  struct Measured {
    var points: SampleArray
    var distances: [Double]
    /// Which points are near.
    var near: NeighbourTable
  }

  /// Numbers of a point.
  ///
  /// - Parameters:
  ///   - features: of a sample.
  ///   - code: numbers of its code.
  static func width(_ space: Space, features: Int, code: Int) -> Int {
    switch space {
    case .codes: code
    case .edges(let edges): edges.width
    case .joined: 2 * features
    }
  }

  /// How much the distance to each of so many nearest points counts in a joined space, the nearest first.
  func weights(_ count: Int) -> [Double] {
    (0..<count).map { (1 - nearestShare) / Double(count) + ($0 == 0 ? nearestShare : 0) }
  }

  /// Over how many of the nearest training rows the mean is.
  private static let nearestRows = 5
  /// Where anomalies may be among the training rows, and may lie together, a share of these; not so many that far ones count.
  private static func nearestOfMixed(_ rows: Int) -> Int { min(max(rows / 50, nearestRows), 100) }
  /// Which of the nearest counts of images: the second, or a later one where anomalies may be among the training samples and
  /// may lie together.
  private static let nearestImage = (clean: 2, mixed: 10)

  /// The distances of points to their nearest.
  func measured(_ queries: SampleArray, machine: VectorMachine) throws -> Measured {
    let candidates = try PointMatrix(points)
    let near = machine.neighbours(
      of: try PointMatrix(queries), among: candidates, width: min(neighbours, points.count))
    let weights = weights(near.width)
    let distances = (0..<queries.count).map { query in
      let nearest = near.squares[query * near.width..<(query + 1) * near.width]
      return switch space {
      case .codes, .edges: Double(nearest[nearest.endIndex - 1]).squareRoot()
      case .joined:
        zip(nearest, weights).reduce(0.0) { $0 + Double($1.0).squareRoot() * $1.1 }
      }
    }
    return Measured(points: queries, distances: distances, near: near)
  }
}

extension ResidualDistance {
  /// The distances of what a model made of some samples, and these as points.
  ///
  /// - Parameters:
  ///   - pass: of samples of shape `[features]`.
  ///   - residuals: of the pass.
  func measured(
    _ pass: TrainedModel.Pass, residuals: SampleArray, missing: MissingCells,
    in space: NeighbourDistance.Space,
    machine: VectorMachine
  ) throws -> (distances: [Double], points: SampleArray) {
    let joined: JoinedSpace
    switch space {
    case .codes: return (try distances(residuals, missing: missing, machine: machine), pass.code)
    case .edges(let edges):
      return (
        try distances(residuals, missing: missing, machine: machine),
        edges.points(pass.shown, machine: machine)
      )
    case .joined(let space): joined = space
    }
    let width = 2 * residuals.shape.count
    var distances: [Double] = []
    let points = try SampleArray(trustedFloatCount: residuals.count, shape: [width]) { memory in
      distances = try self.distances(residuals, missing: missing, machine: machine) { row, whitened in
        joined.write(
          pass.shown.sample(row), whitened,
          to: UnsafeMutableBufferPointer(rebasing: memory[row * width..<(row + 1) * width]))
      }
    }
    return (distances, points)
  }
}
