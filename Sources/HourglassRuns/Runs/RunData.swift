import HourglassBase
import HourglassData
import HourglassFiles
import HourglassNN
import HourglassPictures

/// The samples a run trains and validates on.
package struct RunData: Sendable {
  package var training: any SampleSource
  package var trainingSamples: [UInt32]
  package var validation: any SampleSource
  package var validationSamples: [UInt32]
  /// What the recipe says, or what it leaves open and the data decide.
  package let choice: Recipe.Validation
  /// What a person should know of the data, a sentence each: what was left out of them, and how validation patches were chosen
  /// where samples are patches.
  package private(set) var notes: [String]
  /// How training samples are shuffled; all together when nil.
  package let window: ShuffleWindow?
  /// Which numbers the training samples hold.
  package let values: ValueRange?
  /// Of the samples that are evaluated, by their indices; empty where they have none.
  private let labels: [Int]
  private let classNames: [String]
  /// What a person should know of these, one sentence each.
  package private(set) var valueNotes: [String] = []

  /// Adds the images that the recipe's augmentation makes, then takes the validation samples out.
  ///
  /// - Throws: `HourglassError`: `badData` when the samples are not of the model's shape, hold numbers that the loss cannot
  ///   take, those to validate on others than those to train on, or there are none to validate or train on; `usage` when
  ///   they cannot be augmented.
  package init(_ data: DataSet, for recipe: Recipe) throws {
    guard let data = data.viewed(as: recipe.model.input) else { throw Self.misfit(data, recipe) }
    notes = data.notes
    classNames = data.classNames
    training =
      try recipe.data.augmentation?.extended(data.training.array(), seed: recipe.plan.seed) ?? data.training
    var all = (0..<UInt32(training.count)).map { $0 }
    choice =
      recipe.validation == .automatic ? (data.hasTest ? .test : .split(Self.usualShare)) : recipe.validation
    switch choice {
    case .test:
      guard data.hasTest else {
        throw HourglassError(
          .badData,
          "\(data.name) has no test samples to validate on",
          .setOne(
            [
              HourglassError.RecipeSetting("validation", "\(Self.usualShare)"),
              HourglassError.RecipeSetting("validation", "none"),
            ], toDo: "validate on a share of the training samples or on none"))
      }
      validation = data.test
      validationSamples = (0..<UInt32(data.test.count)).map { $0 }
    case .split(let share):
      validation = training
      let groups = Self.groups(data)
      let count = groups?.count ?? all.count
      var random = RandomNumbers(seed: recipe.plan.seed, purpose: .splitting)
      let order = random.permutation(count)
      let kept = min(max(1, Int((Double(count) * share).rounded())), max(1, count - 1))
      func samples(_ chosen: ArraySlice<UInt32>) -> [UInt32] {
        (groups.map { groups in chosen.flatMap { groups[Int($0)] } } ?? Array(chosen)).sorted()
      }
      validationSamples = samples(order.prefix(kept))
      all = samples(order.dropFirst(kept))
      if let note = Self.note(data, groups: count, kept: kept) { notes.append(note) }
    case .none, .automatic:
      validation = data.test
      validationSamples = []
    }
    labels = choice == .test ? data.testLabels : data.trainingLabels
    if let limit = recipe.limit { all = Array(all.prefix(limit)) }
    guard !all.isEmpty else {
      throw HourglassError(
        .badData, "\(data.name) leaves no training samples after the validation split; give more data.")
    }
    trainingSamples = all
    window = try recipe.data.window.map { try Self.window($0, of: data, all) }
    values = try training.valueRange(all)
    try checkValues(recipe, named: data.name)
  }

  /// Reads the numbers to validate on as those to train on, and checks that the model and its loss can take them.
  private mutating func checkValues(_ recipe: Recipe, named name: String) throws {
    if choice == .test {
      let test = try validation.matched(to: values, named: "\(name), test,", learner: "those to train on are")
      validation = test.samples
      valueNotes = [test.note].compactMap(\.self)
    }
    try recipe.objective.checkTargets(training, trainingSamples, named: name)
    if !validationSamples.isEmpty {
      try recipe.objective.checkTargets(
        validation, validationSamples, named: choice == .test ? "\(name), test," : name)
    }
    guard let values else { return }
    valueNotes += [
      recipe.objective.corruptionNote(for: values, named: name),
      recipe.model.outputNote(for: values, named: name),
    ].compactMap(\.self)
  }

  /// Samples that are kept out of training together: patches of one photo look alike, so they may not be on both
  /// sides. Those of a single photo have to be.
  ///
  /// - Returns: nil where each sample is a group.
  private static func groups(_ data: DataSet) -> [[UInt32]]? {
    let groups = Dictionary(grouping: data.pictures.indices.map { UInt32($0) }) { data.pictures[Int($0)] }
    return groups.count < 2 ? nil : groups.sorted { $0.key < $1.key }.map(\.value)
  }

  private static func note(_ data: DataSet, groups: Int, kept: Int) -> String? {
    let (noun, parts) = (data.groupNoun, data.groupNoun == "photo" ? "patches" : "samples")
    return switch Set(data.pictures).count {
    case 0: nil
    case 1:
      "There is one \(noun) only, so the validation \(parts) are of it too, and measure less than those of another would."
    default:
      "The validation \(parts) are those of \(kept) of \(groups) \(noun)s, of which training saw nothing."
    }
  }

  /// - Parameter samples: to train on, in their order.
  private static func window(
    _ width: Int, of data: DataSet, _ samples: [UInt32]
  ) throws(HourglassError) -> ShuffleWindow {
    guard !data.shardCounts.isEmpty else {
      throw HourglassError(
        .usage,
        "data.window is \(width), but \(data.name) is no folder of shards, which it shuffles together",
        .text("leave data.window out"), .make(.shards))
    }
    var files: [Range<Int>] = []
    var (end, place) = (0, 0)
    for count in data.shardCounts {
      end += count
      let first = place
      while place < samples.count, samples[place] < end { place += 1 }
      files.append(first..<place)
    }
    return ShuffleWindow(files: files + [place..<samples.count], width: width)
  }

  /// The share of the training samples that is kept out of training where nobody says how many.
  private static let usualShare = 0.1

  private static func misfit(_ data: DataSet, _ recipe: Recipe) -> HourglassError {
    let (shape, wanted) = (data.training.shape, recipe.model.inputShape)
    let areImages = data.training.form.isPicture && recipe.model.input.isPicture
    var settings: [HourglassError.RecipeSetting] = []
    if areImages, data.training.element != .float {
      if shape[0] != wanted[0] {
        settings.append(HourglassError.RecipeSetting("data.channels", "\(wanted[0])"))
      }
      if (shape[1], shape[2]) != (wanted[1], wanted[2]) {
        let isPatch = recipe.data.patches != nil && wanted[1] == wanted[2]
        settings.append(
          isPatch
            ? HourglassError.RecipeSetting("data.patches.size", "\(wanted[1])")
            : PictureFitting.setting("resize", height: wanted[1], width: wanted[2]))
      }
    }
    return HourglassError(
      .badData,
      "The \(areImages ? "images" : "samples") of \(data.name) have shape \(shape), but the model of recipe "
        + "\(recipe.name) takes \(wanted)",
      settings.isEmpty ? .text("give other data") : .set(settings), .text("set model.input to that shape"))
  }

  /// SHA-256 of the samples as they are stored: a run must go on with the data it began with.
  ///
  /// - Throws: `HourglassError` when samples cannot be had.
  package var digest: String { get throws(HourglassError) { try digest(progress: nil) } }

  /// The same with progress, since bytes that stay in a file are read for it.
  ///
  /// - Throws: `HourglassError` when samples cannot be had.
  func digest(progress: WorkProgress.Notice?) throws(HourglassError) -> String {
    // Who had to read all samples made a digest of them.
    let begun = (training.unviewed as? FileSamples)?.digest?.resumed()
    let hash = begun ?? SHA256Digest()
    // Samples to validate on are a part of the same ones otherwise.
    let sources = (begun == nil ? [training] : []) + (choice == .test ? [validation] : [])
    let total = sources.reduce(0) { $0 + $1.count }
    var done = 0
    for source in sources {
      try source.read(0..<UInt32(source.count)) { bytes in
        hash.update(bytes)
        done += 1
        if done.isMultiple(of: 1 << 16) {
          progress?(WorkProgress("reading", done: done, of: total, "samples"))
        }
      }
    }
    return hash.finish()
  }

  /// Samples to evaluate and draw: the validation samples, or the training samples where there are none.
  package var evaluation: (data: any SampleSource, samples: [UInt32]) {
    validationSamples.isEmpty ? (training, trainingSamples) : (validation, validationSamples)
  }

  /// The classes of samples of `evaluation`, in words; none where they are not known.
  package func evaluationLabels(_ samples: [UInt32]) -> [String] {
    // Samples that augmentation made have none.
    guard samples.allSatisfy({ Int($0) < labels.count }) else { return [] }
    return samples.map { sample in
      let label = labels[Int(sample)]
      return classNames.indices.contains(label) ? classNames[label] : "\(label)"
    }
  }
}
