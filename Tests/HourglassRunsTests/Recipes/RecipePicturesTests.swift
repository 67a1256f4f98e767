import Foundation
import HourglassBase
import HourglassData
import HourglassPictures
import HourglassRuns
import HourglassTestSupport
import Testing

/// Recipes made for other pictures, on a folder of photos.
@Suite struct RecipePicturesTests {
  private let scratch = ScratchFolder()

  private func write(_ name: String, width: Int, height: Int, channels: Int) throws {
    let bytes = (0..<width * height * channels).map { UInt8($0 % 251) }
    let picture = Picture(width: width, height: height, channels: channels, trusted: bytes)
    try scratch.write(PNG.encode(picture), name)
  }

  private func loaded(_ name: String = "image-search") async throws -> (recipe: Recipe, data: DataSet) {
    var recipe = try RecipeCatalogue.recipe(name)
    recipe.data.source = DataSource(.folder, scratch.path)
    return try await recipe.loadData(adapts: true)
  }

  @Test func sizesAndColoursAreAdaptedTo() async throws {
    try write("a.png", width: 40, height: 30, channels: 1)
    try write("b.png", width: 90, height: 120, channels: 3)
    try write("c.png", width: 28, height: 28, channels: 3)
    let (recipe, data) = try await loaded()
    #expect(data.training.shape == [3, 28, 28] && recipe.model.inputShape == [3, 28, 28])
    #expect(recipe.data.fitting == PictureFitting(extent: .resize(height: 28, width: 28), channels: 3))
    #expect(
      data.notes == [
        "The pictures of \(scratch.path) have 28 x 28 to 120 x 90 pixels (rows x columns) and were scaled to 28 x 28, which "
          + "the model takes (data.crop: 28 keeps their proportions); they have colours, for which the model was given 3 "
          + "channels."
      ])
    // As if it had been asked for.
    let asked = try await recipe.loadData(adapts: true)
    #expect(asked.recipe.value == recipe.value && asked.data.notes.isEmpty)
    #expect((0..<3).allSatisfy { asked.data.training.sample($0) == data.training.sample($0) })
    #expect(try RunData(data, for: recipe).notes == data.notes)
  }

  @Test func greyStaysGrey() async throws {
    try write("a.png", width: 40, height: 30, channels: 1)
    try write("b.png", width: 31, height: 31, channels: 1)
    let (recipe, data) = try await loaded()
    #expect(data.training.shape == [1, 28, 28] && recipe.model.inputShape == [1, 28, 28])
    #expect(recipe.data.fitting == PictureFitting(extent: .resize(height: 28, width: 28)))
    #expect(data.notes.count == 1 && !data.notes[0].contains("colours"), "\(data.notes)")
  }

  /// Nothing changes where all fits, or where the recipe says what to do.
  @Test func whatFitsStaysAsItIs() async throws {
    try write("a.png", width: 28, height: 28, channels: 1)
    try write("b.png", width: 28, height: 28, channels: 1)
    let (recipe, data) = try await loaded()
    #expect(data.notes.isEmpty && recipe.data.fitting.isEmpty && recipe.model.inputShape == [1, 28, 28])
    try write("c.png", width: 30, height: 40, channels: 3)
    var strict = recipe
    strict.data.fitting = PictureFitting(extent: .crop(height: 28, width: 28), channels: 1)
    let cropped = try await strict.loadData(adapts: true)
    #expect(cropped.recipe.value == strict.value && cropped.data.notes.isEmpty)
    #expect(cropped.data.training.shape == [1, 28, 28])
  }

  /// A model whose last layers do not make the reconstruction keeps its channels.
  @Test func otherModelsMakePicturesGrey() async throws {
    try write("a.png", width: 30, height: 40, channels: 3)
    var recipe = try recipe(
      smallRecipe.with("data: mnist", "data: {images: \(scratch.path)}"))
    let shape = recipe.model.inputShape
    #expect(recipe.withChannels(3) != nil)
    var settings = recipe.value
    settings = try #require(Self.replacing("decoder", in: settings))
    recipe = try Recipe(settings)
    #expect(recipe.withChannels(3) == nil)
    let (changed, data) = try await recipe.loadData(adapts: true)
    #expect(data.training.shape == shape && changed.data.fitting.channels == 1)
    #expect(
      data.notes.first?.hasSuffix("they have colours, and were made grey for a model of grey pictures.")
        ?? false)
  }

  /// The recipe with a residual block as the decoder's last layer.
  private static func replacing(_ key: String, in value: SettingValue) -> SettingValue? {
    guard case .map(var settings) = value, let place = settings.firstIndex(where: { $0.key == "model" }),
      case .map(var model) = settings[place].value, let end = model.firstIndex(where: { $0.key == key }),
      case .list(var layers) = model[end].value
    else { return nil }
    let inner = SettingValue.map([
      Setting("conv2d", .map([Setting("filters", 1), Setting("kernel", 3)]))
    ])
    layers.append(.map([Setting("residual", .list([inner]))]))
    model[end].value = .list(layers)
    settings[place].value = .map(model)
    return .map(settings)
  }

  /// A recipe's own pictures have to fit, unless it says how they get to.
  @Test func ownPicturesHaveToFit() async throws {
    try write("a.png", width: 30, height: 40, channels: 1)
    let recipe = try recipe(smallRecipe.with("data: mnist", "data: {images: \(scratch.path)}"))
    let error = await asyncThrownError { _ = try await recipe.loadData(adapts: false) }
    #expect(error.says("a.png has 40 x 30 pixels", "data.resize: 4"), "\(error)")
  }

  @Test(arguments: RecipeCatalogue.names) func shippedRecipesTakeColours(name: String) throws {
    let recipe = try RecipeCatalogue.recipe(name)
    if name.contains("sound") {
      #expect(recipe.withChannels(3) == nil)
      return
    }
    let coloured = try #require(recipe.withChannels(3))
    let old = recipe.model.inputShape
    #expect(coloured.model.inputShape == [3, old[1], old[2]])
    let again = try #require(coloured.withChannels(old[0]))
    #expect(again.value == recipe.value)
  }

  @Test func strictnessIsASetting() throws {
    let strict = try recipe(smallRecipe.with("data: mnist", "data: {images: photos, strict: true}"))
    #expect(strict.data.isStrict)
    #expect(try recipe(YAML.text(strict.value)).data.isStrict)
    #expect(try !recipe(smallRecipe).data.isStrict)
  }
}
