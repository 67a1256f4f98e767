import HourglassBase
import HourglassEngine
import HourglassPlatform

/// Images as their edges: how strongly brightness changes in each of eight directions, in the cells of a coarse grid
/// (histograms of oriented gradients, Dalal and Triggs 2005). Images lie near each other in it whose outlines run alike, also
/// where they are a pixel apart or one is brighter.
///
/// Distances are between fourth roots of the strengths, by which it counts more whether there is an edge than how strong it is.
/// (The square root is usual: Arandjelović and Zisserman 2012. It tells classes of Fashion-MNIST and of MNIST apart less well.)
struct EdgeSpace: Sendable {
  let channels: Int
  let rows: Axis
  let columns: Axis

  /// Into which the circle is divided.
  static let directions = 8
  /// Longer sides are brought to less than twice as many pixels first: single pixels of a large image are mostly noise.
  private static let longestSide = 32
  /// Pixels of a cell of an image that is not large.
  private static let cellExtent = 4
  /// Cells of a side, at most.
  private static let mostCells = 8

  /// - Parameter shape: of an image, `[channels, height, width]`.
  init(_ shape: Shape) {
    channels = shape[0]
    (rows, columns) = (Axis(shape[1]), Axis(shape[2]))
  }

  /// Numbers of a point: a strength for each direction in each cell, and of images with several channels the colour of each cell.
  var width: Int { rows.cells * columns.cells * (Self.directions + (channels > 1 ? channels : 0)) }

  /// A side of an image.
  struct Axis: Sendable {
    /// Pixels of the image.
    let pixels: Int
    /// So many pixels become one.
    let factor: Int
    let cells: Int
    /// `[cells][extent]`: how much each pixel counts in each cell, together 1. Cells overlap, so that an edge moves from one
    /// to the next little by little.
    let weights: [Double]

    /// Pixels when the image is reduced.
    var extent: Int { (pixels + factor - 1) / factor }

    /// The deviation of a cell's window, in cells.
    private static let overlap = 0.625

    init(_ pixels: Int) {
      self.pixels = pixels
      factor = max(pixels / EdgeSpace.longestSide, 1)
      let extent = (pixels + factor - 1) / factor
      let cells = min(max((extent + EdgeSpace.cellExtent / 2) / EdgeSpace.cellExtent, 1), EdgeSpace.mostCells)
      self.cells = cells
      let cell = Double(extent) / Double(cells)
      weights = (0..<cells).flatMap { place in
        let window = (0..<extent).map { pixel in
          let distance = (Double(pixel) + 0.5) / cell - (Double(place) + 0.5)
          return exp(-distance * distance / (2 * Self.overlap * Self.overlap))
        }
        let sum = window.reduce(0, +)
        // In single precision, so that last bits of an exponential function do not matter.
        return window.map { Double(Float($0 / sum)) }
      }
    }
  }

  /// Images as points, the same at any number of threads.
  ///
  /// - Parameter images: of the shape of this space.
  /// - Returns: samples of shape `[width]`.
  func points(_ images: SampleArray, machine: VectorMachine) -> SampleArray {
    let width = width
    return SampleArray(trustedFloatCount: images.count, shape: [width]) { memory in
      machine.team.forEachRun(of: images.count, size: 16) { run, _ in
        for image in run {
          for (place, number) in point(images.sample(image)).enumerated() {
            memory[image * width + place] = Float(number)
          }
        }
      }
    }
  }

  private func point(_ image: [Float]) -> [Double] {
    let planes = (0..<channels).map { reduced(image, channel: $0) }
    var strengths = [Double](repeating: 0, count: rows.extent * columns.extent * Self.directions)
    for plane in planes { addEdges(of: plane, to: &strengths) }
    let edges = pooled(strengths, depth: Self.directions).map { $0.squareRoot().squareRoot() }
    guard channels > 1 else { return edges }
    var colours = [Double](repeating: 0, count: planes[0].count * channels)
    for pixel in planes[0].indices {
      let grey = planes.reduce(0) { $0 + $1[pixel] } / Double(channels)
      for (channel, plane) in planes.enumerated() {
        colours[pixel * channels + channel] = plane[pixel] - grey
      }
    }
    return edges + pooled(colours, depth: channels)
  }

  /// A channel, `[rows][columns]`, of which squares of pixels become their mean.
  private func reduced(_ image: [Float], channel: Int) -> [Double] {
    let first = channel * rows.pixels * columns.pixels
    var plane: [Double] = []
    plane.reserveCapacity(rows.extent * columns.extent)
    for row in stride(from: 0, to: rows.pixels, by: rows.factor) {
      for column in stride(from: 0, to: columns.pixels, by: columns.factor) {
        var (sum, count) = (0.0, 0.0)
        for y in row..<min(row + rows.factor, rows.pixels) {
          for x in column..<min(column + columns.factor, columns.pixels) {
            sum += Double(image[first + y * columns.pixels + x])
            count += 1
          }
        }
        plane.append(sum / count)
      }
    }
    return plane
  }

  /// Adds each pixel's gradient, by central differences, to the two directions that it lies between.
  ///
  /// - Parameter strengths: `[rows][columns][directions]`.
  private func addEdges(of plane: [Double], to strengths: inout [Double]) {
    let (height, width) = (rows.extent, columns.extent)
    for row in 0..<height {
      for column in 0..<width {
        let across = plane[row * width + min(column + 1, width - 1)] - plane[row * width + max(column - 1, 0)]
        let down = plane[min(row + 1, height - 1) * width + column] - plane[max(row - 1, 0) * width + column]
        let strength = (across * across + down * down).squareRoot() / 2
        // What is not a number has no direction; the residual will tell of it.
        guard strength > 0, strength.isFinite else { continue }
        let turn = Self.turn(across, down)
        let lower = Int(turn)
        let share = turn - Double(lower)
        let start = (row * width + column) * Self.directions
        strengths[start + lower % Self.directions] += strength * (1 - share)
        strengths[start + (lower + 1) % Self.directions] += strength * share
      }
    }
  }

  /// A direction as eighths of a turn, 0...8; not both numbers are 0. Made of the four operations alone, which have the same bits on
  /// every machine: the arc tangent's error is below a quarter of a degree.
  private static func turn(_ across: Double, _ down: Double) -> Double {
    let isSteep = abs(down) > abs(across)
    let slope = isSteep ? abs(across) / abs(down) : abs(down) / abs(across)
    let angle = slope + arcTangentBend * slope * (1 - slope)
    let isRising = (across < 0) == (down < 0)
    if isSteep { return (down > 0 ? 2 : 6) + (isRising ? -angle : angle) }
    if across < 0 { return 4 + (isRising ? angle : -angle) }
    return isRising ? angle : 8 - angle
  }

  /// By what the arc tangent of 0...1, in eighths of a turn, departs from a line (Rajan et al. 2006).
  static let arcTangentBend = 0.273 * 4 / Double.pi

  /// The weighted means of cells.
  ///
  /// - Parameter numbers: `[rows][columns][depth]`.
  /// - Returns: `[cells of rows][cells of columns][depth]`.
  private func pooled(_ numbers: [Double], depth: Int) -> [Double] {
    let wide = columns.cells * depth
    var lines = [Double](repeating: 0, count: rows.extent * wide)
    for row in 0..<rows.extent {
      for cell in 0..<columns.cells {
        for column in 0..<columns.extent {
          let weight = columns.weights[cell * columns.extent + column]
          let from = (row * columns.extent + column) * depth
          let to = row * wide + cell * depth
          for place in 0..<depth { lines[to + place] += weight * numbers[from + place] }
        }
      }
    }
    var cells = [Double](repeating: 0, count: rows.cells * wide)
    for cell in 0..<rows.cells {
      for row in 0..<rows.extent {
        let weight = rows.weights[cell * rows.extent + row]
        for place in 0..<wide { cells[cell * wide + place] += weight * lines[row * wide + place] }
      }
    }
    return cells
  }
}
