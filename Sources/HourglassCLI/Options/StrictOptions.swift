import ArgumentParser

/// What becomes of broken pictures in a folder.
struct StrictOptions: ParsableArguments {
  @Flag(
    name: .customLong("strict"),
    help: "Refuse a folder with a broken picture, which is left out and told of otherwise.")
  var isStrict = false
}
