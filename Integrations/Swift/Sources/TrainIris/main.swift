// Trains softmax regression on Fisher's irises (150 flowers, 4 measures, 3 species) and logs every
// epoch:
//
//     swift run --package-path Integrations/Swift TrainIris --lr 0.1 --seed 0

import Joulebook

let arguments = CommandLine.arguments
let rate = option("--lr").flatMap(Double.init) ?? 0.1
let seed = option("--seed").flatMap(UInt64.init) ?? 0
let epochs = option("--epochs").flatMap(Int.init) ?? 50

var random = SplitMix(state: seed)
let flowers = Flower.all(csv: PackageResources.iris_csv).shuffled(using: &random)
let (test, train) = (flowers.prefix(30), flowers.dropFirst(30))
var model = Softmax()

let run = try Run.start(
    project: "iris",
    config: [
        "lr": .double(rate), "seed": .integer(Int64(seed)), "epochs": .integer(Int64(epochs)),
    ],
    stage: .training
)
for number in 1...max(1, epochs) {
    let epoch = run.beginEpoch(number)
    var loss = 0.0
    for flower in train.shuffled(using: &random) { loss += model.step(flower, rate: rate) }
    let validation = epoch.phase("validation")
    let right = test.count { model.species(of: $0) == $0.species }
    validation.end()
    epoch.end([
        "loss": loss / Double(train.count),
        "accuracy": Double(right) / Double(test.count),
    ])
}
try run.finish()
print(run.path ?? "not recorded")

/// The word after an option on the command line.
func option(_ name: String) -> String? {
    guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else {
        return nil
    }
    return arguments[place + 1]
}
