import CJouleMeterd
import Glibc
import JouleMeters

/// The steps by which the daemon gives up what it does not need.
struct Confinement {
    private struct Step {
        let name: String
        /// Whether it does not serve without.
        let isRequired: Bool
        /// Answers 0 or an errno.
        let take: () -> Int32
    }

    private let steps: [Step]

    init(_ account: Account, descriptorsMax: Int) {
        steps = [
            Step(name: "limits", isRequired: true) {
                joule_meterd_limit(Int32(clamping: descriptorsMax))
            },
            Step(name: "no privileges", isRequired: true) {
                joule_meterd_drop_privileges(account.user, account.group)
            },
            Step(name: "no new privileges", isRequired: true) {
                joule_meterd_renounce_privileges()
            },
            Step(name: "Landlock", isRequired: false) { joule_meterd_forbid_paths() },
            Step(name: "seccomp", isRequired: true) { joule_meterd_filter_calls() },
            Step(name: "tested", isRequired: true) { joule_meterd_test_confinement() },
        ]
    }

    /// Takes all steps and returns their names.
    func take(allowFailures: Bool) throws(Failure) -> String {
        var taken: [String] = []
        for step in steps {
            let code = step.take()
            if code == 0 {
                taken.append(step.name)
                continue
            }
            let problem = "confinement: \(step.name): \(systemMessage(code))"
            guard allowFailures || !step.isRequired else {
                throw .notPermitted("\(problem); --allow-unhardened serves all the same")
            }
            say("\(problem); serving without")
        }
        return "confined: \(taken.joined(separator: ", "))"
    }
}
