import JouleFile
import JouleQuantities

/// What a run is a run of, as `ProgramHistory` tells programs apart.
struct RunTask: Hashable {
    let project: Int64
    let entry: String?
    let data: String?
    let stage: String?

    init(_ run: RunRecord, project: Int64) {
        let leaves = RecipeContext(run).leaves
        self.project = project
        entry = leaves["entry"]?.string
        data = (leaves["data.fingerprint"] ?? leaves["data.name"])?.string
        stage = leaves["stage"]?.string
    }
}
