/// What an amount is of, in its one unit, as a type, so that unlike amounts cannot add.
package protocol AmountKind: Sendable {}

/// Litres of water drawn and not returned.
package enum Litres: AmountKind {}

/// Cubic metres weighted by the scarcity of water where they are drawn (AWARE); never litres.
package enum WorldEquivalentCubicMetres: AmountKind {}

/// Square metres of land that are taken for a year.
package enum SquareMetreYears: AmountKind {}

/// Grams of CO2e from making hardware, under no grid signal.
package enum EmbodiedGrams: AmountKind {}

/// Money in the one currency that is named beside it.
package enum OneCurrency: AmountKind {}

/// An amount in the unit of its kind.
package struct Amount<Kind: AmountKind>: Summable, Hashable {
    package var value: Double

    package init(_ value: Double) {
        self.value = value
    }

    package static var zero: Self { Self(0) }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    package static func + (left: Self, right: Self) -> Self { Self(left.value + right.value) }

    package func scaled(by factor: Double) -> Self { Self(value * factor) }
}

/// Water in litres.
package typealias Water = Amount<Litres>

/// Scarcity-weighted water.
package typealias WorldEquivalentWater = Amount<WorldEquivalentCubicMetres>

/// Land in use.
package typealias Land = Amount<SquareMetreYears>

/// Carbon of making hardware.
package typealias EmbodiedCarbon = Amount<EmbodiedGrams>
