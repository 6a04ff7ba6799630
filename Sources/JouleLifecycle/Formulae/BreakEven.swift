/// When what was spent once is won back.
package enum BreakEven: Sendable, Hashable {
    /// After so many uses.
    case after(uses: Double)
    /// Each use costs at least what it cost before.
    case never

    /// F11: N* = C_train / (C_batch / n_batch), the uses that cost as much as the training, in carbon
    /// or in energy.
    ///
    /// Nil where a use costs nothing. Source: Morrison et al. 2025, arXiv:2503.05804, § 4.
    package static func uses<Quantity: Summable>(
        training: Quantity,
        batch: Quantity,
        usesPerBatch: Double,
        amount: (Quantity) -> Double
    ) -> Double? {
        guard amount(batch) > 0, usesPerBatch > 0 else { return nil }
        return amount(training) / (amount(batch) / usesPerBatch)
    }

    /// F11 for compression: C_compress / (c_old − c_new), never where c_old ≤ c_new.
    ///
    /// Source: as above, for pruning, quantisation and distillation.
    package static func compression<Quantity: Summable>(
        cost: Quantity,
        perUseBefore before: Quantity,
        perUseAfter after: Quantity,
        amount: (Quantity) -> Double
    ) -> BreakEven {
        let saved = amount(before) - amount(after)
        guard saved > 0 else { return .never }
        return .after(uses: amount(cost) / saved)
    }

    /// F11 for a search whose result is used once: what it saved over what it cost.
    ///
    /// Source: Patterson et al. 2021, arXiv:2104.10350, § 4.1.
    package static func payback<Signal>(
        cost: CarbonMass<Signal>,
        saving: CarbonMass<Signal>
    ) -> Double? {
        cost.grams > 0 ? saving.grams / cost.grams : nil
    }
}
