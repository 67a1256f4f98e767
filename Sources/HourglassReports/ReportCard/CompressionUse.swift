import HourglassCompression
import HourglassDrawing
import HourglassModels
import HourglassPictures

/// How few bytes samples take, beside JPEG and WebP at the same PSNR.
enum CompressionUse: CardUse {
  static let key = "compress"
  static let title = "Compression"

  static func judge(_ context: CardContext) throws -> CardSection {
    guard context.trained.codeFrequencies != nil else {
      return .unavailable(
        key, title,
        "Its code is not one of whole numbers, so it makes no files; train image-compression for that.")
    }
    let test = context.test
    let compressor = try Compressor(context.trained)
    guard test.element == .byte(scale: 1 / 255), test.form.isPicture else {
      return .unavailable(
        key, title, "JPEG and WebP, which it would be compared with, take images of bytes only.")
    }
    let curve = try RateDistortionCurve(
      of: test, models: [("Autoencoder", compressor)], threads: context.threads)
    guard let own = curve.models.points.first?.quality else { preconditionFailure("no point of the model") }
    var section = CardSection(
      key: key, title: title,
      method:
        "\(ReportText.count(test.count, "test image")) in one file of ours, and on one sheet for JPEG and WebP, whose bits are "
        + "read off between two qualities at our PSNR. The model itself is not counted.",
      verdict: "", columns: ["Bits a pixel", "PSNR"],
      rows: [row("Autoencoder", own.bitsPerPixel, own.peakSignalToNoiseRatio)],
      metrics: ["bits_per_pixel": own.bitsPerPixel, "psnr": own.peakSignalToNoiseRatio])
    var rivals: [(name: String, bits: Double)] = []
    for series in [curve.jpeg, curve.webp] {
      guard let bits = series.bitsPerPixel(at: own.peakSignalToNoiseRatio) else { continue }
      rivals.append((series.name, bits))
      section.rows.append(row(series.name, bits, own.peakSignalToNoiseRatio))
      section.metrics["bits_per_pixel_\(series.name.lowercased())"] = bits
    }
    guard let best = rivals.min(by: { $0.bits < $1.bits }) else {
      section.verdict = "JPEG and WebP do not reach this PSNR, so there is nothing to compare with."
      return section
    }
    section.isBetter = own.bitsPerPixel < best.bits
    section.verdict =
      own.bitsPerPixel < best.bits
      ? "It takes \(share(own.bitsPerPixel / best.bits)) of \(best.name)'s bits at the same PSNR."
      : "\(best.name) takes \(share(best.bits / own.bitsPerPixel)) of the autoencoder's bits at the same PSNR."
    return section
  }

  private static func row(_ name: String, _ bits: Double, _ ratio: Double) -> (name: String, values: [String])
  {
    (name, [ReportText.fixed(bits, 3), "\(ReportText.fixed(ratio, 2)) dB"])
  }
}
