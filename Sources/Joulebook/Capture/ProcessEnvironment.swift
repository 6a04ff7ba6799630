import Glibc
package import JouleQuantities

/// The environment that the process was started with, seen through an allow-list.
package struct ProcessEnvironment: Sendable {
    private let values: [String: String]

    /// Stands in for the real environment in tests.
    package init(_ values: [String: String]) {
        self.values = values
    }

    /// What this process's environment holds of the allowed names.
    package static func current() -> ProcessEnvironment {
        var values: [String: String] = [:]
        var entry = unsafe environ
        // SAFETY: `environ` is an array of null-terminated strings that ends with nil.
        while let text = unsafe entry.pointee {
            let pair = unsafe String(cString: text).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            if pair.count == 2, isAllowed(String(pair[0])) {
                values[String(pair[0])] = String(pair[1])
            }
            unsafe entry += 1
        }
        return ProcessEnvironment(values)
    }

    /// The value of one variable of this process, allowed or not; for finding programs and places.
    package static func value(of name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// The value of `name`; nil when it is not set, or empty, as shells cannot easily unset.
    package subscript(name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The allowed variables in the order of their names, secrets redacted.
    package var recorded: JSONObject {
        var object = JSONObject()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where Self.isAllowed(name) {
            object[name] = .string(String(value.prefix(4096)))
        }
        return Redaction.redact(object)
    }

    /// Only these names are ever read; everything else in an environment is nobody's business.
    package static func isAllowed(_ name: String) -> Bool {
        names.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }

    private static let prefixes = ["SLURM_", "JOULEBOOK_", "TORCHELASTIC_"]

    private static let names: Set<String> = [
        "RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_RANK", "ROLE_RANK",
        "NODE_RANK", "MASTER_ADDR", "MASTER_PORT", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
        "PMI_RANK", "PMI_SIZE", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES",
        "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "CUBLAS_WORKSPACE_CONFIG",
        "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS", "PYTHONHASHSEED", "TF_DETERMINISTIC_OPS",
        "XLA_FLAGS", "CONDA_DEFAULT_ENV", "PBS_JOBID", "LSB_JOBID",
    ]
}
