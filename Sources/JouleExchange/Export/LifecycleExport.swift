package import JouleLifecycle
package import JouleQuantities

/// A lifecycle summary in a format of other programs (`Schemas/exports.md`).
package struct LifecycleExport: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        /// Metadata of a Hugging Face model card.
        case hf
        /// An ML-BOM of CycloneDX 1.6.
        case cyclonedx
        /// The `emissions.csv` of CodeCarbon, a row for each run.
        case codecarbon
        /// A table of stages and totals.
        case csv
        /// The same table as an Arrow IPC stream.
        case arrow
        /// What Annex XI of the EU's AI Act asks of energy and compute.
        case annexXI = "annex-xi"
        /// An AI package of SPDX 3.0.1.
        case spdx
        /// A report of BoAmps 1.1.0.
        case boamps
        /// A manifest of the Impact Framework.
        case impactFramework = "if"
        /// Gauges in Prometheus' text exposition format.
        case prometheus
        /// A report of software carbon intensity (ISO/IEC 21031).
        case sci
        /// The log of one result of MLPerf Training, with its power.
        case mlperf
        /// A page for people.
        case html

        /// Whether documents of it are no text.
        package var isBinary: Bool { self == .arrow }

        /// Whether it tells of single epochs, so that a summary needs whole records of its runs.
        package var needsRecords: Bool { self == .mlperf }
    }

    /// The document; where it is text, it ends with a line end.
    package let bytes: [UInt8]
    /// What the summary knows and the document does not say.
    package let losses: LossReport

    /// Throws where the format asks for what the summary does not know.
    ///
    /// `version` is that of this program, which documents name as their author; `now` dates those
    /// that must have a date.
    /// `fields` are what the user states of `Format.fields`.
    package init(
        _ format: Format,
        of summary: LifecycleSummary,
        version: String,
        now: WallTime,
        fields: [String: String]
    ) throws(ExportRefusal) {
        let source = ExportSource(summary: summary, version: version, now: now, fields: fields)
        guard summary.totals.isFinite else {
            throw ExportRefusal(
                "\(format.rawValue): the energies add up to more than can be counted"
            )
        }
        switch format {
        case .hf: self = try .huggingFace(source)
        case .cyclonedx: self = try .cycloneDX(source)
        case .codecarbon: self = try .codeCarbon(source)
        case .csv, .arrow: self = .stageTable(source, as: format)
        case .annexXI: self = .annexXI(source)
        case .spdx: self = try .spdx(source)
        case .boamps: self = try .boAmps(source)
        case .impactFramework: self = try .impactFramework(source)
        case .prometheus: self = .prometheus(source)
        case .sci: self = try .sci(source)
        case .mlperf: self = try .mlPerf(source)
        case .html: self = .html(source)
        }
    }

    init(text: String, losses: LossReport) {
        self.init(bytes: Array(text.utf8), losses: losses)
    }

    init(bytes: [UInt8], losses: LossReport) {
        self.bytes = bytes
        self.losses = losses
    }
}

/// Why a summary cannot be written in a format, and what would help.
package struct ExportRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// Whether other options would help, and no other runs.
    package let isUsage: Bool

    init(_ description: String, isUsage: Bool = false) {
        self.description = description
        self.isUsage = isUsage
    }
}
