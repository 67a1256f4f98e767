import Foundation
import HourglassBase
import HourglassCompression
import HourglassData
import HourglassEngine
import HourglassFiles
import HourglassModels
import HourglassNN

/// A recipe trained into a folder: begun, gone on with, or found finished.
public final class TrainingRun: Sendable {
  let recipe: Recipe
  package let folder: RunFolder
  let data: RunData
  let threads: Int
  let kernels: KernelSet
  let dataDigest: String
  /// Nil in a process that trains with others and writes nothing.
  private let lock: FileLock?
  /// The text of `recipe.yaml`.
  let storedRecipe: String
  let recipeDigest: String
  /// Of the same recipe with the epochs that the folder's own has, as older checkpoints have it.
  let knownDigests: Set<String>
  let changeOfEpochs: ChangeOfEpochs?
  let secondsBetweenCheckpoints: Double
  /// That train together with this one, which each have the same data. The first writes the folder.
  let processes: (any ProcessGroup)?
  var isFirst: Bool { processes.isFirst }

  /// What a person should know of the folder, one sentence each.
  package var notes: [String] {
    [lock?.note].compactMap(\.self) + data.valueNotes + (changeOfEpochs?.notes ?? [])
  }

  /// Opens the folder and checks everything that can be checked before training.
  ///
  /// - Parameters:
  ///   - resume: go on with a run that was broken off, or to more epochs than it was for; without it a folder that holds a
  ///     run is refused.
  ///   - threads: workers; all cores when nil.
  ///   - secondsBetweenCheckpoints: a checkpoint is written after every epoch, and within long epochs this often.
  /// - Throws: `HourglassError`: data that does not fit (badData), a folder that holds another run (usage) or
  ///   cannot be written or is in use (environment).
  public convenience init(
    recipe: Recipe, data: DataSet, folder: RunFolder, resume: Bool, threads: Int? = nil,
    secondsBetweenCheckpoints: Double = 15
  ) throws {
    try self.init(
      recipe: recipe, data: data, folder: folder, resume: resume, threads: threads,
      secondsBetweenCheckpoints: secondsBetweenCheckpoints, processes: nil)
  }

  /// The same for several processes, of which the first alone sees and writes the folder.
  ///
  /// - Parameter progress: told how far the look at data that stay in their files is.
  /// - Throws: `HourglassError`: as the other, and usage when another process has another recipe, other data, another version of the
  ///   program or another arithmetic.
  package init(
    recipe: Recipe, data: DataSet, folder: RunFolder, resume: Bool, threads: Int? = nil,
    secondsBetweenCheckpoints: Double = 15, processes: (any ProcessGroup)?,
    progress: WorkProgress.Notice? = nil
  ) throws {
    self.folder = folder
    self.processes = processes
    let isFirst = processes.isFirst
    self.threads = threads ?? WorkerTeam.coreCount
    self.secondsBetweenCheckpoints = secondsBetweenCheckpoints
    kernels = try KernelSet.selected()
    self.data = try RunData(data, for: recipe)
    var recipe = recipe
    recipe.validation = self.data.choice
    // Its curves go on where they were.
    if resume, isFirst, recipe.tensorBoard == nil { recipe.tensorBoard = try Self.tensorBoardBefore(folder) }
    self.recipe = recipe
    // The run is found from other folders too, and so must its data be.
    var stored = recipe
    stored.data.source = try recipe.data.source.absolute
    stored.tensorBoard = recipe.tensorBoard.map(RunBoard.absolute)
    storedRecipe = try YAML.text(stored.value)
    recipeDigest = try Self.digest(recipe, epochs: nil)
    dataDigest = try self.data.digest(progress: progress)
    try Self.refuseTooLarge(recipe)
    try processes?.agree([
      ("another version of the program", hourglassVersion),
      ("another recipe or other settings", Self.digest(recipe, epochs: recipe.plan.epochs)),
      ("other data", dataDigest), ("another arithmetic", Arithmetic.fingerprint(kernels)),
    ])
    guard isFirst else {
      (lock, knownDigests, changeOfEpochs) = (nil, [], nil)
      return
    }
    try Folder(folder.path).create()
    // Before looking: another process may just begin a run here.
    let lock = try FileLock(folder.lock, of: folder.path, work: "training in")
    self.lock = lock
    if try folder.holdsRun {
      guard resume else {
        throw HourglassError(
          .usage,
          "\(folder.path) already holds a run", .resume, .choose(.output))
      }
      let before = try Self.epochsBefore(folder, recipe)
      knownDigests = try [recipeDigest, Self.digest(recipe, epochs: before)]
      changeOfEpochs = try Self.changeOfEpochs(folder, recipe, before: before)
    } else {
      knownDigests = try Self.digests(of: recipe)
      changeOfEpochs = nil
    }
    try folder.refuseOtherFiles()
    try folder.refuseLinks()
    if lock.isHeld { folder.removeLeftovers() }
    if try !folder.holdsRun { try AtomicFile.write(storedRecipe, to: folder.recipe) }
    try Folder(folder.checkpoint).create()
    try Folder(folder.figures).create()
  }

  /// The system would end the process without a word.
  private static func refuseTooLarge(_ recipe: Recipe) throws {
    let parameters = try recipe.model.parameterCount()
    // The weights, their gradients and two numbers of the optimizer for each.
    try MemoryBudget.process.admit(
      MemoryBudget.product(parameters, 16),
      for: "Training the model of recipe \(recipe.name) with \(grouped(parameters)) parameters", code: .usage,
      remedy: "make its layers smaller")
  }

  /// Those that a checkpoint of this recipe may have.
  static func digests(of recipe: Recipe) throws -> Set<String> {
    try [digest(recipe, epochs: nil), digest(recipe, epochs: recipe.plan.epochs)]
  }

  /// Of what decides a run's bits: of the recipe without the place of the data, and without its epochs, which may change.
  ///
  /// - Parameter epochs: those that stand in the recipe; nil leaves them out.
  private static func digest(_ recipe: Recipe, epochs: Int?) throws -> String {
    var recipe = recipe
    recipe.plan.epochs = epochs ?? 1
    let text = try YAML.text(recipe.withoutPlaces.value)
    return sha256Hex(Array((epochs == nil ? "any epochs\n\(text)" : text).utf8))
  }

  private static func changeOfEpochs(
    _ folder: RunFolder, _ recipe: Recipe, before: Int
  ) throws -> ChangeOfEpochs? {
    guard before != recipe.plan.epochs, let checkpoint = try Checkpoint.read(folder) else { return nil }
    let change = ChangeOfEpochs(
      before: before, after: recipe.plan.epochs, state: checkpoint.manifest.state, plan: recipe.plan)
    try change.check(folder)
    return change
  }

  /// Names the first setting but the epochs in which the folder's recipe differs. Data may have moved: they have a digest of
  /// their own.
  ///
  /// - Returns: the epochs of the folder's recipe.
  private static func epochsBefore(_ folder: RunFolder, _ recipe: Recipe) throws -> Int {
    let stored = try RecipeCatalogue.recipe(folder.recipe)
    let there = stored.withoutPlaces.value.flattened
    let here = recipe.withoutPlaces.value.flattened
    guard
      let key = (here.map(\.key) + there.map(\.key)).first(where: { key in
        key != "epochs" && here.first { $0.key == key }?.value != there.first { $0.key == key }?.value
      })
    else { return stored.plan.epochs }
    func text(_ settings: [Setting]) -> String { settings.first { $0.key == key }?.value.text ?? "missing" }
    throw HourglassError(
      .usage,
      "\(folder.path) holds a run of another recipe or of other settings (\(key) is \(text(there)) there and \(text(here)) "
        + "here)",
      .resumeRun(recipe: folder.recipe, folder: folder.path), .choose(.output))
  }

  private static func tensorBoardBefore(_ folder: RunFolder) throws -> String? {
    try folder.holdsRun ? RecipeCatalogue.recipe(folder.recipe).tensorBoard : nil
  }

  /// Where the run's events for TensorBoard are written; nil where nobody asked for some.
  package var eventFolder: String? { recipe.tensorBoard.map { RunBoard.folder($0, for: folder) } }
}
