import JouleFormat

extension SummaryPayload.Column {
    /// Decimal places in which sums of floating-point columns are exact: micro-units.
    private static let sumPlaces: UInt8 = 6

    /// Of the values of one block.
    init(of values: ColumnValues, type: ColumnType) {
        self.init()
        guard type != .string else {
            sum = nil
            count = UInt64(values.present?.valueCount ?? values.strings.count)
            return
        }
        for (row, word) in values.words.enumerated() where values.present?[row] ?? true {
            if type == .int64 { add(integer: word) } else { add(double: word) }
        }
    }

    private mutating func add(integer word: UInt64) {
        let value = Int64(bitPattern: word)
        count += 1
        last = word
        sum = sum.map { $0 &+ Int128(value) }
        if !hasNumber || value < Int64(bitPattern: minimum) { minimum = word }
        if !hasNumber || value > Int64(bitPattern: maximum) { maximum = word }
        hasNumber = true
    }

    private mutating func add(double word: UInt64) {
        let value = Double(bitPattern: word)
        count += 1
        last = word
        sum = sum.flatMap { total in
            DecimalFraction.integer(of: word, places: Self.sumPlaces).map { total &+ Int128($0) }
        }
        guard !value.isNaN else { return }
        if !hasNumber || value < Double(bitPattern: minimum) { minimum = word }
        if !hasNumber || value > Double(bitPattern: maximum) { maximum = word }
        hasNumber = true
    }

    /// Takes what a later block says of the same column.
    mutating func add(_ block: SummaryPayload.Column, type: ColumnType) {
        guard block.count > 0 else { return }
        count &+= block.count
        last = block.last
        sum = sum.flatMap { total in block.sum.map { total &+ $0 } }
        guard block.hasNumber else { return }
        if !hasNumber || Self.precedes(block.minimum, minimum, type) { minimum = block.minimum }
        if !hasNumber || Self.precedes(maximum, block.maximum, type) { maximum = block.maximum }
        hasNumber = true
    }

    private static func precedes(_ left: UInt64, _ right: UInt64, _ type: ColumnType) -> Bool {
        type == .int64
            ? Int64(bitPattern: left) < Int64(bitPattern: right)
            : Double(bitPattern: left) < Double(bitPattern: right)
    }

    var bounds: IndexPayload.Bounds? {
        hasNumber ? IndexPayload.Bounds(minimum: minimum, maximum: maximum) : nil
    }
}
