import HourglassBase
import HourglassData
import HourglassFiles
import HourglassModels
import HourglassPictures

/// What a detector's file says of it beside tensors, in its metadata.
extension AnomalyDetector {
  var json: JSONValue {
    get throws {
      func standard(_ standard: Standard) throws -> JSONValue {
        .array([try .double(standard.median), try .double(standard.spread), try .double(standard.offset)])
      }
      var members = [
        JSONMember("scoring", .string(scoring.rawValue)),
        JSONMember("neighbours", .int(neighbourDistance.neighbours)),
        JSONMember("training_samples", .int(trainingCount)),
        JSONMember("reconstruction_standard", try standard(reconstructionStandard)),
        JSONMember("neighbour_standard", try standard(neighbourStandard)),
        JSONMember("threshold", try .double(threshold.value)),
        JSONMember("threshold_rule", .string(threshold.rule.text)),
        JSONMember("threshold_chosen_on", .string(threshold.chosenOn)),
      ]
      if case .joined(let joined) = neighbourDistance.space {
        members.append(
          JSONMember(
            "joined_scales",
            .array([try .double(Double(joined.inputScale)), try .double(Double(joined.residualScale))])))
        members.append(JSONMember("tail_standard", try standard(tailStandard)))
        members.append(
          JSONMember(
            "combined_standard",
            .array([try .double(combinedStandard.median), try .double(combinedStandard.spread)])))
        if combination != .maximum {
          members.append(JSONMember("combination", .string(combination.rawValue)))
        }
      }
      if let labels {
        members.append(JSONMember("label_column", .string(labels.column)))
        for (key, texts) in [("anomaly_labels", labels.anomalies), ("normal_labels", labels.normals)] {
          members.append(JSONMember(key, .array(texts.sorted().map { .string($0) })))
        }
      }
      switch input {
      case .table(let encoding):
        members.append(JSONMember("table", try encoding.json))
        if !encoding.constants.isEmpty {
          members.append(JSONMember("constant_columns", .array(try encoding.constants.map { try $0.json })))
        }
        if !encoding.relations.isEmpty {
          members.append(JSONMember("relations", .array(try encoding.relations.map { try $0.json })))
        }
        if !encoding.oddPairs.pairs.isEmpty {
          members.append(JSONMember("odd_pairs", try encoding.oddPairs.json))
        }
        if !isOfFirstFormat { members.append(JSONMember("highest_ordinary", try .double(highestOrdinary))) }
        if let identifier { members.append(JSONMember("identifier_column", .string(identifier))) }
      case .images(let normalClass):
        var images = normalClass.map { [JSONMember("normal_class", .string($0))] } ?? []
        if !fitting.isEmpty {
          images.append(
            JSONMember(
              "data", try DataDescription(DataSource(.images, "-"), fitting: fitting).value.json))
        }
        if let axes { images.append(JSONMember("axes", .string(axes.rawValue))) }
        members.append(JSONMember("images", .object(images)))
      }
      return .object(members)
    }
  }

  /// nil where something is missing or out of range.
  init?(
    json: JSONValue, model: TrainedModel, expectation: ConditionalMean?, space: NeighbourDistance.Space,
    nearestShare: Double, references: SampleArray, residualDistance: ResidualDistance,
    residualSquares: [Float]
  ) {
    func standard(_ key: String) -> Standard? {
      guard let numbers = json[key]?.arrayValue?.compactMap(\.doubleValue), numbers.count == 3,
        numbers[1] > 0,
        numbers[2] > 0
      else { return nil }
      return Standard(median: numbers[0], spread: numbers[1], offset: numbers[2])
    }
    guard let scoring = json["scoring"]?.stringValue.flatMap(AnomalyScoring.init(rawValue:)),
      let neighbours = json["neighbours"]?.intValue, 1...1000 ~= neighbours,
      let trainingCount = json["training_samples"]?.intValue,
      let reconstructionStandard = standard("reconstruction_standard"),
      let neighbourStandard = standard("neighbour_standard"), let threshold = json["threshold"]?.doubleValue,
      let ruleText = json["threshold_rule"]?.stringValue, let rule = try? ThresholdRule(ruleText),
      let chosenOn = json["threshold_chosen_on"]?.stringValue
    else { return nil }
    var (tailStandard, combinedStandard) = (Standard([1]), CombinedStandard())
    var combination = PartCombination.maximum
    if case .joined = space {
      guard json["table"] != nil, let tails = standard("tail_standard"),
        let numbers = json["combined_standard"]?.arrayValue?.compactMap(\.doubleValue),
        numbers.count == 2, numbers.allSatisfy({ abs($0) <= 1e15 }), numbers[1] > 0
      else { return nil }
      tailStandard = tails
      combinedStandard = CombinedStandard(median: numbers[0], spread: numbers[1])
      if let text = json["combination"] {
        guard let known = text.stringValue.flatMap(PartCombination.init(rawValue:)), known != .maximum
        else { return nil }
        combination = known
      }
    } else if scoring == .tails {
      return nil
    }
    let input: Input
    var fitting = PictureFitting()
    var axes: ChannelAxis?
    if let table = json["table"] {
      guard var encoding = TableEncoding(json: table) else { return nil }
      encoding.expectation = expectation
      if let constants = json["constant_columns"]?.arrayValue {
        encoding.constants = constants.compactMap(ConstantColumn.init(json:))
        guard encoding.constants.count == constants.count else { return nil }
      }
      if let relations = json["relations"]?.arrayValue {
        let known = Set(encoding.columns.filter { $0.sources.count == 1 && $0.number != nil }.map(\.name))
        encoding.relations = relations.compactMap { ColumnRelation(json: $0, columns: known) }
        guard encoding.relations.count == relations.count else { return nil }
      }
      if let pairs = json["odd_pairs"] {
        guard let pairs = OddPairs(json: pairs) else { return nil }
        encoding.oddPairs = pairs
      }
      input = .table(encoding)
    } else if let images = json["images"] {
      input = .images(normalClass: images["normal_class"]?.stringValue)
      axes = images["axes"]?.stringValue.flatMap(ChannelAxis.init)
      if let data = images["data"] {
        guard let setting = try? SettingValue(data, source: "data"),
          let description = try? DataDescription(setting, path: "data")
        else { return nil }
        fitting = description.fitting
      }
    } else {
      return nil
    }
    func texts(_ key: String) -> Set<String> { Set((json[key]?.arrayValue ?? []).compactMap(\.stringValue)) }
    let labels = json["label_column"]?.stringValue.map {
      AnomalyLabels(column: $0, anomalies: texts("anomaly_labels"), normals: texts("normal_labels"))
    }
    self.init(
      input: input, model: model,
      neighbourDistance: NeighbourDistance(
        space: space, points: references, neighbours: neighbours, nearestShare: nearestShare),
      residualDistance: residualDistance,
      residualSquares: residualSquares, reconstructionStandard: reconstructionStandard,
      neighbourStandard: neighbourStandard, scoring: scoring,
      threshold: Threshold(rule: rule, value: threshold, chosenOn: chosenOn),
      labels: labels, trainingCount: trainingCount, fitting: fitting, axes: axes)
    (self.tailStandard, self.combinedStandard) = (tailStandard, combinedStandard)
    self.combination = combination
    if case .joined = space, case .table(let encoding) = input,
      encoding.featureCount == model.model.inputShape.count
    {
      tails = MarginalTails(points: references, columns: encoding.columns)
    }
    if let highest = json["highest_ordinary"] {
      guard let highest = highest.doubleValue, abs(highest) <= 1e15 else { return nil }
      highestOrdinary = highest
    }
    identifier = json["identifier_column"]?.stringValue
  }
}
