import Hourglass

extension ProjectCommand {
  /// Places samples into a map that is there.
  func place(_ given: Samples, into: String, _ threads: Int?) async throws {
    let map = try ProjectionMap.read(path: ProjectionFiles(into).data)
    guard map.weightsDigest == given.model?.weightsDigest else {
      throw HourglassError(
        .usage,
        "The map \(into) was made with another model than \(run); use the same one, or make a new map.")
    }
    var samples = given
    let (codes, note) = try map.matched(given.codes, named: given.part.name)
    if let note { Terminal.note(note) }
    samples.codes = codes
    let clock = ContinuousClock()
    let begun = clock.now
    let (stopped, bar) = ("no map was written", ProgressBar())
    let positions = try await Interruption.stops(stopped) { [samples] in
      try await map.place(samples.codes, threads: threads, progress: bar.report)
    }
    let seconds = (clock.now - begun) / .seconds(1)
    let part = samples.part
    let placed = try map.with(
      positions, labels: samples.labels, classNames: part.classNames, images: part.samples)
    let count = samples.codes.count
    let metrics = try Interruption.stops(stopped) {
      try map.accuracy(
        of: placed, codes: samples.codes, hasLabels: !samples.labels.isEmpty, threads: threads,
        progress: bar.report)
    }
    let title = "\(grouped(count)) of \(part.name) among \(grouped(map.codes.count)) of \(map.name)"
    let maps = zip(map.layouts, placed.positions).map { MapPage.Map(name: $0.method.title, positions: $1) }
    let files = ProjectionFiles(page)
    let plot = ScatterPlot(
      title: title, positions: maps[0].positions, labels: placed.labels, classNames: placed.classNames,
      placed: count)
    // The map's own file stays: a placed map takes no samples.
    try mapFiles.filter { $0.path != files.data }.write {
      try MapPage(
        title: title, maps: maps, labels: placed.labels, classNames: placed.classNames,
        images: placed.pictures,
        placed: count, names: part.files
      ).write(to: page)
      try PNG.write(plot.drawn(), to: files.picture)
      try CodeTable.write(
        zip(map.layouts, positions).map { CodeTable.Columns($0.method.rawValue, $1) }, labels: samples.labels,
        classNames: part.classNames, names: part.files, to: files.table)
    }
    if let accuracy = metrics["label_accuracy"], let codes = metrics["label_accuracy_codes"] {
      Terminal.note(
        "\(ReportText.fixed(100 * accuracy, 1)) % of the new samples lie where most of the ten nearest old ones are of their class; "
          + "among the codes it is \(ReportText.fixed(100 * codes, 1)) %")
    }
    Terminal.note("\(grouped(count)) samples placed in \(ReportText.fixed(seconds, 2)) s")
    Terminal.note("map: \(page), \(files.picture), \(files.table)")
    try report(metrics, count, method: map.layouts[0].method.rawValue, seconds: seconds)
  }
}
