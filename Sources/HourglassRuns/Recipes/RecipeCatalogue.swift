import HourglassBase
import HourglassData
import HourglassFiles

/// The recipes that ship with the program, and recipes from files.
public enum RecipeCatalogue {
  /// The text of each shipped recipe; a new one is one file and one line here.
  private static let shipped: [(name: String, text: [UInt8])] = [
    ("fashion-denoise", PackageResources.fashion_denoise_yaml),
    ("mnist-conv", PackageResources.mnist_conv_yaml),
    ("cifar-deblur", PackageResources.cifar_deblur_yaml),
    ("undercomplete", PackageResources.undercomplete_yaml),
    ("sparse-l1", PackageResources.sparse_l1_yaml),
    ("sparse-kl", PackageResources.sparse_kl_yaml),
    ("contractive", PackageResources.contractive_yaml),
    ("denoising", PackageResources.denoising_yaml),
    ("vae", PackageResources.vae_yaml),
    ("vae-fashion", PackageResources.vae_fashion_yaml),
    ("linear-pca", PackageResources.linear_pca_yaml),
    ("stacked", PackageResources.stacked_yaml),
    ("fashion-codes", PackageResources.fashion_codes_yaml),
    ("fashion-plane", PackageResources.fashion_plane_yaml),
    ("image-compression", PackageResources.image_compression_yaml),
    ("image-search", PackageResources.image_search_yaml),
    ("photo-denoise", PackageResources.photo_denoise_yaml),
    ("photo-deblur", PackageResources.photo_deblur_yaml),
    ("machine-sound", PackageResources.machine_sound_yaml),
    ("sound-denoise", PackageResources.sound_denoise_yaml),
  ]

  /// A recipe file longer than this is refused.
  private static let largestFile = 1 << 20

  public static var names: [String] { shipped.map(\.name) }

  /// The YAML of a shipped recipe.
  ///
  /// - Throws: `HourglassError` (usage) with the nearest name when there is none of this name.
  public static func text(_ name: String) throws -> String {
    guard let recipe = shipped.first(where: { $0.name == name }) else {
      throw HourglassError(
        .usage, "There is no recipe \"\(shortened(name))\"" + suggestion(name, among: names))
    }
    return String(decoding: recipe.text, as: UTF8.self)
  }

  /// A shipped recipe by name, or one from a file whose path holds a "/" or ends in ".yaml" or ".yml".
  ///
  /// - Parameters:
  ///   - overrides: `KEY=VALUE`, the key a path such as `optimizer.adam.learning_rate` or
  ///     `model.encoder.0.conv2d.filters`.
  ///   - catalogue: what layers, objectives and so on are looked up in; add yours to the standard one.
  public static func recipe(
    _ name: String, overrides: [String] = [], catalogue: Catalogue = .standard
  ) throws -> Recipe {
    var value = try YAML.parse(written(name), source: name)
    for override in overrides {
      value = try value.applying(override)
    }
    return try Recipe(value, catalogue: catalogue)
  }

  /// The YAML of a shipped recipe by name, or of a file, see `recipe`.
  ///
  /// - Throws: `HourglassError`: usage when there is no recipe of this name, badData or environment when the file cannot be read.
  package static func written(_ name: String) throws -> String {
    let isFile = name.utf8.contains(UInt8(ascii: "/")) || name.ends(with: ".yaml") || name.ends(with: ".yml")
    return isFile ? try read(name) : try text(name)
  }

  private static func read(_ path: String) throws -> String {
    let bytes = try BoundedFile.read(path, limit: largestFile)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw HourglassError(.badData, "\(path) is not text in UTF-8; a recipe is a YAML file.")
    }
    return text
  }
}

extension SettingValue {
  /// Replaces or adds the setting that `KEY=VALUE` names.
  package func applying(_ override: String) throws(HourglassError) -> SettingValue {
    let sides = override.parts(at: "=", cuts: 1)
    guard sides.count == 2, !sides[0].isEmpty else {
      throw HourglassError(
        .usage, "The setting \(shortened(override)) has no \"=\"; write KEY=VALUE, such as epochs=5.")
    }
    let keys = sides[0].parts(at: ".")
    guard keys.count <= 100 else {
      throw HourglassError(
        .usage,
        "The setting \(shortened(override)) has a key of \(keys.count) parts; at most 100 are allowed.")
    }
    let value = try YAML.parse(
      "value: \(sides[1])", source: "the setting \(shortened(override))")
    guard case .map(let settings) = value, settings.count == 1 else {
      throw HourglassError(
        .usage, "The setting \(shortened(override)) has more than one value; write KEY=VALUE.")
    }
    let base = keys.count > 1 && keys[0] == "data" ? withDataAsMap : self
    return try base.replacing(keys[...], with: settings[0].value, override)
  }

  /// A text under `data` is short for a map, to which settings can be added.
  private var withDataAsMap: SettingValue {
    guard case .map(var settings) = self, let index = settings.firstIndex(where: { $0.key == "data" }),
      case .string(let text) = settings[index].value
    else { return self }
    settings[index].value = .map([DataSource(text).setting])
    return .map(settings)
  }

  private func replacing(
    _ keys: ArraySlice<String>, with value: SettingValue, _ override: String
  ) throws(HourglassError) -> SettingValue {
    guard let key = keys.first else { return value }
    let rest = keys.dropFirst()
    switch self {
    case .map(var settings):
      if let index = settings.firstIndex(where: { $0.key == key }) {
        settings[index].value = try settings[index].value.replacing(rest, with: value, override)
      } else {
        settings.append(Setting(key, try SettingValue.null.replacing(rest, with: value, override)))
      }
      return .map(settings)
    case .list(var values):
      guard let index = Int(key), values.indices.contains(index) else {
        throw HourglassError(
          .usage,
          "The setting \(shortened(override)): \"\(shortened(key))\" must be the number of one of \(values.count) entries, from 0."
        )
      }
      values[index] = try values[index].replacing(rest, with: value, override)
      return .list(values)
    case .string(let name) where key == name:
      // A bare name, such as `optimizer: adam`, gains settings.
      return .map([Setting(name, try SettingValue.null.replacing(rest, with: value, override))])
    case .null:
      return .map([Setting(key, try SettingValue.null.replacing(rest, with: value, override))])
    case .string:
      throw HourglassError(
        .usage,
        "The setting \(shortened(override)): \"\(shortened(key))\" would be inside \(shortText), which has no settings of its own "
          + "here",
        .text("write settings of a kind after its name, as in optimizer.adam.learning_rate=0.01"))
    case .bool, .number:
      throw HourglassError(
        .usage,
        "The setting \(shortened(override)): \"\(shortened(key))\" would be inside \(shortText), which has no settings of its own."
      )
    }
  }
}
