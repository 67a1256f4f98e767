import Testing

/// Commands one after another in a folder with `DigestData`, and the files they write.
struct DigestedOutput: CustomTestStringConvertible {
  var name: String
  var commands: [String]
  var files: [String]

  var testDescription: String { name }
  var group: String { "output/\(name)" }

  static let all = [
    DigestedOutput(
      name: "train",
      commands: ["train vae-fashion --data images --limit 200 --epochs 1 --out run"],
      files: ["run/model.safetensors"]),
    DigestedOutput(
      name: "transform",
      commands: [
        "train fashion-codes --data images --epochs 1 --out run",
        "transform run --split test --out codes.npy --labels labels.npy",
        "transform run --split test --label-column --out codes.csv",
        "inverse-transform run codes.npy --out back.npy",
      ],
      files: ["codes.npy", "labels.npy", "codes.csv", "back.npy"]),
    DigestedOutput(
      name: "index",
      commands: [
        "train image-search --data images --epochs 1 --out run",
        "index run --data images --out exact.index",
        "index run --data images --approximate --out approximate.index",
        "search exact.index --data images --split test -k 5 --out exact.csv",
        "search approximate.index --data images --split test -k 5 --out approximate.csv",
      ],
      files: ["exact.index", "approximate.index", "exact.csv", "approximate.csv"]),
    DigestedOutput(
      name: "project",
      commands: [
        "train fashion-codes --data images --epochs 1 --out run",
        "project run --split train --limit 200 --out map.html --codes codes.csv",
        "project run --split train --limit 200 --method pca --out components.html",
        "project run --split test --into map.html --out placed.html",
      ],
      files: ["map.csv", "map.safetensors", "codes.csv", "components.csv", "placed.csv"]),
    DigestedOutput(
      name: "detect",
      commands: [
        "detect fit rows.csv --label-column Class --seed 1 --epochs 20 --out run",
        "detect score run rows.csv --out scores.csv",
      ],
      files: ["run/model.safetensors", "run/scores.csv", "scores.csv"]),
    DigestedOutput(
      name: "detect-images",
      commands: [
        "detect fit --data images --normal 3 --seed 1 --epochs 2 --out run",
        "detect score run --data images --out scores.csv",
      ],
      files: ["run/model.safetensors", "scores.csv"]),
    DigestedOutput(
      name: "compress",
      commands: [
        "train image-compression --data images --epochs 1 --out run",
        "compress run photos/1.png --out photo.hgz",
        "compress run --data images --split test --out set.hgz",
        "decompress run photo.hgz --out photo.png",
        "decompress run set.hgz --out set.npy",
      ],
      files: ["photo.hgz", "set.hgz", "photo.png", "set.npy"]),
    DigestedOutput(
      name: "denoise",
      commands: [
        "train photo-denoise --data photos --set data.patches.count=64 --epochs 1 --out run",
        "denoise run photos/1.png --noise 25 --seed 1 --out cleaned.png",
        "denoise run photos/2.png --tile 32 --out tiles.png",
      ],
      files: ["cleaned.png", "tiles.png"]),
    DigestedOutput(
      name: "sharpen",
      commands: [
        "train photo-deblur --data photos --set data.patches.count=64 --epochs 1 --out run",
        "denoise run photos/1.png --blur 1 --out sharpened.png",
      ],
      files: ["sharpened.png"]),
    DigestedOutput(
      name: "generate",
      commands: [
        "train vae --data images --epochs 1 --out run",
        "generate run -n 9 --seed 1 --out samples.png",
        "interpolate run --from 3 --to 8 --steps 6 --out interpolation.png",
      ],
      files: ["samples.png", "interpolation.png"]),
  ]
}
