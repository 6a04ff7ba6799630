import JouleSystem

/// What all executions cost together, and by week, project and user.
struct ExpenseSums {
    let count: Int
    let totals: AuditTotals
    let trends: Audit.Trends

    init(of copies: RecordCopies, _ charges: [Charge], on workers: Workers) {
        let runs = copies.merged
        var spared: [AuditTotals.Spared] = []
        var totals = AuditTotals(charges, &spared, on: workers)
        var rest = spared[...]
        var count = 0
        var weeks = Trend.Sums(by: \.day) {
            runs[Int($0.nameRank)].execution.started.map { CivilTime($0).monday }
        }
        var projects = Trend.Sums(by: \.setting) {
            runs[Int($0.nameRank)].setting.facts.project
        }
        var users = Trend.Sums(by: \.origin) { runs[Int($0.nameRank)].origin.user }
        Expense.forEachPart(of: copies, on: workers) { part in
            rest.tell(&part)
            count += part.count
            totals.add(part)
            weeks.add(part)
            projects.add(part)
            users.add(part)
        }
        (self.count, self.totals) = (count, totals)
        trends = Audit.Trends(
            weeks: weeks.ordered,
            projects: projects.ordered,
            users: users.ordered
        )
    }
}
