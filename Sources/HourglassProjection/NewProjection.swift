import HourglassBase
import HourglassDrawing
import HourglassFiles
import HourglassPictures

/// New maps of samples, measured and ready to be written: a page to explore, a picture, a table, and what places other
/// samples into the same maps later.
package struct NewProjection {
  package let quality: ProjectionQuality
  private let samples: ProjectedSamples
  private let layouts: [ProjectionMap.Layout]
  private let beside: [SIMD2<Float>]?
  private let maps: [MapPage.Map]
  private let seed: UInt64

  /// Measures the maps.
  ///
  /// - Parameters:
  ///   - maps: of the samples' codes.
  ///   - beside: the same samples' codes by another model, of two numbers each, which are shown as one more map.
  ///   - seed: keys the search for principal components.
  ///   - threads: workers; all cores when nil. The result does not depend on it.
  ///   - progress: told now and then what is measured; what it throws ends the work.
  /// - Throws: `HourglassError` (badData) when a value is not finite; what `progress` throws.
  package init(
    _ maps: PlaneMaps, of samples: ProjectedSamples, beside: [SIMD2<Float>]? = nil, seed: UInt64,
    threads: Int? = nil, progress: WorkProgress.Report = { _ in }
  ) throws {
    var shown = zip(maps.layouts, maps.notes).map {
      MapPage.Map(name: $0.method.title, note: $1, positions: $0.positions)
    }
    if let beside {
      shown.append(MapPage.Map(name: "Autoencoder", note: "a code of two numbers", positions: beside))
    }
    quality = try ProjectionQuality(
      shown.map { ($0.name, $0.positions) }, of: samples.codes, labels: samples.labels,
      samples: samples.weightsDigest == nil ? nil : samples.samples, seed: seed,
      divergence: maps.divergence, threads: threads, progress: progress)
    shown[0].note = (quality.notes + [shown[0].note]).filter { !$0.isEmpty }.joined(separator: "; ")
    (self.samples, layouts, self.beside, self.maps, self.seed) = (samples, maps.layouts, beside, shown, seed)
  }

  /// Writes the four files, each whole or not at all.
  ///
  /// - Parameter progress: told now and then before the first file is there, not after; what it throws ends the work.
  /// - Throws: `HourglassError` (environment) when one cannot be written; what `progress` throws.
  package func write(to files: ProjectionFiles, progress: WorkProgress.Report = { _ in }) throws {
    let codes = samples.codes
    let title =
      "\(samples.name): \(grouped(codes.count)) \(samples.weightsDigest == nil ? "vectors" : "codes")"
    let plot = ScatterPlot(
      title: "\(title), \(maps[0].name)", positions: maps[0].positions, labels: samples.labels,
      classNames: samples.classNames)
    var columns = layouts.map { CodeTable.Columns($0.method.rawValue, $0.positions) }
    if let beside { columns.append(CodeTable.Columns("beside", beside)) }
    try MapPage(
      title: title, maps: maps, labels: samples.labels, classNames: samples.classNames,
      images: samples.samples, names: samples.files
    ).write(to: files.page, progress: progress)
    try PNG.write(plot.drawn(), to: files.picture)
    try CodeTable.write(
      columns, labels: samples.labels, classNames: samples.classNames, names: samples.files, to: files.table)
    try ProjectionMap(
      name: samples.name, weightsDigest: samples.weightsDigest, codes: codes, layouts: layouts,
      labels: samples.labels, classNames: samples.classNames, images: samples.samples, seed: seed
    ).write(to: files.data)
  }
}
