import Foundation
import HourglassBase
import HourglassData
import HourglassPictures
import HourglassRuns
import HourglassTestSupport
import Testing

@Suite struct DataDescriptionTests {
  private let scratch = ScratchFolder()

  private func data(_ setting: String) throws -> DataDescription {
    try recipe(smallRecipe.with("data: mnist", "data: \(setting)")).data
  }

  // MARK: - Reading and writing

  @Test(arguments: [
    ("mnist", DataSource(.name, "mnist")), ("some/folder", DataSource(.folder, "some/folder")),
    ("x.npy", DataSource(.file, "x.npy")), ("a/b.npz", DataSource(.file, "a/b.npz")),
    ("{name: cifar10}", DataSource(.name, "cifar10")), ("{folder: mnist}", DataSource(.folder, "mnist")),
    ("{images: photos}", DataSource(.images, "photos")), ("{file: array}", DataSource(.file, "array")),
  ])
  func sources(_ setting: String, _ source: DataSource) throws {
    #expect(try data(setting) == DataDescription(source))
  }

  @Test func settings() throws {
    let fitted = try data("{images: photos, resize: [28, 14], channels: 1}")
    #expect(fitted.fitting == PictureFitting(extent: .resize(height: 28, width: 14), channels: 1))
    #expect(try data("{file: x.npy, axes: last}").axes == .last && data("x.npy").axes == nil)
    #expect(try data("{name: mnist, crop: 20}").fitting.extent == .crop(height: 20, width: 20))
    let more = try data(
      "{name: cifar10, augment: {share: 0.3, transformations: [flip-left-right, flip-up-down, rotate]}}")
    #expect(
      try more.augmentation
        == Augmentation(share: 0.3, transformations: [.flipLeftRight, .flipUpDown, .rotate], angle: -30))
    #expect(
      try data("{name: mnist, augment: {share: 1, transformations: [rotate], angle: 5}}").augmentation?.angle
        == 5)
  }

  @Test(arguments: [
    "mnist", "some/folder", "x.npy", "{folder: mnist}", "{images: photos}", "{file: array}",
    "{file: x.npy, axes: first}",
    "{images: a, channels: 3, patches: {size: 8, count: 50, grey: 0.25, soft: 0.5}}",
    "{name: fashion-mnist, resize: [32, 16]}", "{folder: a b, crop: 7, channels: 3}",
    "{file: \"1\", augment: {share: 0.25, transformations: [rotate, rotate], angle: 12.5}}", "\"true\"",
    "\"- a\"",
  ])
  func theSameAfterWritingAndReading(_ setting: String) throws {
    let original = try recipe(smallRecipe.with("data: mnist", "data: \(setting)"))
    let text = try YAML.text(original.value)
    let again = try recipe(text)
    #expect(again.data == original.data, "\(text)")
    #expect(again.value == original.value)
  }

  @Test func shippedDataStayATextWithoutSettings() throws {
    #expect(try YAML.text(recipe(smallRecipe).value).contains("data: mnist\n"))
  }

  @Test func overridesReachTheSettingsOfATextToo() throws {
    let found = try recipe(smallRecipe, set: ["data.resize=[4, 4]", "data.channels=1"])
    #expect(found.data.source == DataSource("mnist"))
    #expect(found.data.fitting == PictureFitting(extent: .resize(height: 4, width: 4), channels: 1))
    #expect(try recipe(smallRecipe, set: ["data.name=cifar10"]).data.source.text == "cifar10")
    #expect(try recipe(smallRecipe, set: ["data=x.npz"]).data.source.kind == .file)
  }

  // MARK: - Mistakes

  @Test(arguments: [
    ("", ["lacks the setting \"data\""]), ("5", ["data is 5", "name of a data set"]),
    ("''", ["data is \"\""]),
    ("[a]", ["data is [\"a\"]"]),
    ("{}", ["data must say with one of name, folder, images, file", "none of them"]),
    ("{name: mnist, file: x}", ["has name and file"]), ("{name: ''}", ["data.name is \"\""]),
    ("{name: [a]}", ["data.name is [\"a\"]"]),
    ("{name: mnits}", ["data.name is \"mnits\"", "did you mean \"mnist\"?"]),
    ("{nam: mnist}", ["unknown setting \"nam\"", "did you mean \"name\"?"]),
    ("{name: mnist, rezise: 3}", ["did you mean \"resize\"?"]),
    ("{name: mnist, resize: 0}", ["data.resize is 0"]),
    ("{name: mnist, resize: [1, 2, 3]}", ["data.resize is [1, 2, 3]"]),
    ("{name: mnist, resize: [65535, 65535]}", ["more than 89478485 pixels"]),
    ("{name: mnist, resize: 8, crop: 8}", ["both resize and crop"]),
    ("{file: x.npy, axes: lst}", ["data.axes is \"lst\"", "did you mean \"last\"?"]),
    ("{name: mnist, channels: 2}", ["data.channels is 2", "1 (grey) or 3 (colours)"]),
    ("{images: a, patches: 4}", ["data.patches is 4"]),
    ("{images: a, patches: {count: 10}}", ["lacks the setting \"size\""]),
    ("{images: a, patches: {size: 3, count: 10}}", ["data.patches.size is 3", "from 4 to 512"]),
    ("{images: a, patches: {size: 8, count: 0}}", ["data.patches.count is 0"]),
    ("{images: a, patches: {size: 8, count: 5, grey: 2}}", ["data.patches.grey is 2"]),
    ("{images: a, patches: {size: 8, count: 5, gray: 1}}", ["did you mean \"grey\"?"]),
    ("{images: a, patches: {size: 512, count: 1000000}}", ["more than a gibibyte"]),
    ("{images: a, crop: 8, patches: {size: 8, count: 5}}", ["patches and resize or crop"]),
    (
      "{images: a, augment: {share: 1, transformations: [rotate]}, patches: {size: 8, count: 5}}",
      ["patches and augment"]
    ),
    ("{name: mnist, augment: 0.3}", ["data.augment is 0.3"]),
    ("{name: mnist, augment: {share: 0.3}}", ["lacks the setting \"transformations\""]),
    ("{name: mnist, augment: {transformations: [rotate]}}", ["lacks the setting \"share\""]),
    (
      "{name: mnist, augment: {share: 2, transformations: [rotate]}}",
      ["data.augment.share is 2", "from 0 to 1"]
    ),
    (
      "{name: mnist, augment: {share: 1, transformations: []}}",
      ["has 0 entries", "flip-left-right, flip-up-down, rotate"]
    ),
    ("{name: mnist, augment: {share: 1, transformations: [5]}}", ["transformations has 5"]),
    (
      "{name: mnist, augment: {share: 1, transformations: [flip-left-rigt]}}",
      ["\"flip-left-rigt\"", "did you mean \"flip-left-right\"?"]
    ),
    (
      "{name: mnist, augment: {share: 1, transformations: [rotate], angle: 400}}",
      ["data.augment.angle is 400"]
    ),
    ("{name: mnist, augment: {share: 1, transformations: [rotate], angel: 4}}", ["did you mean \"angle\"?"]),
  ])
  func mistakesAreExplained(_ setting: String, _ words: [String]) {
    expectSentence(words, .usage) { _ = try data(setting) }
  }

  // MARK: - Loading

  @Test func loadsEveryKind() async throws {
    let folder = scratch.path
    try scratch.folder("photos")
    let picture = Picture(width: 6, height: 4, channels: 3, trusted: Array(0..<72))
    try PNG.write(picture, to: "\(folder)/photos/a.png")
    let samples = SampleArray(trustedFloats: [1, 2, 3, 4], count: 2, shape: [2])
    try NPY.write(samples, to: "\(folder)/x.npy")

    let array = try await DataDescription(DataSource("\(folder)/x.npy")).load()
    #expect(array.training.count == 2 && array.name == "x.npy")
    try NPY.write(
      SampleArray(trustedFloats: [1, 2, 3, 4], count: 1, shape: [2, 1, 2]), to: "\(folder)/image.npy")
    let image = try await data("{file: \(folder)/image.npy, axes: last}").load()
    #expect(
      image.training.sample(0) == [1, 3, 2, 4] && image.training.shape == [2, 2, 1] && image.axisNotes.isEmpty
    )
    let photos = try await data("{images: \(folder)/photos, crop: 4, channels: 1}").load(for: [1, 4, 4])
    #expect(photos.training.shape == [1, 4, 4])
    #expect(try await DataDescription(DataSource("\(folder)/photos")).load().training.shape == [3, 4, 6])
    let patches = try await data("{images: \(folder)/photos, patches: {size: 4, count: 7}}").load(for: [
      1, 4, 4,
    ])
    #expect(patches.training.shape == [1, 4, 4] && patches.training.count == 7)
    for (setting, words) in [
      ("{file: \(folder)/x.npy, resize: 4}", "resize, crop and channels are for images"),
      (
        "{name: mnist, axes: last}",
        "but the data are mnist; leave the axes out, which is for .npy and .npz files"
      ),
      ("\(folder)/none", "none does not exist"), ("fashionmnist", "did you mean fashion-mnist?"),
      ("\(folder)/none.npy", "none.npy does not exist"),
      ("{file: \(folder)/photos/a.png}", "neither a .npy nor"),
      ("{name: mnist, patches: {size: 4, count: 5}}", "the data are mnist; give a folder as the data."),
      ("{images: \(folder)/none, patches: {size: 4, count: 5}}", "give a folder of yours as the data."),
    ] {
      await expectAsyncSentence([words]) { _ = try await data(setting).load() }
    }
  }
}
