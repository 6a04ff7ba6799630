import JouleFormat

extension SummaryPayload.Column {
    /// Decimal places in which sums of floating-point columns are exact: micro-units.
    private static let sumPlaces: UInt8 = 6

    init(of type: ColumnType) {
        self.init()
        sumExponent = type == .float64 ? Self.sumPlaces : 0
        if type == .string { sum = nil }
    }

    /// Takes the values of one more block.
    mutating func add(_ values: ColumnValues, type: ColumnType) {
        guard type != .string else {
            count += UInt64(values.present?.count { $0 } ?? values.strings.count)
            return
        }
        for (row, word) in values.words.enumerated() where values.present?[row] ?? true {
            add(word, type: type)
        }
    }

    private mutating func add(_ word: UInt64, type: ColumnType) {
        last = word
        let isFirst = count == 0
        count += 1
        if type == .int64 {
            let value = Int64(bitPattern: word)
            if isFirst || value < Int64(bitPattern: minimum) { minimum = word }
            if isFirst || value > Int64(bitPattern: maximum) { maximum = word }
            sum = sum.map { $0 &+ Int128(value) }
            return
        }
        let value = Double(bitPattern: word)
        sum = sum.flatMap { total in
            DecimalFraction.integer(of: word, places: sumExponent).map { total &+ Int128($0) }
        }
        guard !value.isNaN else { return }
        // A first value that is not a number leaves both at 0, which any number replaces.
        let hasNone = isFirst || !hasNumber
        if hasNone || value < Double(bitPattern: minimum) { minimum = word }
        if hasNone || value > Double(bitPattern: maximum) { maximum = word }
        hasNumber = true
    }
}
