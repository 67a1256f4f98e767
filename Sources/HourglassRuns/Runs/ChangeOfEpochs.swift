import HourglassBase
import HourglassNN

/// A run that goes on to another number of epochs than it was begun for.
struct ChangeOfEpochs {
  /// What the folder's recipe says.
  let before: Int
  /// What is asked for now.
  let after: Int
  /// Where the run stands.
  let state: TrainingState
  let plan: TrainingPlan

  /// Whether early stopping has ended the run, so that more epochs change nothing.
  var isOver: Bool { state.hasStoppedEarly(by: plan) }

  /// - Throws: `HourglassError` (usage) when the run has done more epochs than are asked for.
  func check(_ folder: RunFolder) throws(HourglassError) {
    let least = state.leastEpochs
    guard after >= least else {
      throw HourglassError(
        .usage,
        "The run in \(folder.path) has \(state.batch > 0 ? "begun" : "done") epoch \(least), which \(Self.count(after)) would take back",
        .text("ask for \(least) at least"), .choose(.output))
    }
  }

  private static func count(_ epochs: Int) -> String { "\(epochs) epoch\(epochs == 1 ? "" : "s")" }

  /// What a person should know of it, one sentence each.
  var notes: [String] {
    if isOver {
      return [
        "Early stopping ended the run after epoch \(state.epoch), and would end it there again; \(Self.count(after)) instead of "
          + "\(before) change nothing."
      ]
    }
    let kept = state.isFinished ? ", and until it ends, its model and report stay those of before" : ""
    var notes = [
      "The run was for \(Self.count(before)) and has done \(state.epoch); it goes on to \(after)\(kept)."
    ]
    if case .cosine = plan.optimizer.schedule.shape, state.updates > 0 {
      notes.append(
        "The learning rate follows a cosine to the end of the run, which has moved: from here on it is that of a run of "
          + "\(after) epochs, before it was that of \(before), so the result is not that of a run of \(after) epochs "
          + "from the beginning.")
    }
    if plan.earlyStopping != nil, state.isFinished, state.bestEpoch != state.epoch {
      notes.append(
        "The run had put the weights after epoch \(state.bestEpoch) back as the best ones; it goes on from those, so the "
          + "result is not that of a run of \(after) epochs from the beginning.")
    }
    return notes
  }
}

extension RunFolder {
  /// The least number of epochs that the run here can go on to: those it has done, and the one it has begun. 0 before its
  /// first checkpoint.
  ///
  /// - Throws: `HourglassError`: badData when the checkpoint is damaged, environment when it cannot be read.
  package var leastEpochs: Int { get throws { try Checkpoint.manifest(self)?.state.leastEpochs ?? 0 } }
}

extension TrainingState {
  /// An epoch that has begun can only be finished.
  fileprivate var leastEpochs: Int { epoch + (batch > 0 ? 1 : 0) }

  /// Whether early stopping ends a run that stands here, however many epochs it is for.
  func hasStoppedEarly(by plan: TrainingPlan) -> Bool {
    guard let rule = plan.earlyStopping, isFinished else { return false }
    return epoch - bestEpoch >= rule.patience
  }

  /// Whether nothing is left to train.
  func isOver(by plan: TrainingPlan) -> Bool {
    isFinished && (epoch >= plan.epochs || hasStoppedEarly(by: plan))
  }
}
