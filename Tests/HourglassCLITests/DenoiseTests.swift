import Foundation
import Hourglass
import Testing

/// `denoise` cleans photos with a model trained on patches of others.
struct DenoiseTests {
  /// Photos, and a run on patches of them that took a moment.
  private func trained() throws -> Scratch {
    let scratch = try Scratch(data: false)
    for (index, name) in ["one", "two", "three"].enumerated() {
      try PNG.write(
        photo(width: 70 + 9 * index, height: 60, channels: index == 1 ? 1 : 3, seed: index),
        to: "\(scratch.folder("photos"))/\(name).png")
    }
    let outcome = try scratch.hourglass(train("photos", "run"))
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("those of 1 of 3 photos, of which training saw nothing"))
    return scratch
  }

  private func train(
    _ data: String, _ run: String, recipe: String = "photo-denoise", _ more: String...
  ) -> [String] {
    ["train", recipe, "--data", data, "--out", run, "--epochs", "1", "--json"]
      + ["data.patches.size=16", "data.patches.count=192", "model.input=[3, 16, 16]"].flatMap {
        ["--set", $0]
      }
      + more
  }

  /// Rounded shapes of several colours.
  private func photo(width: Int, height: Int, channels: Int, seed: Int) -> Picture {
    var bytes: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          let wave = sin(Double(x + 5 * seed) / 9) * cos(Double(y) / (7 + Double(seed))) * 70
          let step = (x * x + y * y + 40 * channel) / 700 % 2 == 0 ? 90.0 : 140
          bytes.append(UInt8(step + wave))
        }
      }
    }
    return Picture(width: width, height: height, channels: channels, trusted: bytes)
  }

  @Test func patchesGiveTheSameRunAtAnyNumberOfThreads() throws {
    let scratch = try trained()
    let first = try scratch.hourglass(train("photos", "again", "--threads", "1"))
    let second = try scratch.hourglass(train("photos", "third", "--threads", "3"))
    #expect(!first.weights.isEmpty && first.weights == second.weights)
    let other = try scratch.hourglass(train("photos", "other", "--seed", "2"))
    #expect(other.status == 0 && other.weights != first.weights)
    // A run's own data are cut in the same places again.
    let outcome = try scratch.hourglass("evaluate", "run", "--json")
    #expect(outcome.status == 0 && outcome.json["samples"] as? Int == 64, "\(outcome.errors)")
    #expect(outcome.metrics["psnr"] == first.metrics["psnr"])
  }

  @Test func cleansAPhotoAndMeasures() throws {
    let scratch = try trained()
    let clean = try Picture.read(path: "\(scratch.path)/photos/three.png")
    try PNG.write(clean.noisy(deviation: 25, seed: 9), to: "\(scratch.path)/noisy.png")
    var written: [[UInt8]] = []
    for arguments in [
      ["run", "--threads", "1"], ["run/model.safetensors", "--threads", "3"],
      ["run", "--clean", "photos/three.png"],
    ] {
      let outcome = try scratch.hourglass(
        ["denoise", arguments[0], "noisy.png", "--out", "out.png", "--json"] + arguments.dropFirst())
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.split(separator: "\n").count == 1)
      #expect(outcome.json["pictures"] as? Int == 1 && outcome.json["pixels"] as? Int == clean.width * 60)
      #expect((outcome.json["seconds"] as? Double ?? 0) > 0)
      #expect((outcome.json["peak_memory_bytes"] as? Int ?? 0) > 1 << 20)
      #expect(
        Set(outcome.metrics.keys)
          == (arguments.contains("--clean") ? ["psnr", "ssim", "psnr_noisy", "ssim_noisy"] : []))
      written.append(try scratch.read("out.png"))
    }
    #expect(written[0] == written[1] && written[1] == written[2])
    let cleaned = try Picture.read(path: "\(scratch.path)/out.png")
    #expect(cleaned.width == clean.width && cleaned.height == 60 && cleaned.channels == 3)
  }

  @Test func triesItselfOutAndComparesWithFilters() throws {
    let scratch = try trained()
    let outcome = try scratch.hourglass(
      "denoise", "run", "photos/two.png", "--out", "out.png", "--noise", "25", "--seed", "4", "--compare",
      "--figure",
      "figure.png", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      Set(outcome.metrics.keys) == [
        "psnr", "ssim", "psnr_noisy", "ssim_noisy", "psnr_median", "ssim_median", "median_side",
        "psnr_gaussian",
        "ssim_gaussian", "gaussian_deviation",
      ])
    // Noise of 25 levels is 20.17 dB; what clipping takes away is little here.
    #expect(abs((outcome.metrics["psnr_noisy"] ?? 0) - 20.17) < 0.3)
    #expect((outcome.metrics["psnr_gaussian"] ?? 0) > 22)
    #expect(try Picture.read(path: "\(scratch.path)/out.png").channels == 1)
    let files = outcome.json["files"] as? [[String: Any]] ?? []
    let (verdict, estimate) = (files.first?["verdict"] as? String, files.first?["estimated_noise"] as? Double)
    #expect(outcome.errors.contains(verdict ?? "none"))
    let best = ["psnr_noisy", "psnr_median", "psnr_gaussian"].compactMap { outcome.metrics[$0] }.max() ?? 0
    #expect(
      verdict?.hasPrefix((outcome.metrics["psnr"] ?? 0) > best ? "The model is best" : "Here the") ?? false)
    #expect(abs((estimate ?? 0) - 25) < 4 && !outcome.errors.contains("by estimate"))
    let weak = try scratch.hourglass(
      "denoise", "run", "photos/two.png", "--out", "out.png", "--noise", "4")
    #expect(
      weak.errors.contains(
        "levels of 255 by estimate, but the model was trained on 25 and takes detail for noise"),
      "\(weak.errors)")
    let figure = try Picture.read(path: "\(scratch.path)/figure.png")
    #expect(figure.width > 5 * 2 * 60 && figure.height > 2 * 60)
  }

  @Test func sharpensPhotos() throws {
    let scratch = try trained()
    let training = try scratch.hourglass(train("photos", "sharp", recipe: "photo-deblur"))
    #expect(training.status == 0, "\(training.errors)")
    let outcome = try scratch.hourglass(
      "denoise", "sharp", "photos/two.png", "--out", "out.png", "--blur", "1", "--compare", "--figure",
      "figure.png",
      "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let names = ["psnr", "ssim"].flatMap { name in
      ["", "_blurred", "_unsharp", "_richardson_lucy"].map { name + $0 }
    }
    #expect(
      Set(outcome.metrics.keys)
        == Set(names).union([
          "unsharp_deviation", "unsharp_amount", "richardson_lucy_deviation", "richardson_lucy_iterations",
        ]))
    #expect(outcome.errors.contains(" dB (blurred "))
    #expect(!outcome.errors.contains("trained on"))
    #expect(outcome.errors.contains("The model is told of blur of deviation 1 (pixels)."))
    // What it is given is the photo blurred.
    let photo = try Picture.read(path: "\(scratch.path)/photos/two.png")
    let blurred = try photo.blurred(deviation: 1)
    let soft = try PictureQuality(of: blurred, comparedWith: photo).psnr
    #expect(abs((outcome.metrics["psnr_blurred"] ?? 0) - soft) < 1e-6, "\(outcome.metrics), not \(soft)")
    try PNG.write(blurred, to: "\(scratch.path)/soft.png")
    let plain = try scratch.hourglass("denoise", "sharp", "soft.png", "--out", "plain.png", "--json")
    #expect(plain.status == 0 && plain.metrics.isEmpty, "\(plain.errors)")
    #expect(try scratch.read("plain.png") == scratch.read("out.png"))
    #expect(
      plain.errors.contains(
        "taken to have blur of deviation 1 (pixels); --level says another, 0.5 to 1.5; too much makes edges ring."
      ))
    let weaker = try scratch.hourglass(
      "denoise", "sharp", "soft.png", "--out", "weaker.png", "--level", "0.7", "--json")
    #expect(weaker.status == 0 && weaker.output.contains("\"level\":0.7"), "\(weaker.errors)\(weaker.output)")
    let strong = try scratch.hourglass(
      "denoise", "sharp", "photos/two.png", "--out", "out.png", "--blur", "2")
    #expect(strong.errors.contains("The model is told of blur of deviation 1.5 (pixels)."))
    for (run, level, sentence) in [
      ("sharp", "2", "The level is 2, but the model was trained on 0.5 to 1.5 pixels"),
      ("run", "1", "The model is not told how strongly a photo is spoilt"),
    ] {
      let refused = try scratch.hourglass("denoise", run, "soft.png", "--out", "no.png", "--level", level)
      #expect(refused.status == 64 && refused.errors.contains(sentence), "\(refused.errors)")
      #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/no.png"))
    }
    let wide = try scratch.hourglass(
      "denoise", "sharp", "photos/two.png", "--out", "out.png", "--blur", "4", "--noise", "20")
    #expect(
      wide.errors.contains("The blur has a deviation of 4 pixels, but the model was trained on 0.5 to 1.5."))
    #expect(wide.errors.contains("objective.denoising.corruption.blur.noise=[0.001,0."), "\(wide.errors)")
    let noise = try scratch.hourglass("denoise", "run", "photos/two.png", "--out", "out.png", "--blur", "1")
    #expect(noise.status == 0 && noise.errors.contains("The model was trained on noise, not on blur."))
  }

  @Test func foldersAreCleanedWhole() throws {
    let scratch = try trained()
    let folder = try scratch.folder("in/deep")
    try PNG.write(photo(width: 40, height: 33, channels: 1, seed: 3), to: "\(folder)/b.PNG")
    try PNG.write(photo(width: 3, height: 2, channels: 3, seed: 3), to: "\(scratch.path)/in/a.png")
    // Read by its content, written by its name.
    try PNG.write(photo(width: 20, height: 20, channels: 3, seed: 1), to: "\(scratch.path)/in/a.jpg")
    try scratch.write("a note", "in/notes.txt")
    let outcome = try scratch.hourglass(
      "denoise", "run", "in", "--out", "cleaned/", "--noise", "20", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.json["pictures"] as? Int == 3 && outcome.json["passed_over"] as? Int == 1)
    #expect(outcome.errors.contains("notes.txt: no PNG, JPEG or WebP by its name, passed over\n"))
    #expect(outcome.errors.contains("mean of 3 photos"))
    #expect(
      scratch.names("cleaned") == ["a.jpg", "a.png", "deep"] && scratch.names("cleaned/deep") == ["b.PNG"])
    #expect(try scratch.read("cleaned/a.jpg").starts(with: [0xff, 0xd8]))
    let small = try Picture.read(path: "\(scratch.path)/cleaned/a.png")
    #expect((small.width, small.height, small.channels) == (3, 2, 3))
    let files = outcome.json["files"] as? [[String: Any]] ?? []
    #expect(files.compactMap { $0["in"] as? String } == ["a.jpg", "a.png", "deep/b.PNG"])
    #expect(!outcome.errors.contains("replaced"))
    let again = try scratch.hourglass("denoise", "run", "in", "--out", "cleaned", "--noise", "20")
    let replaced = again.errors.split(separator: "\n").filter { $0.hasPrefix("replaced") }
    #expect(replaced == ["a.jpg", "a.png", "deep/b.PNG"].map { "replaced cleaned/\($0)" })
    // Originals by name; what has none, and what is damaged, does not end the work on the others.
    try scratch.write("no picture", "cleaned/broken.png")
    _ = try scratch.folder("originals")
    try PNG.write(photo(width: 3, height: 2, channels: 3, seed: 3), to: "\(scratch.path)/originals/a.png")
    let second = try scratch.hourglass(
      "denoise", "run", "cleaned", "--out", "twice", "--clean", "originals", "--json")
    #expect(second.status == 65 && !second.isSignalled)
    #expect(second.json["pictures"] as? Int == 1 && second.json["passed_over"] as? Int == 3)
    #expect(
      second.complaints.count == 1 && second.complaints[0].contains("3 of 4 photos could not be cleaned"))
    // Nor does a link that leads nowhere, the first of all.
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/in/0.png", withDestinationPath: "nowhere.png")
    let third = try scratch.hourglass("denoise", "run", "in", "--out", "thrice", "--json")
    #expect(third.status == 65 && third.json["pictures"] as? Int == 3, "\(third.errors)")
    #expect(
      third.errors.contains("0.png: passed over, since")
        && third.complaints.first?.contains("1 of 4 photos could not be cleaned") == true,
      "\(third.errors)")
  }

  /// Files that are read but not written become PNG, and that is told.
  @Test func webPBecomesPNG() throws {
    let scratch = try trained()
    let photo = photo(width: 40, height: 33, channels: 3, seed: 3)
    try scratch.write(WebP.encode(photo, quality: 80), "photos/four.webp")
    let outcome = try scratch.hourglass("denoise", "run", "photos", "--out", "cleaned", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.errors.contains("four.webp: written as four.png, since files of its kind are not written\n"))
    #expect(try Picture.read(path: "\(scratch.path)/cleaned/four.png").width == 40)
    let files = outcome.json["files"] as? [[String: Any]] ?? []
    #expect(
      files.contains { $0["in"] as? String == "four.webp" && $0["out"] as? String == "cleaned/four.png" })
  }

  @Test func refusals() throws {
    let scratch = try trained()
    try scratch.write("no picture", "bad.png")
    try scratch.write([], "nothing.png")
    _ = try scratch.folder("empty")
    let dense = try scratch.hourglass(
      "train", "denoising", "--data", "photos", "--set", "validation=none", "--set", "data.resize=28",
      "--set", "data.channels=1",
      "--epochs", "1",
      "--out", "dense")
    #expect(dense.status == 0, "\(dense.errors)")
    let photo = "photos/one.png"
    _ = try scratch.folder("around/in/in")
    for path in ["around/in/x.png", "around/in/in/x.png"] { try scratch.write(scratch.read(photo), path) }
    let cases: [([String], Int32, String)] = [
      (
        ["run", photo, "--out", "x.gif"], 64,
        "--out is \"x.gif\", but must name a file that ends in .png, .jpg or .jpeg"
      ),
      (["run", photo, "--out", ""], 64, "--out is empty"),
      (["run", photo, "--out", "x.png", "--noise", "0"], 64, "--noise is 0"),
      (["run", photo, "--out", "x.png", "--noise", "nan"], 64, "--noise is nan"),
      (["run", photo, "--out", "x.png", "--noise", "9", "--clean", photo], 64, "exclude each other"),
      (["run", photo, "--out", "x.png", "--blur", "0"], 64, "--blur is 0"),
      (["run", photo, "--out", "x.png", "--blur", "nan"], 64, "--blur is nan"),
      (["run", photo, "--out", "x.png", "--blur", "1", "--clean", photo], 64, "exclude each other"),
      (["run", photo, "--out", "x.png", "--compare"], 64, "--compare needs the clean original"),
      (["run", photo, "--out", "x.png", "--seed=-1"], 64, "--seed is -1"),
      (["run", photo, "--out", "x.png", "--tile", "8"], 64, "--tile is 8"),
      (["run", photo, "--out", "x.png", "--threads", "0"], 64, "--threads is 0"),
      (
        ["run", photo, "--out", "x.png", "--figure", "f.gif"], 64,
        "--figure is \"f.gif\", but must name a file"
      ),
      (["run", photo, "--out", "x.png", "--clean", "photos/two.png"], 64, "but its original 79 x 60 pixels"),
      (["run", photo, "--out", "x.png", "--figure", "x.png"], 64, "--figure is the same file as --out"),
      (["run", photo, "--out", photo], 64, "the input itself"),
      (["run", "photos", "--out", "photos/"], 64, "the input itself"),
      (["run", "photos", "--out", "photos/clean"], 64, "which lies within photos"),
      (["run", "photos", "--out", "./photos/a/b"], 64, "choose a folder beside it"),
      (["run", "around/in", "--out", "around"], 64, "in/x.png, which would be lost"),
      (["run", "bad.png", "--out", "x.png"], 65, "neither a PNG nor a JPEG"),
      (["run", "nothing.png", "--out", "x.png"], 65, "nothing.png: it is empty; get a fresh copy"),
      (["run", "none.png", "--out", "x.png"], 1, "none.png"),
      (["run", "empty", "--out", "x"], 1, "empty has no PNG, JPEG or WebP picture"),
      (["none", photo, "--out", "x.png"], 1, "no run in none"),
      (["dense", photo, "--out", "x.png"], 64, "(Flatten)"),
    ]
    for (arguments, status, piece) in cases {
      expectRefusal(try scratch.hourglass(["denoise"] + arguments), status: status, saying: piece)
      #expect(!scratch.exists("x.png"))
    }
  }

  @Test func trainingNeedsPhotos() throws {
    let scratch = try Scratch()
    expectRefusal(
      try scratch.hourglass("train", "photo-denoise"), status: 1,
      saying: "There is no folder photos", "give a folder of yours with --data DIR")
    expectRefusal(
      try scratch.hourglass("train", "photo-denoise", "--data", "fashion-mnist"), status: 64,
      saying: "the data are fashion-mnist")
    try PNG.write(photo(width: 50, height: 30, channels: 3, seed: 1), to: "\(scratch.folder("small"))/a.png")
    expectRefusal(
      try scratch.hourglass("train", "photo-denoise", "--data", "small"), status: 65,
      saying: "small/a.png has 30 x 50 pixels", "patch of 40 x 40")
    #expect(!scratch.exists("runs"))
  }
}
