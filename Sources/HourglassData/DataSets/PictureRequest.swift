import HourglassBase
import HourglassPictures

/// What is wanted of the pictures in a folder.
struct PictureRequest: Sendable {
  /// How pictures get one size and number of channels.
  var fitting = PictureFitting()
  /// What a model takes; `nil` takes the first picture's.
  var shape: Shape?
  /// Whether a broken picture is refused, rather than left out.
  var isStrict = false
  /// What may be done where pictures do not fit the model; `nil` refuses them.
  var adaptation: PictureAdaptation?
  var watch = LoadingWatch.none
  /// Where samples are that need not be pictures.
  var keep: DataKeeping?

  var keeping: KeepingRequest { KeepingRequest(keep: keep, watch: watch) }
}

/// What may be done, and told, where the pictures of a folder have other sizes than a model takes, or colours: all are scaled
/// to its size.
package struct PictureAdaptation: Sendable {
  /// Whether a model of grey pictures can be made to take colours; if not, the pictures are made grey.
  package var admitsColours: Bool

  package init(admitsColours: Bool) { self.admitsColours = admitsColours }
}
