import HourglassBase
import HourglassDrawing
import HourglassFiles
import HourglassModels
import HourglassPictures

/// A rate-distortion curve as a page, a picture and a table.
package struct RateDistortionPage {
  var curve: RateDistortionCurve
  /// What was compressed, such as "10,000 test images of fashion-mnist".
  var subject: String

  package init(_ curve: RateDistortionCurve, subject: String) {
    self.curve = curve
    self.subject = subject
  }

  /// Files far beyond the models' range would squeeze the curves of interest into a corner.
  private func shown(_ series: RateDistortionCurve.Series) -> [RateDistortionCurve.Point] {
    let rates = curve.models.points.map(\.quality.bitsPerPixel)
    let limit = 2.5 * (rates.max() ?? .infinity)
    return series.points.filter { $0.quality.bitsPerPixel <= limit }
  }

  private func chart(
    _ title: String, _ label: String, _ value: (CompressionQuality) -> Double
  ) -> LineChart {
    LineChart(
      title: title, horizontalLabel: "bits per pixel", verticalLabel: label,
      series: curve.all.map { series in
        LineChart.Series(
          name: series.name,
          points: shown(series).map { ($0.quality.bitsPerPixel, value($0.quality)) })
      }, width: 1000, height: 640)
  }

  private var ratioChart: LineChart {
    chart("Rate and distortion: \(subject)", "PSNR in dB") { $0.peakSignalToNoiseRatio }
  }

  /// The chart of PSNR.
  func picture() -> Picture { ratioChart.drawn() }

  /// Writes the page, whose path ends in `.html`, and beside it the chart as `.png` and all files as `.csv`.
  ///
  /// - Throws: `HourglassError` (environment) when a place cannot be written.
  package func write(to path: String) throws {
    let stem = path.ends(with: ".html") ? path.dropping(ending: ".html") : path
    try PNG.write(picture(), to: "\(stem).png")
    try AtomicFile.write(csv, to: "\(stem).csv")
    try AtomicFile.write(html.text, to: path)
  }

  /// Columns: method, name, bytes, bits_per_pixel, psnr, ms_ssim.
  private var csv: String {
    let rows = curve.all.flatMap { series in
      series.points.map { point in
        let quality = point.quality
        return
          "\(series.name.tableCell),\(point.name.quotedTableCell),\(quality.bytes),\(quality.bitsPerPixel),\(quality.peakSignalToNoiseRatio),"
          + "\(quality.similarity ?? .nan)\n"
      }
    }
    return "method,name,bytes,bits_per_pixel,psnr,ms_ssim\n" + rows.joined()
  }

  // MARK: - The page

  private var html: HTML {
    let similarityChart = chart("Rate and similarity: \(subject)", "MS-SSIM") { $0.similarity ?? .nan }
    return ReportPage.page(
      title: "Rate and distortion · Hourglass",
      header: ReportPage.header("Rate and distortion", [ReportPage.paragraph(subject, style: "lead")]),
      main: [
        ReportPage.section("PSNR", [ReportPage.chart(ratioChart), ReportPage.paragraph(verdict)]),
        ReportPage.section("At the models' PSNR", [comparison]),
        ReportPage.section("MS-SSIM", [ReportPage.chart(similarityChart)]),
        ReportPage.section("All files", [files]),
        ReportPage.section("How to read the numbers", [ReportPage.list(notes)]),
      ])
  }

  /// Where WebP overtakes.
  package var verdict: String {
    guard let least = curve.models.points.first?.quality, let most = curve.models.points.last?.quality else {
      return ""
    }
    if most.peakSignalToNoiseRatio <= least.peakSignalToNoiseRatio { return verdict(ofOne: least) }
    let range =
      "from \(ReportText.fixed(least.peakSignalToNoiseRatio, 2)) to "
      + "\(ReportText.fixed(most.peakSignalToNoiseRatio, 2)) dB"
    guard let place = curve.webpOvertakesAt else {
      return "The models need fewer bytes than WebP wherever both can be compared \(range)."
    }
    return place <= least.peakSignalToNoiseRatio
      ? "WebP needs fewer bytes than the models already at their smallest files, \(ReportText.fixed(place, 2)) dB."
      : "From \(ReportText.fixed(place, 2)) dB on, WebP needs fewer bytes than the models, which were measured \(range)."
  }

  /// One file has no curve: it is compared where it is.
  private func verdict(ofOne file: CompressionQuality) -> String {
    let ratio = file.peakSignalToNoiseRatio
    let place = "\(ReportText.fixed(ratio, 2)) dB"
    guard let other = curve.webp.bitsPerPixel(at: ratio) else {
      return "No two files of WebP have \(place) between them, so the model is not compared with it."
    }
    return
      "At \(place) the model needs \(ReportText.fixed(100 * file.bitsPerPixel / other, 1)) % of WebP's bytes."
  }

  private func rate(_ series: RateDistortionCurve.Series, at ratio: Double) -> (text: String, value: Double?)
  {
    let rate = series.bitsPerPixel(at: ratio)
    return (rate.map { ReportText.fixed($0, 4) } ?? "not reached", rate)
  }

  private var comparison: HTML {
    let rows = curve.models.points.map { point in
      let quality = point.quality
      let ratio = quality.peakSignalToNoiseRatio
      let (jpeg, webp) = (rate(curve.jpeg, at: ratio), rate(curve.webp, at: ratio))
      func share(_ other: Double?) -> String {
        other.map { "\(ReportText.fixed(100 * quality.bitsPerPixel / $0, 1)) %" } ?? ""
      }
      return [
        point.name, ReportText.fixed(ratio, 2), ReportText.fixed(quality.bitsPerPixel, 4), jpeg.text,
        share(jpeg.value), webp.text, share(webp.value),
      ]
    }
    return ReportPage.table(
      label: "Bits per pixel at equal PSNR",
      header: [
        "Run", "PSNR, dB", "bits per pixel", "JPEG", "of JPEG's bytes", "WebP", "of WebP's bytes",
      ], firstNumber: 1, rows: rows)
  }

  private var files: HTML {
    let rows = curve.all.flatMap { series in
      series.points.map { point in
        [
          series.name, point.name, grouped(point.quality.bytes),
          ReportText.fixed(point.quality.bitsPerPixel, 4),
          ReportText.fixed(point.quality.peakSignalToNoiseRatio, 2),
          point.quality.similarity.map { ReportText.fixed($0, 4) } ?? "",
        ]
      }
    }
    return ReportPage.table(
      label: "All files",
      header: ["Method", "Run or quality", "bytes", "bits per pixel", "PSNR, dB", "MS-SSIM"], firstNumber: 2,
      rows: rows)
  }

  private var notes: [String] {
    let scales = curve.models.points.first?.quality.scales ?? 5
    return [
      "Bytes are those of whole files, heads included. The models' own files, which a reader needs too, are not counted.",
      "For JPEG and WebP all images lie side by side on one sheet, so that the heads of files do not decide. JPEG is "
        + "libjpeg's, with Huffman tables made for the sheet; WebP is libwebp's with its most thorough method (6).",
      "PSNR is that of the mean squared error over all images; rates between two files are interpolated, their "
        + "logarithm against PSNR.",
      "MS-SSIM is the mean over images"
        + (scales < 5
          ? ", at \(scales) of the 5 scales of Wang et al. 2003: smaller images have no room for the window."
          : " (Wang et al. 2003)."),
    ]
  }
}
