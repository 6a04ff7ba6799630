/// What is published of the power of accelerators that tell no energy where they are used.
struct AcceleratorPower: Sendable, Hashable {
    /// As `JOULEBOOK_DEVICES` names it.
    let name: String
    /// Watts of one at rest and at full load.
    let low: Double
    let high: Double
    /// Watts on average over its use, where they were measured.
    let mean: Double?
    /// Where the figures are from.
    let source: String

    /// A row of a limit: at rest a device is taken to draw a tenth of it, as processors are, a judgement.
    private init(_ name: String, limit: Double, mean: Double? = nil, _ source: String) {
        self.init(name, 0.1 * limit, mean, limit, source)
    }

    private init(_ name: String, _ low: Double, _ mean: Double?, _ high: Double, _ source: String) {
        self.name = name
        self.low = low
        self.mean = mean
        self.high = high
        self.source = source
    }

    /// What is not here states its power in the declaration: Google publishes none of later TPUs.
    static let table = [
        AcceleratorPower(
            "tpu-v2",
            limit: 280,
            mean: 221,
            "TDP: Jouppi et al., CACM 63(7), 2020; mean: Patterson et al., arXiv 2104.10350"
        ),
        AcceleratorPower("tpu-v3", 123, 220, 262, "measured: Google, Cloud TPU documentation, v3"),
        AcceleratorPower("tpu-v4", 90, 170, 192, "measured: Google, Cloud TPU documentation, v4"),
        AcceleratorPower("tpu-v4i", limit: 175, "TDP: Jouppi et al., ISCA 2021"),
        AcceleratorPower("gaudi2", limit: 600, "TDP (OAM): Kaplan, Intel, Hot Chips 2024"),
        AcceleratorPower("gaudi3", limit: 900, "TDP (OAM, air): Kaplan, Intel, Hot Chips 2024"),
        AcceleratorPower("gaudi3-pcie", limit: 600, "TDP: Intel, Gaudi 3 PCIe card, 2024"),
        AcceleratorPower(
            "trainium2",
            limit: 500,
            "Epoch AI, Machine Learning Hardware; AWS states none"
        ),
        AcceleratorPower("ascend-910", limit: 310, "highest power: Huawei, August 2019"),
        AcceleratorPower(
            "loihi2",
            limit: 2600.0 / 1152,
            "Hala Point, 2600 W of 1152: Intel, April 2024"
        ),
        AcceleratorPower("edge-tpu", limit: 2, "4 TOPS at 2 W: Google, Coral documentation"),
    ]

    static func named(_ name: String) -> AcceleratorPower? {
        table.first { $0.name == name.lowercased() }
    }
}
