import HourglassData
import HourglassModels
import HourglassNN

/// Everything a run is made of, as a file says it.
public struct Recipe: Sendable {
  public var name: String
  /// One line for lists.
  public var summary: String
  public var data: DataDescription
  package var validation: Validation
  public var model: Autoencoder
  public var objective: any Objective
  public var plan: TrainingPlan
  /// Trains layer by layer first; nil for not.
  package var pretraining: Pretraining?
  /// First weights from principal components; nil for random ones.
  package var start: PrincipalStart?
  /// At most this many training samples; nil for all.
  package var limit: Int?
  /// The folder whose runs TensorBoard shows, in which this one's events are written too; nil for none.
  public var tensorBoard: String?

  /// What the loss is watched on while training.
  package enum Validation: Sendable, Hashable {
    /// What the recipe leaves open: the data set's test samples, or a tenth of the training samples if it has none.
    case automatic
    /// The data set's test samples.
    case test
    /// This share of the training samples, drawn at random and kept out of training.
    case split(Double)
    case none
  }
}

extension Recipe {
  /// The recipe but for places: that of its data says nothing about what is in them, and events change no weights.
  var withoutPlaces: Recipe {
    var recipe = self
    recipe.data.source = DataSource(.folder, "data")
    recipe.data.keep = nil
    recipe.tensorBoard = nil
    return recipe
  }
}
