package import JouleQuantities

extension Charts {
    /// The power of one device over a stretch of a run, in steps that cover it.
    package struct PowerCourse {
        package let device: String
        package let provenance: String
        package let points: [PowerPoint]

        package init(device: String, provenance: String, points: [PowerPoint]) {
            self.device = device
            self.provenance = provenance
            self.points = points
        }
    }

    /// The least, mean and highest power of a step that begins so many seconds after the run.
    package struct PowerPoint {
        package let seconds: Double
        package let low: Double
        package let mean: Double
        package let high: Double

        package init(seconds: Double, low: Double, mean: Double, high: Double) {
            self.seconds = seconds
            self.low = low
            self.mean = mean
            self.high = high
        }
    }

    /// The power of each device: a line for the mean, a band from the least to the highest.
    ///
    /// What is not measured is dashed, and its name says so. Where readings are missing there is no line.
    package static func power(_ courses: [PowerCourse]) -> JSON? {
        let courses = courses.filter { !$0.points.isEmpty }
        guard let last = courses.flatMap(\.points).map(\.seconds).max() else { return nil }
        let unit = ChartUnit.time(upTo: last)
        let rows = courses.flatMap { course in
            zip(course.points, parts(of: course.points)).map {
                powerRow($0, part: $1, of: course, unit)
            }
        }
        let color: JSON = [
            "field": "device", "type": "nominal", "title": .null, "sort": .null,
            "legend": ["orient": "top", "symbolOpacity": 1, "columns": 6],
        ]
        let dash: JSON = [
            "field": "known", "type": "nominal", "title": .null,
            "scale": [
                "domain": ["measured", "modelled", "declared"],
                "range": [[1, 0], [6, 3], [2, 3]],
            ],
            "legend": ["orient": "top"],
        ]
        let devices = courses.map { "\($0.device) (\(knownWord($0.provenance)))" }
        return spec(
            title: "Power by device",
            description: "Power of \(devices.joined(separator: ", ")) over time; a band goes from "
                + "the least to the highest, a dashed line is not measured.",
            [
                "width": 640, "height": 200, "data": Self.rows(rows),
                "encoding": [
                    "x": [
                        "field": "x", "type": "quantitative",
                        "title": .string("Time since the start (\(unit.symbol))"),
                        "scale": ["zero": true, "nice": false],
                    ],
                    "color": color,
                    "detail": ["field": "part", "type": "nominal"],
                ],
                "layer": [
                    [
                        "mark": ["type": "area", "opacity": 0.18],
                        "encoding": ["y": number("low", "Power (W)"), "y2": ["field": "high"]],
                    ],
                    [
                        "mark": ["type": "line", "strokeWidth": 1.5],
                        "encoding": [
                            "y": number("mean", "Power (W)"), "strokeDash": dash,
                            "tooltip": tooltip(
                                ("device", "Device"),
                                ("known", "How it is known"),
                                ("mean", "Mean (W)"),
                                ("low", "Least (W)"),
                                ("high", "Highest (W)")
                            ),
                        ],
                    ],
                ],
            ]
        )
    }

    /// So many times the usual distance between two points is a gap.
    private static let gapMin = 4.0

    /// By point the number of the stretch without gaps that it is in.
    private static func parts(of points: [PowerPoint]) -> [Int] {
        let steps = zip(points, points.dropFirst()).map { $1.seconds - $0.seconds }
        guard !steps.isEmpty else { return points.map { _ in 0 } }
        let usual = steps.sorted()[steps.count / 2]
        var part = 0
        return [0]
            + steps.map { step in
                if step > gapMin * usual { part += 1 }
                return part
            }
    }

    private static func powerRow(
        _ point: PowerPoint,
        part: Int,
        of course: PowerCourse,
        _ unit: ChartUnit
    ) -> JSON {
        [
            "x": unit(point.seconds), "part": .integer(Int64(part)),
            "low": .double(point.low), "high": .double(point.high), "mean": .double(point.mean),
            "device": .string(course.device), "known": .string(knownWord(course.provenance)),
        ]
    }

    /// What a reader is told of a provenance.
    static func knownWord(_ provenance: String) -> String {
        switch provenance {
        case "model": "modelled"
        case "declared": "declared"
        default: "measured"
        }
    }
}
