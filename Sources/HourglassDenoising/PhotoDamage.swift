/// What is wrong with a photo that a model is to mend.
package enum PhotoDamage: Sendable, Hashable {
  case noise, blur

  /// What such a photo is called.
  package var spoilt: String { self == .blur ? "blurred" : "noisy" }

  /// What the mended one is called.
  package var mended: String { self == .blur ? "sharpened" : "denoised" }

  /// What its deviation is measured in.
  package var unit: String { self == .blur ? "pixels" : "levels of 255" }

  /// What a model does to a photo that it takes for worse than it is.
  package var excess: String { self == .blur ? "makes edges ring" : "smooths details away" }

  /// The simple filters that a model is compared with: what metrics, messages and figures call them.
  package var filters: [(metric: String, name: String, head: String)] {
    switch self {
    case .noise: [("median", "the median filter", "median"), ("gaussian", "the Gaussian filter", "Gaussian")]
    case .blur:
      [
        ("unsharp", "unsharp masking", "unsharp mask"),
        ("richardson_lucy", "Richardson-Lucy", "Richardson-Lucy"),
      ]
    }
  }
}

extension PhotoDenoiser {
  /// What the model was trained to mend.
  package var damage: PhotoDamage { trainedBlur == nil ? .noise : .blur }
}
