import Foundation
import Hourglass
import Testing

/// Data of every kind, from the command line.
struct DataTests {
  /// Forty pictures of 12 x 10 pixels in two classes, each with a bright bar.
  private func writePhotos(_ scratch: Scratch, _ folder: String, channels: Int = 3) throws {
    for index in 0..<40 {
      let bytes = (0..<120).flatMap { pixel -> [UInt8] in
        let shade: UInt8 = pixel % 12 / 3 == index % 4 ? 220 : 30
        return channels == 3 ? [shade, shade / 2, UInt8(index)] : [shade]
      }
      let place = try scratch.folder("\(folder)/\(index % 2 == 0 ? "even" : "odd")")
      try PNG.write(
        Picture(width: 12, height: 10, channels: channels, trusted: bytes), to: "\(place)/\(100 + index).png")
    }
  }

  /// A recipe for colour images of 8 x 8 that leaves validation open.
  private func writeRecipe(_ scratch: Scratch, data: String, more: String = "") throws {
    try scratch.write(
      """
      name: photos
      data: \(data)
      model:
        input: [3, 8, 8]
        encoder: [{conv2d: {filters: 4, kernel: 3, stride: 2, activation: relu}}]
        decoder: [{conv2d_transpose: {filters: 3, kernel: 3, stride: 2, activation: sigmoid}}]
      epochs: 2
      \(more)
      """, "recipe.yaml")
  }

  private let train = ["train", "recipe.yaml", "--out", "run", "--json"]

  /// The same weights as from the pictures themselves, read where they lie.
  @Test func trainsOnShardsOfPictures() throws {
    let scratch = try Scratch(data: false)
    try writePhotos(scratch, "photos")
    try writeRecipe(scratch, data: "{images: photos, resize: 8}")
    let memory = try scratch.hourglass(train)
    let made = try scratch.hourglass("data", "shard", "photos", "--out", "shards", "--resize", "8,8")
    #expect(made.status == 0 && made.output == "shards: 40 samples in 1 shard\n", "\(made.errors)")
    let checked = try scratch.hourglass("data", "check", "shards")
    #expect(checked.output == "shards: 40 samples in 2 files, as the manifest says\n", "\(checked.errors)")
    let file = try scratch.hourglass(
      "train", "recipe.yaml", "--data", "shards", "--set", "data={folder: shards, keep: file}", "--out",
      "again",
      "--json")
    #expect(!memory.weights.isEmpty && memory.weights == file.weights, "\(file.errors)")
    #expect(file.errors.contains("shards is read as it is needed"), "\(file.errors)")
  }

  @Test func whatIsForOthersIsRefusedForShards() throws {
    let scratch = try Scratch(data: false)
    try scratch.write("x,y\n1,2\n3,4\n", "a.csv")
    for (arguments, words) in [
      (["a.csv", "--resize", "8,8"], "--resize is for pictures and arrays, but a.csv is a table"),
      (["photos", "--ignore", "x"], "--ignore is for tables, but photos is none"),
      (["photos", "--resize", "8"], "must be height and width"),
      (["a.csv", "--shard-size", "0"], "--shard-size is 0"),
      (["photos", "--channels", "2"], "must be 1 or 3"),
    ] {
      expectRefusal(
        try scratch.hourglass(["data", "shard"] + arguments + ["--out", "shards"]), status: 64, saying: words)
    }
    #expect(try scratch.hourglass("data", "shard", "a.csv", "--out", "shards", "--ignore", "y").status == 0)
    expectRefusal(
      try scratch.hourglass("data", "shard", "a.csv", "--out", "shards"), status: 64,
      saying: "holds something already")
  }

  @Test func trainsOnAFolderOfPictures() throws {
    let scratch = try Scratch(data: false)
    try writePhotos(scratch, "photos")
    try writeRecipe(scratch, data: "{images: photos, resize: 8}")
    let outcome = try scratch.hourglass(train)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["training_samples"] as? Int == 36 && outcome.json["validation_samples"] as? Int == 4)
    #expect(String(decoding: try scratch.read("run/recipe.yaml"), as: UTF8.self).contains("validation: 0.1"))
    // The run's own pictures are measured as after training, others whole; by path from elsewhere the same.
    let own = try scratch.hourglass("evaluate", "run", "--json")
    #expect(own.metrics == outcome.metrics && own.json["samples"] as? Int == 4, "\(own.errors)")
    let whole = try scratch.hourglass("evaluate", "run", "--data", "photos", "--json")
    #expect(whole.json["samples"] as? Int == 40, "\(whole.errors)")
    try FileManager.default.moveItem(atPath: "\(scratch.path)/photos", toPath: "\(scratch.path)/moved")
    let again = try scratch.hourglass(train + ["--resume", "--data", "moved"])
    #expect(again.output == outcome.output, "\(again.errors)")
    // The weights do not know of files: they have to be of the right size.
    expectRefusal(
      try scratch.hourglass("evaluate", "run/model.safetensors", "--data", "moved"), status: 65,
      saying: "has 10 x 12 pixels", "--set data.resize=8")
  }

  @Test func optionsKeepTheSettings() throws {
    let scratch = try Scratch(data: false)
    try writePhotos(scratch, "photos")
    try writePhotos(scratch, "grey", channels: 1)
    try writeRecipe(
      scratch,
      data: "{name: cifar10, crop: 8, augment: {share: 0.5, transformations: [flip-left-right, rotate]}}")
    let outcome = try scratch.hourglass(train + ["--data", "photos"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["training_samples"] as? Int == 54 && outcome.json["validation_samples"] as? Int == 6)
    let text = String(decoding: try scratch.read("run/recipe.yaml"), as: UTF8.self)
    #expect(
      text.contains("/photos\n") && text.contains("folder: /") && text.contains("crop:")
        && text.contains("flip-left-right"))
    let same = try scratch.hourglass([
      "train", "run/recipe.yaml", "--out", "again", "--json", "--threads", "1",
    ])
    #expect(same.weights == outcome.weights, "\(same.errors)")
    // Grey pictures become coloured.
    #expect(try scratch.hourglass("train", "recipe.yaml", "--out", "grey-run", "--data", "grey").status == 0)
  }

  @Test func sizesThatDoNotFitAreExplained() throws {
    let scratch = try Scratch()
    try writePhotos(scratch, "photos")
    try writeRecipe(scratch, data: "photos")
    expectRefusal(
      try scratch.hourglass(train), status: 65, saying: "photos/even/100.png has 10 x 12 pixels",
      "in training by --set data.resize=8 or --set data.crop=8.")
    #expect(try scratch.hourglass(train + ["--set", "data.resize=8"]).status == 0)
    // What the messages say works, and so does a size that is not square.
    let odd = train.map { $0 == "run" ? "odd" : $0 } + ["--set", "data.resize=[8, 12]"]
    #expect(
      try scratch.hourglass(odd + ["--set", "model.input=[3, 8, 12]"]).status == 0)
    // The usual recipes say what to validate on.
    expectRefusal(
      try scratch.hourglass(
        "train", "mnist-conv", "--data", "photos", "--set", "data.resize=28", "--set", "data.channels=1"),
      status: 65, saying: "photos has no test samples to validate on",
      "in training by --set validation=0.1 or --set validation=none.")
    expectRefusal(
      try scratch.hourglass("train", "recipe.yaml", "--out", "x", "--data", "data"), status: 65,
      saying: "add --set data.channels=3 --set data.resize=8,")
    expectRefusal(
      try scratch.hourglass("train", "recipe.yaml", "--data", ""), status: 64, saying: "--data is empty")
    #expect(!scratch.exists("x") && !scratch.exists("runs"))
  }

  /// A run knows its data wherever it is used from; a name stays a name.
  @Test func runsWorkFromOtherFolders() throws {
    let scratch = try Scratch()
    let trained = try scratch.hourglass(
      "train", "mnist-conv", "--data", "./data", "--epochs", "1", "--out", "run", "--json")
    #expect(trained.status == 0, "\(trained.errors)")
    let text = String(decoding: try scratch.read("run/recipe.yaml"), as: UTF8.self)
    #expect(text.contains("data: /") && text.contains("/data\n") && !text.contains("/./"))
    let elsewhere = Hourglass(folder: try scratch.folder("else/where"))
    let again = try elsewhere("evaluate", "../../run", "--json")
    #expect(again.status == 0 && again.metrics == trained.metrics, "\(again.errors)")
    let resumed = try elsewhere("train", "../../run/recipe.yaml", "--resume", "--out", "../../run", "--json")
    #expect(resumed.status == 0 && resumed.weights == trained.weights, "\(resumed.errors)")
    #expect(try scratch.hourglass("recipes", "--show", "mnist-conv").output.contains("data: mnist"))
  }

  @Test func damagedPicturesAreNamed() throws {
    let scratch = try Scratch(data: false)
    try writePhotos(scratch, "photos")
    try writeRecipe(scratch, data: "{images: photos, resize: 8}")
    let good = try scratch.read("photos/odd/107.png")
    for bytes in [[], Array(good.prefix(50)), Array("<html>".utf8), [0xff, 0xd8, 0xff, 0xe0, 0, 16]] {
      try scratch.write(bytes, "photos/odd/107.png")
      expectRefusal(
        try scratch.hourglass(train + ["--strict"]), status: 65, saying: "photos/odd/107.png")
    }
    let told = try scratch.hourglass("data", "photos")
    #expect(told.errors.contains("1 of 40 pictures of photos cannot be used and is left out"))
    #expect(!scratch.exists("run"))
  }

  @Test func trainsOnArrays() throws {
    let scratch = try Scratch(data: false)
    let numbers = (0..<64 * 6).map { Float(($0 * 7) % 13) / 13 }
    try NPY.write(SampleArray(trustedFloats: numbers, count: 64, shape: [6]), to: "\(scratch.path)/x.npy")
    try scratch.write(
      """
      name: vectors
      data: {file: x.npy}
      model: {input: [6], encoder: [{dense: {units: 2}}], decoder: [{dense: {units: 6}}]}
      epochs: 2
      validation: none
      """, "recipe.yaml")
    let outcome = try scratch.hourglass(train)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["training_samples"] as? Int == 64)
    #expect(try scratch.hourglass("evaluate", "run", "--json").metrics == outcome.metrics)
    let model = try scratch.hourglass("evaluate", "run/model.safetensors", "--data", "x.npy", "--json")
    #expect(model.metrics == outcome.metrics, "\(model.errors)")
    expectRefusal(
      try scratch.hourglass("train", "mnist-conv", "--data", "x.npy"), status: 65, saying: "have shape (6)")
    let bytes = try scratch.read("x.npy")
    try scratch.write(Array(bytes.dropLast()), "x.npy")
    expectRefusal(
      try scratch.hourglass("train", "recipe.yaml"), status: 65, saying: "x.npy", "but holds 1535 bytes")
  }

  @Test func axesDecideWhereChannelsAre() throws {
    let scratch = try Scratch(data: false)
    let samples = try SampleArray(floats: (0..<192).map { Float($0) }, count: 4, shape: [4, 3, 4])
    try NPY.write(samples, to: "\(scratch.path)/x.npy")
    let guess = try scratch.hourglass("data", "x.npy")
    #expect(guess.output.contains("of (4, 3, 4)"))
    #expect(
      guess.errors.contains(
        "x.npy has the shape (4, 4, 3, 4), whose channels may stand first or last: the axis behind the samples was taken "
          + "for 4 channels of 3 x 4 pixels; --axes first or --axes last decides."), "\(guess.errors)")
    let last = try scratch.hourglass("data", "x.npy", "--axes", "last")
    #expect(last.output.contains("of (4, 4, 3)") && last.errors.isEmpty, "\(last.errors)")
    expectRefusal(
      try scratch.hourglass("data", "mnist", "--axes", "last"), status: 64,
      saying: "the data are mnist; leave --axes out")
    expectRefusal(
      try scratch.hourglass("detect", "fit", "x.csv", "--axes", "last"), status: 64,
      saying: "--axes is for images")
  }

  @Test func tellsWhatDataAre() throws {
    let scratch = try Scratch()
    try writePhotos(scratch, "photos")
    #expect(
      try scratch.hourglass("data", "photos").output
        == "photos: 40 training and no test images of (3, 10, 12), 2 classes\n")
    #expect(
      try scratch.hourglass("data", "data").output
        == "data: 200 training and 64 test images of (1, 28, 28), 10 classes\n")
    expectRefusal(try scratch.hourglass("data", "cifar-10"), status: 64, saying: "did you mean cifar10?")
    let missing = try scratch.hourglass("data", "cifar10")
    expectRefusal(missing, status: 1, saying: "cifar10 is not on this machine", "six binary batches")
  }
}
