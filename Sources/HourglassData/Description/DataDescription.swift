import HourglassPictures
import HourglassSound

/// Where a recipe's samples come from, and what is done to them before training.
///
/// In a recipe it is a text, `data: fashion-mnist`, or a map:
///
/// ```yaml
/// data:
///   name: cifar10            # or folder: DIR, images: DIR, file: X.npz
///   axes: last               # where the arrays of a file have their channels
///   keep: file               # samples stay in their file, however small
///   window: 8                # of a folder of shards so many are shuffled together
///   resize: [64, 64]         # or crop: [64, 64]
///   channels: 1
///   augment: {share: 0.3, transformations: [flip-left-right, flip-up-down, rotate], angle: -30}
///   patches: {size: 40, count: 16384, grey: 0.25, soft: 0.2}   # squares cut from photos, instead of whole pictures
///   strict: true             # a broken picture or recording is refused
///   sounds: DIR              # instead of name, folder, images or file: recordings
///   spectrum: {mels: 128, frames: 5}   # what a sample of a recording is
///   mixture: {noise: DIR}    # or: recordings are voices, which are mixed with noises
/// ```
public struct DataDescription: Sendable, Hashable {
  public var source: DataSource
  /// Where the arrays of a file have their channels; nil goes by their extents.
  public var axes: ChannelAxis?
  /// Whether samples are read into memory or stay in their file; nil leaves in the file what takes more than a quarter of the memory.
  public var keep: DataKeeping?
  /// How many shards are shuffled together; all samples are when nil.
  public var window: Int?
  /// What is done to images so that they fit the model.
  public var fitting: PictureFitting
  /// Training images that are added.
  public var augmentation: Augmentation?
  /// Squares that are cut from the pictures of a folder, instead of whole pictures.
  public var patches: PatchSampling?
  /// What a sample of a recording is; nil for data that are no recordings, and for the usual settings.
  public var spectrum: SpectrumSettings?
  /// What recordings are mixed with; nil where they are heard as they are.
  public var mixture: NoiseMixture?
  /// Whether a broken picture in a folder is refused; if not, it is left out, and the data's `notes` tell so.
  public var isStrict: Bool

  /// - Parameters:
  ///   - axes: where the arrays of a file have their channels; nil goes by their extents.
  ///   - keep: whether samples are read into memory or stay in their file; nil goes by their size.
  ///   - window: how many shards are shuffled together; all samples are when nil.
  ///   - fitting: what is done to images so that they fit the model.
  ///   - augmentation: training images that are added.
  ///   - patches: squares that are cut from the pictures of a folder, instead of whole pictures.
  ///   - isStrict: whether a broken picture in a folder is refused.
  public init(
    _ source: DataSource, axes: ChannelAxis? = nil, keep: DataKeeping? = nil, window: Int? = nil,
    fitting: PictureFitting = PictureFitting(),
    augmentation: Augmentation? = nil, patches: PatchSampling? = nil, isStrict: Bool = false
  ) {
    self.source = source
    self.axes = axes
    self.keep = keep
    self.window = window
    self.fitting = fitting
    self.augmentation = augmentation
    self.patches = patches
    self.isStrict = isStrict
  }
}
