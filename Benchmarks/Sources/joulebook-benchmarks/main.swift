import Joulebook

// The benchmark uses what a user of the library sees, and nothing else.
let directory = try ScratchDirectory()
let measurements = [
    try Measurement.epochAppend(in: directory),
    try Measurement.stepLog(in: directory),
    try Measurement.start(in: directory),
    try Measurement.fileSize(in: directory),
]
print(Table(measurements).markdown)
