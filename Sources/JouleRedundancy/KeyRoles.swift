/// Which keys of a configuration say what is computed, and which only say where and how it runs.
///
/// Every rule names a whole path from the root. A bare name at any depth would be too much: a
/// `name` may be a run's or a model's, a `size` a log file's or an image's.
final class KeyRoles: Sendable {
    enum Role: Sendable {
        /// Part of the experiment's identity.
        case semantic
        /// Part of the identity of the run, not of the recipe.
        case seed
        /// Changes nothing that is computed.
        case ignored
    }

    /// Without anything that a person said.
    static let shipped = KeyRoles(.none)

    let rules: KeyRules
    private let known = NameMemo<Role>()

    init(_ rules: KeyRules) {
        self.rules = rules
    }

    func role(of path: String) -> Role {
        known.value(for: path, decide: decide)
    }

    private func decide(_ path: String) -> Role {
        if rules.semantic.contains(where: { $0.matches(path) }) { return .semantic }
        if rules.seeds.contains(where: { $0.matches(path) }) { return .seed }
        if rules.ignored.contains(where: { $0.matches(path) }) { return .ignored }
        if Self.isSeed(path) { return .seed }
        return Self.isIgnored(path) && !isProtected(path) ? .ignored : .semantic
    }

    /// `seed`, `random_seed`, `train.seed`, but not `data.split_seed`: a split is protected.
    private static func isSeed(_ path: String) -> Bool {
        seedNames.contains(String(lastName(path)))
    }

    private static let seedNames: Set<String> = [
        "seed", "random_seed", "rng_seed", "random_state", "manual_seed", "global_seed",
        "seed_everything", "np_seed", "numpy_seed", "torch_seed",
    ]

    private static func lastName(_ path: String) -> Substring {
        path[(path.lastIndex(of: ".").map { path.index(after: $0) } ?? path.startIndex)...]
    }

    /// Keys that change what is learnt even where a rule would ignore them.
    func isProtected(_ path: String) -> Bool {
        if rules.protected.contains(where: { $0.matches(path) }) { return true }
        let words = Self.lastName(path).lowercased().split { $0 == "_" || $0 == "-" || $0 == "[" }
        return words.contains { Self.protectedWords.contains(String($0)) }
    }

    private static let protectedWords: Set<String> = [
        "split", "splits", "fold", "folds", "dataset", "datasets", "data", "model", "checkpoint",
        "ckpt", "pretrained",
    ]

    /// Keys that say only how long a run goes on.
    func isBudget(_ path: String) -> Bool {
        Self.budgetNames.contains(String(Self.lastName(path)))
            || rules.budget.contains { $0.matches(path) }
    }

    private static let budgetNames: Set<String> = [
        "epochs", "n_epochs", "num_epochs", "max_epochs", "total_epochs", "num_train_epochs",
        "nb_epochs", "epoch_count", "steps", "n_steps", "num_steps", "max_steps", "total_steps",
        "train_steps", "training_steps", "num_train_steps", "num_training_steps",
        "max_train_steps", "iterations", "n_iterations", "num_iterations", "max_iterations",
        "n_iter", "n_iters", "num_iters", "max_iter", "max_iters", "total_iters",
        "num_boost_round", "n_estimators", "max_time", "time_budget",
    ]

    private static func isIgnored(_ path: String) -> Bool {
        if ignoredTrees.contains(where: { path.hasPrefix($0) }) { return true }
        if ignoredNames.contains(path) || ignoredPaths.contains(path) { return true }
        guard let point = path.firstIndex(of: "."),
            roots.contains(String(path[..<point]))
        else { return false }
        return ignoredNames.contains(String(path[path.index(after: point)...]))
    }

    /// Sections under which launchers put their own settings, besides the root itself.
    private static let roots: Set<String> = [
        "args", "training_args", "training_arguments", "trainer", "train", "training", "run",
        "experiment", "general", "log", "logging", "logger", "output", "system", "launcher",
    ]

    /// Whole sections that hold nothing but the launcher's or a logger's own settings.
    private static let ignoredTrees: [String] = [
        "hydra.", "wandb.", "_wandb.", "mlflow.", "tensorboard.", "neptune.", "comet.", "clearml.",
        "trainer.logger.", "joulebook.", "logger.wandb.", "logger.mlflow.", "logger.tensorboard.",
        "logger.csv.", "logger.neptune.", "logger.comet.", "logger.aim.",
    ]

    /// Single settings below a section.
    private static let ignoredPaths: Set<String> = [
        "run.name", "run.id", "run.dir", "experiment.name", "experiment.id", "experiment.dir",
        "logging.dir", "logging.level", "logging.file", "log.dir", "log.level", "log.file",
        "output.dir", "output.path", "logger.project", "logger.name", "trainer.logger",
    ]

    /// Settings that say where output goes, what it is called, and on which device index.
    private static let ignoredNames: Set<String> = [
        // Output places and names.
        "output_dir", "out_dir", "outdir", "output_path", "output", "outputs", "out", "results",
        "logs", "save_dir", "save_path", "results_dir",
        "result_dir", "log_dir", "logdir", "logging_dir", "log_path", "log_file", "run_dir",
        "work_dir", "workdir", "exp_dir", "experiment_dir", "default_root_dir", "tmp_dir",
        "cache_dir", "run_name", "run_id", "exp_name", "experiment_name", "job_name", "job_id",
        "tags", "notes", "comment", "timestamp", "overwrite_output_dir", "hub_token", "exp_id",
        "experiment_id", "trial_id", "uuid", "output_file", "log_name", "run_group",
        "start_time", "submit_time", "plot_dir", "figure_dir", "dump_path",
        // Loggers and progress.
        "wandb", "wandb_project", "wandb_name", "wandb_entity", "wandb_run_name", "use_wandb",
        "report_to", "log_interval", "log_every", "log_every_n_steps", "log_freq",
        "logging_steps", "logging_strategy", "logging_first_step", "log_level",
        "log_level_replica", "print_freq", "print_every", "verbose", "verbosity", "quiet",
        "disable_tqdm", "progress_bar", "enable_progress_bar", "enable_model_summary", "debug_log",
        "save_total_limit", "logging_nan_inf_filter", "wandb_group", "wandb_tags", "wandb_notes",
        "wandb_mode", "wandb_dir", "wandb_id", "use_tensorboard", "tensorboard_dir", "tb_dir",
        "tb_log_dir", "mlflow_uri", "mlflow_tracking_uri", "mlflow_experiment", "push_to_hub",
        "hub_model_id", "hub_strategy", "hub_private_repo", "hub_always_push",
        "save_safetensors", "save_on_each_node", "save_only_model",
        // Where it runs. The number of workers or devices is not here: it changes batches and
        // the order of random draws; `rank` is not, because it may be an adapter's.
        "local_rank", "node_rank", "host", "hostname", "port", "master_addr", "master_port",
        "dist_url", "init_method", "rdzv_endpoint", "nccl_port", "ddp_port", "ddp_timeout",
        "gpu", "gpu_id", "device_id", "device_index", "cuda_device",
        "pin_memory", "dataloader_pin_memory", "persistent_workers", "prefetch_factor",
        "on_duplicate",
    ]
}
